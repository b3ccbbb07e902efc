"""One runner's turn on one lane: what can be done under its lease. Every write is one transaction and is guarded."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bridge import inbox, known, lanes, report, retry
from bridge.cases import Case
from bridge.errors import TryLater
from bridge.find import Found
from bridge.lanes import Lease, Settled
from bridge.qomon.client import Qomon, Visit
from bridge.report import Report
from bridge.store import Store
from bridge.vault import Vault
from bridge.weighing import Weighing
from bridge.words import Json
from schemas import normal

log = logging.getLogger(__name__)


AHEAD = 6
"""Tokens to have before a turn begins: a read and a write (qomon-api.md 7). Turns that could only read would take turns
at an empty bucket for ever, and nobody would write."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every turn works with."""

    store: Store
    vault: Vault
    weighing: Weighing
    spaces: Callable[[str], Qomon]
    region: str
    now: Callable[[], datetime]


@dataclass(slots=True)
class Drained:
    """What a turn did: events whose report changed, and the lanes to drain next."""

    told: list[str] = field(default_factory=list[str])
    lanes: list[str] = field(default_factory=list[str])


class Turn:
    """Lasts from taking the lane to giving it back; each method that ends an event gives the lane back with it."""

    def __init__(self, tools: Tools, lease: Lease) -> None:
        self.tools = tools
        self.lease = lease
        self.drained = Drained()
        self.visit: Visit = tools.spaces(lease.space).visit(AHEAD)
        self.handed: Lease | None = None

    def settle(
        self,
        case: Case,
        outcome: str,
        reason: str | None,
        told: Report | None = None,
        *,
        contact: int | None = None,
        inverse: Json = None,
        created: bool = False,
    ) -> None:
        """The event is over. `created`: its identities lead to `contact` from now on."""
        finished = {**report.ended(told or case.report, outcome, reason), "cost": self._cost(case)}
        settled = Settled(outcome, reason, finished, contact, inverse)
        now = self.tools.now()
        with self.tools.store.write() as tx:
            lanes.settle(tx, self.tools.vault, self.lease, case.id, settled, now)
            if created and contact is not None:
                known.remember(tx, case.row.space, list(self.fingerprints(case).values()), contact, now)
            self._give_back(tx, now)
        self._told(case, outcome, reason)

    def postpone(self, case: Case, wait: TryLater) -> None:
        """The event waits, its report says for what; after a week it is given up, into people's hands."""
        now = self.tools.now()
        fault = retry.counts(wait.reason)
        age = now - normal.from_epoch_ms(case.row.received_at)
        after = retry.wait(wait.reason, wait.after, case.row.attempts + fault, age)
        if after is None:
            self.settle(case, "failed", wait.reason)
            return
        told = {**report.ended(case.report, "queued", wait.reason), "cost": self._cost(case)}
        with self.tools.store.write() as tx:
            lanes.check(tx, self.lease, now)
            lanes.postpone(tx, self.tools.vault, case.row, wait.reason, told, fault=fault)
            lanes.give_back(tx, self.lease, now, after)
        self._told(case, "queued", wait.reason)

    def stumble(self, case: Case) -> None:
        """A fault of ours: the event waits longer each time, and its leases go on counting (ledger.md 5)."""
        now = self.tools.now()
        after = retry.wait("backoff", timedelta(), case.row.leases, timedelta())
        told = {**report.ended(case.report, "queued", "backoff"), "cost": self._cost(case)}
        with self.tools.store.write() as tx:
            lanes.check(tx, self.lease, now)
            lanes.postpone(tx, self.tools.vault, case.row, "backoff", told, fault=False)
            lanes.give_back(tx, self.lease, now, after or timedelta(), stumbled=True)
        self._told(case, "queued", "backoff")

    def rest(self, after: timedelta) -> None:
        """Nothing can be done here until somebody sets something right; nothing is said of the events."""
        with self.tools.store.write() as tx:
            lanes.give_back(tx, self.lease, self.tools.now(), after)

    def move(self, case: Case, found: Found) -> None:
        """Lead the event into its contact's lane; if nobody works there, this runner goes on with it (`handed`)."""
        now = self.tools.now()
        told = self.tools.vault.seal({**case.report, "cost": self._cost(case)})
        with self.tools.store.write() as tx:
            to = lanes.move(tx, self.lease, case.row, found.contact, found.by, told, now)
            known.unclaim(tx, case.id)
            known.remember(tx, case.row.space, [self.fingerprints(case)[found.by]], found.contact, now)
            inbox.wake(tx, case.row.space, to, now)
            self._give_back(tx, now)
            self.handed = lanes.take(tx, to, now)

    def send_back(self, case: Case, contact: int) -> None:
        """The contact of this lane is not, or no longer, the event's person: find again, alone."""
        now = self.tools.now()
        with self.tools.store.write() as tx:
            to = lanes.send_back(tx, self.lease, case.row, contact, now)
            inbox.wake(tx, case.row.space, to, now)
            self._give_back(tx, now)
        self.drained.lanes.append(to)

    def give_back(self) -> None:
        """Nothing waits here, or nothing that an intent left behind could still be about."""
        with self.tools.store.write() as tx:
            lanes.drop_intent(tx, self.lease)
            self._give_back(tx, self.tools.now())

    def _give_back(self, tx: Connection, now: datetime) -> None:
        if lanes.give_back(tx, self.lease, now):
            self.drained.lanes.append(self.lease.lane)

    def unweighed(self, case: Case, status: str = "held") -> Report:
        """The report with its answers, for an event that ends before any contact was looked at.

        A caller must not see from missing answers that nobody was found. `status`: of those that would be sent.
        """
        try:
            scales = self.tools.weighing.scales(case.hook, self.tools.now())
        except TryLater:  # Qomon's forms were never read, and cannot be now
            return case.report
        told = scales.unweighed(case.submission, case.report)
        lines = [{**line, "status": status if line["status"] == "held" else line["status"]} for line in told["answers"]]
        return {**told, "answers": lines}

    def fingerprints(self, case: Case) -> dict[str, str]:
        """Identity name -> its keyed fingerprint."""
        return inbox.fingerprints_of(self.tools.vault, case.row.space, case.who)

    def _cost(self, case: Case) -> dict[str, Any]:
        """This turn's calls on top of those that the event has caused already."""
        cost = dict(case.report["cost"])
        cost["tokens"] += round(self.visit.tokens)
        cost["calls"] += self.visit.calls
        if case.row.reason == "quota":
            waited = self.tools.now() - normal.from_epoch_ms(case.row.received_at)
            cost["waited_ms"] = waited // timedelta(milliseconds=1)
        return cost

    def _told(self, case: Case, outcome: str, reason: str | None) -> None:
        self.drained.told.append(case.id)
        log.info("event %s", outcome, extra={"event": case.id, "hook": case.hook.name, "reason": reason})
