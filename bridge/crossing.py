"""The events of one lane through find -> read -> map -> merge -> send -> confirm -> report (ledger.md, Drain).

The same way without writing is `preview`.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from bridge import contact_lane, find, identity_lane, kept, known, lanes, marks, report, retry, send, spaces, trouble
from bridge.cases import Case, Cases
from bridge.ending import Drained, Ending
from bridge.errors import Faults, Gone, Held, StoreDown, TryLater
from bridge.hooks import Hook
from bridge.lanes import LeaseLost
from bridge.order import Order, Stamp
from bridge.qomon import contact
from bridge.qomon.client import Visit
from bridge.report import Report
from bridge.turn import AHEAD, Tools, Turn, floor
from bridge.weighing import Scales
from bridge.words import Submission, Who
from schemas import normal

log = logging.getLogger(__name__)

CRASHES = 5
"""Leases that an event may cost, by faults of ours or dead processes, before it is held (ledger.md 5)."""

ALONE = 3
"""Leases lost after which a lane crosses one event at a time."""

MOST = 100
"""Events of one fold."""

UNLOADED = timedelta(minutes=1)
"""How long the events of a hook that does not load (a secret that is not set any more) wait to be looked at again."""


def _together(rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The events that one turn takes: one by one where runners came to grief before (ledger.md 5)."""
    return rows[:1] if any(row.leases >= ALONE for row in rows) else rows[:MOST]


class Crossing:
    """Drains lanes. Safe to share between threads: a lease keeps two of them off one lane."""

    def __init__(self, tools: Tools, cases: Cases) -> None:
        self._tools = tools
        self._cases = cases
        self._short: dict[str, str] = {}  # lane -> space

    def drain(self, name: str) -> Drained:
        """Take the lane if it is due, cross what waits there, give the lane back. Faults become waits.

        No lanes are `preview:<event>`, the dry run of one kept event, and `probe:<space>`: is Qomon well again?
        """
        if name.startswith("preview:"):
            return self._preview_kept(name.removeprefix("preview:"))
        if name.startswith("probe:"):
            return self._probe(name.removeprefix("probe:"))
        drained = Drained()
        if self._still_short(name):
            return drained
        with self._tools.store.write() as tx:
            lease = lanes.take(tx, name, self._tools.now())
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
            if turn.short:
                self._short[lease.lane] = lease.space
            drained.told += turn.drained.told
            drained.lanes += turn.drained.lanes
            lease = turn.handed
        return drained

    def _still_short(self, name: str) -> bool:
        """Whether the lane waits for tokens that are not there yet: its report says so already, and all that taking
        it again could do is to write that anew. Of a thousand such lanes each would, whenever a token comes.
        """
        space = self._short.get(name)
        if space is None:
            return False
        if not self._tools.spaces(space).affords(AHEAD):
            return True
        self._short.pop(name, None)
        return False

    def _work(self, turn: Turn) -> None:
        name = turn.lease.lane
        cases, intent = self._next(turn)
        if not cases:
            turn.give_back()
            return
        mine = cases if name.startswith("contact:") else cases[:1]
        try:
            if max(case.row.leases for case in cases) > CRASHES:
                turn.end(cases[0], "held", "crash")
            elif intent is not None:
                contact_lane.resolve(turn, cases, intent)
            elif name.startswith("contact:"):
                contact_lane.cross(turn, cases)
            else:
                identity_lane.lead(turn, cases[0], cases[1:])
        except Held as held:
            turn.settle([Ending(case, "held", held.reason, turn.unweighed(case)) for case in mine])
        except TryLater as wait:
            trouble.met(turn, mine, wait)
        except (LeaseLost, StoreDown, OSError):
            raise
        except Exception:
            log.exception("crossing failed", extra={"lane": name, "events": len(cases)})
            self._poison(turn, mine)

    def _next(self, turn: Turn) -> tuple[list[Case], Row[Any] | None]:
        """The events that this turn takes, and the intent that the last runner left behind."""
        with self._tools.store.read() as tx:
            rows, intent = turn.lease.rows, turn.lease.intent
            if intent is not None:
                written = {draft.event for draft in contact_lane.opened(turn, intent).drafts}
                rows = [row for row in rows if row.id in written]
            elif rows and rows[0].reason == "creating":  # whoever asked Qomon looks first; the others wait for that
                asked = known.creators(tx, [row.id for row in rows])
                rows = _together(sorted(rows, key=lambda row: row.id not in asked))
            else:
                rows = _together(rows)
            turn.visit.floor = floor(rows)
            return [self._cases.open(tx, row) for row in rows], intent

    def _poison(self, turn: Turn, cases: Sequence[Case]) -> None:
        """A fault of ours, not of Qomon: tried again a few times, one by one in the end, then a person looks."""
        if cases[0].row.leases >= CRASHES:
            turn.end(cases[0], "held", "crash")
        else:
            turn.stumble(cases)

    def _probe(self, space: str) -> Drained:
        """While a space is not well, its events are given up when their week is over; then the others go on."""
        ailing, now = trouble.probe(self._tools, space), self._tools.now()
        with self._tools.store.write() as tx:
            if ailing is None:
                return Drained(lanes=lanes.due(tx, now))
            overdue = lanes.overdue(tx, space, now - retry.GIVE_UP_AFTER)
            late = [lanes.take(tx, name, now, running=False) for name in overdue]
        drained = Drained()
        for turn in [Turn(self._tools, lease) for lease in late if lease is not None]:
            cases, _intent = self._next(turn)
            trouble.postpone(turn, cases, TryLater(ailing, spaces.PROBE))
            drained.told += turn.drained.told
        return drained

    def _preview_kept(self, id_: str) -> Drained:
        now = self._tools.now()
        with self._tools.store.write() as tx:
            row = kept.take_preview(tx, id_, now)
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
            kept.keep_preview(tx, self._tools.vault, id_, told)
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
        known = self._known(hook.space, found["id"], read)
        return {**weigh_only(scales, read, submission, told, known), "cost": cost}

    def _known(self, space: str, id_: int | None, read: Mapping[str, Any]) -> marks.Known:
        if id_ is None:
            return marks.NOTHING
        with self._tools.store.read() as tx:
            return marks.noticed(marks.read(tx, self._tools.vault, space, id_), send.lastchange(read))

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


def weigh_only(
    scales: Scales, read: Mapping[str, Any], submission: Submission, told: Report, known: marks.Known = marks.NOTHING
) -> Report:
    """The report of an event that is not going to be written, as the newest of its moment."""
    at = normal.moment(told["submitted_at"])
    order = Order(Stamp(normal.epoch_ms(at) if at else 0, sys.maxsize), known.history, str, scales.region)
    try:
        weighed = scales.weigh(scales.body(read), submission, told, order, known.log)
    except Held as held:
        return report.ended(scales.unweighed(submission, told), "previewed", held.reason)
    return report.ended(weighed.report, "previewed", weighed.hold)
