"""One runner's turn on one lane: what can be done under its lease. Every write is one transaction and is guarded."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bridge.crossing import retry, settle
from bridge.crossing.cases import Case
from bridge.crossing.find import Found
from bridge.crossing.plan import Scales, Weighed, Weighing
from bridge.crossing.settle import Drained, Ending, Written
from bridge.errors import TryLater
from bridge.hooks import brakes, breaker
from bridge.hooks.registry import Hook
from bridge.inbox import events, known_contacts, lanes
from bridge.inbox.lanes import Faults, Lease, Settled
from bridge.merge import addressed, withdrawn
from bridge.merge.addressed import Address
from bridge.qomon.client import Qomon, Visit
from bridge.qomon.pace import FLOORS
from bridge.report import report
from bridge.report.report import Report
from bridge.store.store import Store
from bridge.store.vault import Vault
from schemas import normal

log = logging.getLogger(__name__)


AHEAD = 6
"""Tokens to have before a turn begins: a read and a write (qomon-api.md 7). Turns that could only read would take turns
at an empty bucket for ever, and nobody would write."""


def floor(rows: Sequence[Row[Any]]) -> float:
    """What a turn on these events leaves in the bucket: as little as the first among them may (ledger.md 29)."""
    kinds = ("retry" if row.attempts else "staff" if row.released else "live" for row in rows)
    return min((FLOORS[kind] for kind in kinds), default=0)


@dataclass(frozen=True, slots=True)
class Tools:
    """What every turn works with."""

    store: Store
    vault: Vault
    weighing: Weighing
    spaces: Callable[[str], Qomon]
    now: Callable[[], datetime]


class Turn:
    """Lasts from taking the lane to giving it back; each method that ends an event gives the lane back with it.

    `dry`: nothing is promised and nothing is sent (`preview`). `weighed`: what the last event would write.
    `opened`: the events that it takes; before, those of the turn that handed this lane over. `omitted`: the lists that
    the space was proved to leave out, once they are read.
    `forgotten`: fingerprints that a dry run knows to lead nowhere, and the store does not.
    """

    dry = False
    forgotten: frozenset[str] = frozenset()

    def __init__(self, tools: Tools, lease: Lease) -> None:
        self.tools = tools
        self.lease = lease
        self.drained = Drained()
        self.visit: Visit = tools.spaces(lease.space).visit(AHEAD)
        self.handed: Lease | None = None
        self.short = False
        self.weighed: Weighed | None = None
        self.opened: dict[str, Case] = {}
        self.omitted: frozenset[str] | None = None
        self._finger = tools.vault.fingers("mark", lease.space)
        self._fingers: dict[str, str] = {}
        self._scales: dict[tuple[str, int], Scales] = {}
        self._pulled: set[str] | None = None

    def scales(self, hook: Hook) -> Scales:
        """The hook's, the same for the whole turn unless Qomon's forms are read again. Raises TryLater."""
        mine = (hook.id, hook.revision)
        if mine not in self._scales:
            self._scales[mine] = self.tools.weighing.scales(hook, self.tools.now(), self.omitted)
        return self._scales[mine]

    def renewed(self, hook: Hook) -> Scales | None:
        """With Qomon's forms read anew, when they differ."""
        fresh = self.tools.weighing.renewed(hook, self.tools.now())
        if fresh is not None:
            self._scales.clear()
        return fresh

    @contextmanager
    def promising(self) -> Iterator[Connection]:
        """The transaction that says what will be sent, while the lane is ours."""
        with self.tools.store.write() as tx:
            yield tx

    def check(self, tx: Connection, rest: timedelta = timedelta()) -> None:
        """Raises LeaseLost unless the lane is still ours, and for that long."""
        lanes.check(tx, self.lease, self.tools.now(), rest)

    def intend(self, tx: Connection, sealed: bytes) -> None:
        """What is about to be sent, for whoever finds it when this turn never ends."""
        lanes.write_intent(tx, self.lease, sealed, self.tools.now())

    def settle(self, endings: Sequence[Ending], written: Written | None = None) -> None:
        """These events are over, in one transaction with what they leave on the contact; the lane is given back."""
        now = self.tools.now()
        settled = {ending.case.id: self._settled(ending) for ending in endings}
        with self.tools.store.write() as tx:
            if written is not None:
                settle.count(tx, endings, now)
            lanes.settle(tx, self.tools.vault, self.lease, settled, now)
            if written is not None:
                settle.remember(tx, self.tools.vault, self.lease.space, endings, written, now)
            settle.keep_receipts(tx, self.tools.vault, endings, now)
            self._give_back(tx, now)
        for ending in endings:
            self._told(ending.case, settled[ending.case.id].report)

    def _settled(self, ending: Ending) -> Settled:
        told = {**report.ended(ending.report, ending.outcome, ending.reason), "cost": self.cost(ending)}
        return Settled(ending.outcome, ending.reason, told, ending.contact, ending.inverse or None)

    def end(self, case: Case, outcome: str, reason: str | None, told: Report | None = None) -> None:
        """One event is over, without a write."""
        self.settle([Ending(case, outcome, reason, told or case.report)])

    def stumble(self, cases: Sequence[Case]) -> None:
        """A fault of ours: the events wait longer each time, and their leases go on counting (ledger.md 5)."""
        after = retry.wait("backoff", timedelta(), max(case.row.leases for case in cases), timedelta())
        self.wait(cases, "backoff", after or timedelta(), stumbled=True)

    def wait(
        self,
        cases: Sequence[Case],
        reason: str,
        after: timedelta,
        faults: Mapping[str, Faults] | None = None,
        *,
        stumbled: bool = False,
    ) -> None:
        """The events go on waiting, and their reports say for what. `faults`: by event, where that changes."""
        now, counted = self.tools.now(), faults or {}
        self.short = reason == "quota"
        told = {
            case.id: {**report.ended(case.report, "queued", reason), "cost": self.cost(Ending.of(case))}
            for case in cases
        }
        with self.tools.store.write() as tx:
            lanes.check(tx, self.lease, now)
            for case in cases:
                so_far = counted.get(case.id, Faults(case.row.attempts, case.row.fault))
                lanes.postpone(tx, self.tools.vault, case.row, reason, told[case.id], so_far)
            lanes.give_back(tx, self.lease, now, after, stumbled=stumbled)
        for case in cases:
            self._told(case, told[case.id])

    def rest(self, after: timedelta) -> None:
        """Nothing can be done here until somebody sets something right; nothing is said of the events."""
        with self.tools.store.write() as tx:
            lanes.give_back(tx, self.lease, self.tools.now(), after)

    def move(self, cases: Sequence[Case], found: Found) -> None:
        """Lead the events into their contact's lane; if nobody works there, this runner goes on with it (`handed`)."""
        now = self.tools.now()
        with self.tools.store.write() as tx:
            for case in cases:
                told = self.tools.vault.seal({**case.report, "cost": self.cost(Ending.of(case))})
                to = lanes.move(tx, self.lease, case.row, found.contact, found.by, told, now)
            events.wake(tx, self.lease.space, to, now)  # lanes before what is known, and that before claims: everywhere
            leads = [] if found.shared else [self.fingerprints(cases[0])[found.by]]
            known_contacts.remember(tx, self.lease.space, leads, found.contact, now)
            for case in cases:
                known_contacts.unclaim(tx, case.id)
            self.hand_over(tx, to, now)

    def hand_over(self, tx: Connection, to: str, now: datetime) -> None:
        """Give the lane back and go on with that one, if nobody works there."""
        self._give_back(tx, now)
        self.handed = lanes.take(tx, to, now)

    def asked(self, cases: Sequence[Case], addresses: Iterable[Address]) -> list[Address]:
        """These addresses, and those that the events are about: what they took back before they were anybody's counts.
        None where no rule gives a consent. Raises TryLater.
        """
        if not any(self.scales(case.hook).consents for case in cases):
            return []
        return [*addresses, *(one for case in cases for one in addressed.addresses(case.who))]

    def withdrawn(self, tx: Connection, asked: Sequence[Address]) -> Mapping[tuple[str, str], int]:
        """When these took back what, by field and element."""
        return withdrawn.recall(tx, self.tools.vault, self.lease.space, asked)

    def send_back(self, cases: Sequence[Case], contact: int, wrong: Sequence[str] = ()) -> None:
        """The contact of this lane is not, or no longer, these events' person: find again, each alone.

        `wrong`: fingerprints that surely do not lead here. One that Qomon denies may be there the next moment, and its
        search not show it yet: whoever forgot it would create it again.
        """
        now = self.tools.now()
        with self.tools.store.write() as tx:
            alone = {f"event:{case.id}": case.row for case in cases}
            for to in sorted(alone, reverse=True):  # contact lanes are locked last (ledger.md 4)
                events.wake(tx, self.lease.space, to, now)
            for to, row in alone.items():
                lanes.send_back(tx, self.lease, row, to, contact, now)
            known_contacts.forget(tx, self.lease.space, wrong, contact)
            self.drained.lanes += alone
            lanes.drop_intent(tx, self.lease)
            self._give_back(tx, now)

    def braked(self, case: Case) -> str | None:
        """Why a write of this event waits for somebody's yes, if so: too few of its version have been agreed to."""
        hook, decided = case.hook, case.row.decided or ""
        if self._pulled is None:
            with self.tools.store.read() as tx:
                self.look(tx)
        if hook.id in (self._pulled or ()) and "breaker" not in decided:
            return "breaker"
        if not hook.approve or "approval" in decided:
            return None
        with self.tools.store.read() as tx:
            return "approval" if brakes.agreed(tx, hook.id, hook.revision) < hook.approve else None

    def look(self, tx: Connection) -> None:
        """See which hooks have stopped by themselves, before anything is weighed."""
        self._pulled = breaker.pulled(tx)

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
            scales = self.scales(case.hook)
        except TryLater:  # Qomon's forms were never read, and cannot be now
            return case.report
        told = scales.unweighed(case.submission, case.report)
        lines = [{**line, "status": status if line["status"] == "held" else line["status"]} for line in told["answers"]]
        return {**told, "answers": lines}

    def recall(self, tx: Connection, fingerprint: str) -> int | None:
        """The contact that memory has for this identity."""
        if fingerprint in self.forgotten:
            return None
        return known_contacts.recall(tx, self.lease.space, fingerprint, self.tools.now())

    def fingerprints(self, case: Case) -> dict[str, str]:
        """Identity name -> its keyed fingerprint."""
        return events.fingerprints_of(self.tools.vault, case.row.space, case.who)

    def finger(self, text: str) -> str:
        """A value's keyed fingerprint, for marks. Kept for the turn: what is read back is mostly what was read."""
        found = self._fingers.get(text)
        if found is None:
            found = self._fingers[text] = self._finger(text)
        return found

    def cost(self, ending: Ending) -> dict[str, Any]:
        """This turn's calls on top of those that the event has caused already."""
        case = ending.case  # its report, and no older one from an intent, counts what it cost until now
        cost = {**case.report["cost"], "merged_with": ending.report["cost"]["merged_with"]}
        cost["tokens"] += round(self.visit.tokens)
        cost["calls"] += self.visit.calls
        if case.row.reason == "quota":
            waited = self.tools.now() - normal.from_epoch_ms(case.row.received_at)
            cost["waited_ms"] = waited // timedelta(milliseconds=1)
        return cost

    def _told(self, case: Case, told: Report) -> None:
        self.drained.told[case.id] = told
        what = {"event": case.id, "hook": case.hook.name, "reason": told["reason"]}
        log.info("event %s", told["outcome"], extra=what)
