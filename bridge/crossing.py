"""The events of one lane through find -> read -> map -> merge -> send -> confirm -> report (ledger.md, Drain).

One event per turn; the same way without writing is `preview`.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bridge import contact_lane, find, identity_lane, inbox, lanes, report
from bridge.cases import Case, Cases
from bridge.errors import Faults, Gone, Held, StoreDown, TryLater
from bridge.hooks import Hook
from bridge.lanes import LeaseLost
from bridge.qomon import contact
from bridge.qomon.client import Visit
from bridge.report import Report
from bridge.turn import Drained, Tools, Turn
from bridge.weighing import Scales
from bridge.words import Submission, Who

log = logging.getLogger(__name__)

CRASHES = 5
"""Leases that an event may cost, by faults of ours or dead processes, before it is held (ledger.md 5)."""

UNLOADED = timedelta(minutes=1)
"""How long the events of a hook that does not load (a secret that is not set any more) wait to be looked at again."""


class Crossing:
    """Drains lanes. Safe to share between threads: a lease keeps two of them off one lane."""

    def __init__(self, tools: Tools, cases: Cases) -> None:
        self._tools = tools
        self._cases = cases

    def drain(self, name: str) -> Drained:
        """Take the lane if it is due, cross its oldest event, give the lane back. Faults become waits.

        `preview:<event>` is no lane: the dry run of one kept event.
        """
        if name.startswith("preview:"):
            return self._preview_kept(name.removeprefix("preview:"))
        with self._tools.store.write() as tx:
            lease = lanes.take(tx, name, self._tools.now())
        drained = Drained()
        while lease is not None:
            turn = Turn(self._tools, lease)
            try:
                self._work(turn)
            except LeaseLost:
                log.warning("lease lost", extra={"lane": lease.lane})
            except Faults:
                log.error("a hook does not load", extra={"lane": lease.lane})  # noqa: TRY400  # no stack to read
                turn.rest(UNLOADED)
            finally:
                turn.visit.end()
            drained.told += turn.drained.told
            drained.lanes += turn.drained.lanes
            lease = turn.handed
        return drained

    def _work(self, turn: Turn) -> None:
        name = turn.lease.lane
        with self._tools.store.read() as tx:
            intent = lanes.read_intent(tx, name)
            rows = lanes.waiting(tx, name)
            if intent is not None:
                written = contact_lane.opened(turn, intent).event
                rows = [row for row in rows if row.id == written]
            case = self._cases.open(tx, rows[0]) if rows else None
        if case is None:
            turn.give_back()
            return
        try:
            if case.row.leases > CRASHES:
                turn.settle(case, "held", "crash")
            elif intent is not None:
                contact_lane.resolve(turn, case, intent)
            elif name.startswith("contact:"):
                contact_lane.cross(turn, case)
            else:
                identity_lane.lead(turn, case)
        except Held as held:
            turn.settle(case, "held", held.reason, turn.unweighed(case))
        except TryLater as wait:
            turn.postpone(case, wait)
        except (LeaseLost, StoreDown, OSError):
            raise
        except Exception:
            log.exception("crossing failed", extra={"event": case.id})
            self._poison(turn, case)

    def _poison(self, turn: Turn, case: Case) -> None:
        """A fault of ours, not of Qomon: tried again a few times, then a person looks."""
        if case.row.leases >= CRASHES:
            turn.settle(case, "held", "crash")
        else:
            turn.stumble(case)

    def _preview_kept(self, id_: str) -> Drained:
        now = self._tools.now()
        with self._tools.store.write() as tx:
            row = inbox.take_preview(tx, id_, now)
            case = self._cases.open(tx, row) if row else None
        if case is None:
            return Drained()
        try:
            told = self.preview(case.hook, case.submission, case.who, case.report)
        except TryLater:
            return Drained()
        except Exception:
            log.exception("preview failed", extra={"event": id_})
            told = report.ended(case.report, "previewed", "crash")
        with self._tools.store.write() as tx:
            inbox.keep_preview(tx, self._tools.vault, id_, told)
        return Drained(told=[id_])

    def preview(
        self, hook: Hook, submission: Submission, who: Who, told: Report, contact_id: int | None = None
    ) -> Report:
        """What would be written, found and read in Qomon now; nothing is written. Raises TryLater."""
        visit = self._tools.spaces(hook.space).visit()
        scales = self._tools.weighing.scales(hook, self._tools.now())
        try:
            read, found = self._look(visit, hook, submission, who, contact_id)
        except Held as held:
            return report.ended(scales.unweighed(submission, told), "previewed", held.reason)
        told = {**told, "contact": found}
        cost = {**told["cost"], "calls": visit.calls, "tokens": round(visit.tokens)}
        return {**weigh_only(scales, read, submission, told), "cost": cost}

    def _look(
        self, visit: Visit, hook: Hook, submission: Submission, who: Who, id_: int | None
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        if id_ is not None:
            return visit.contact(id_), {"id": id_, "found_by": None, "created": False}
        if not identity_lane.findable(hook, who):
            raise Held("no_identity")
        agree = hook.names == "agree"
        found = find.find(visit, who, hook.find, agree=agree, region=self._tools.region, recall=lambda _name: None)
        if found is None:
            if not identity_lane.creatable(hook, submission, who):
                raise Held("missing_contact")
            return contact.NOBODY, {"id": None, "found_by": None, "created": True}
        try:
            return visit.contact(found.contact), {"id": found.contact, "found_by": found.by, "created": False}
        except Gone:  # the search has not heard of it yet
            raise Held("contact_gone") from None


def weigh_only(scales: Scales, read: Mapping[str, Any], submission: Submission, told: Report) -> Report:
    """The report of an event that is not going to be written."""
    try:
        weighed = scales.weigh(read, submission, told)
    except Held as held:
        return report.ended(scales.unweighed(submission, told), "previewed", held.reason)
    return report.ended(weighed.report, "previewed", weighed.hold)
