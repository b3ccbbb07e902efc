"""The events of one lane through find -> read -> map -> merge -> send -> confirm -> report (ledger.md, Drain).

The same way without writing is in `preview`.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bridge.crossing import failures, identify, retry, update
from bridge.crossing.cases import Case, Cases
from bridge.crossing.lane_run import AHEAD, Tools, Turn, floor
from bridge.crossing.preview import preview
from bridge.crossing.settle import Drained, Ending
from bridge.errors import Faults, Held, StoreDown, TryLater
from bridge.hooks import brakes
from bridge.inbox import captured, known_contacts, lanes
from bridge.inbox.lanes import LeaseLost
from bridge.qomon import account
from bridge.report import report

log = logging.getLogger(__name__)

CRASHES = 5
"""Leases that an event may cost, by faults of ours or dead processes, before it is held (ledger.md 5)."""

ALONE = 3
"""Leases lost after which a lane crosses one event at a time."""

MOST = 100
"""Events of one fold."""

UNLOADED = timedelta(minutes=1)
"""How long the events of a hook that does not load (a secret that is not set any more) wait to be looked at again."""


PAUSED = timedelta(minutes=10)
"""How long a lane rests in which only paused hooks have something. Letting the brake go wakes it, unless a runner
has it in hand at that moment."""


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
        opened = dict[str, Case]()
        while lease is not None:
            turn = Turn(self._tools, lease)
            turn.opened = opened
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
            drained.told |= turn.drained.told
            drained.lanes += turn.drained.lanes
            lease, opened = turn.handed, turn.opened
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
            self._leave(turn)
            return
        if not name.startswith("contact:"):
            cases = identify.foremost(cases)
        mine = cases if name.startswith("contact:") else cases[:1]
        try:
            if max(case.row.leases for case in cases) > CRASHES:
                turn.end(cases[0], "held", "crash")
            elif intent is not None:
                update.resolve(turn, cases, intent)
            elif name.startswith("contact:"):
                update.cross(turn, cases)
            else:
                identify.lead(turn, cases[0], cases[1:])
        except Held as held:
            turn.settle([Ending(case, "held", held.reason, turn.unweighed(case)) for case in mine])
        except TryLater as wait:
            failures.met(turn, mine, wait)
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
                written = update.written(turn, intent)
                rows = [row for row in rows if row.id in written]
            else:
                rows = self._runnable(tx, rows)
            turn.visit.floor = floor(rows)
            cases = [self._cases.open(tx, row, turn.opened.get(row.id)) for row in rows]
            turn.opened = {case.id: case for case in cases}
            turn.omitted = account.omitted(tx, turn.lease.space)
            return cases, intent

    def _runnable(self, tx: Connection, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Without those of the hooks that people have paused. Whoever asked Qomon to create somebody looks first: the
        others wait for that.
        """
        stopped = brakes.paused(tx) if rows else {}
        rows = [row for row in rows if row.hook not in stopped]
        if rows and rows[0].reason == "creating":
            asked = known_contacts.creators(tx, [row.id for row in rows])
            rows = sorted(rows, key=lambda row: row.id not in asked)
        return _together(rows)

    def _leave(self, turn: Turn) -> None:
        """Nothing is to be done here: nothing waits, or only what people have paused."""
        rows = turn.lease.rows if turn.lease.intent is None else []
        with self._tools.store.read() as tx:
            stopped = brakes.paused(tx) if rows else {}
            waits = [self._cases.open(tx, row) for row in rows if row.hook in stopped]
        if waits:
            turn.wait(waits, "paused", PAUSED)
        else:
            turn.give_back()

    def _poison(self, turn: Turn, cases: Sequence[Case]) -> None:
        """A fault of ours, not of Qomon: tried again a few times, one by one in the end, then a person looks."""
        if cases[0].row.leases >= CRASHES:
            turn.end(cases[0], "held", "crash")
        else:
            turn.stumble(cases)

    def _probe(self, space: str) -> Drained:
        """While a space is not well, its events are given up when their week is over; then the others go on."""
        ailing, now = failures.probe(self._tools, space), self._tools.now()
        with self._tools.store.write() as tx:
            if ailing is None:
                return Drained(lanes=lanes.due(tx, now))
            overdue = lanes.overdue(tx, space, now - retry.GIVE_UP_AFTER)
            late = [lanes.take(tx, name, now, running=False) for name in overdue]
        drained = Drained()
        for turn in [Turn(self._tools, lease) for lease in late if lease is not None]:
            cases, _intent = self._next(turn)
            if not cases:  # only what people have paused: that is not given up
                self._leave(turn)
                continue
            failures.postpone(turn, cases, TryLater(ailing, account.PROBE))
            drained.told |= turn.drained.told
        return drained

    def _preview_kept(self, id_: str) -> Drained:
        now = self._tools.now()
        with self._tools.store.write() as tx:
            row = captured.take_preview(tx, id_, now)
            case = self._cases.open(tx, row) if row else None
        if case is None:
            return Drained()
        try:
            told = preview(self._tools, case).report
        except TryLater:
            return Drained()
        except Exception:
            log.exception("preview failed", extra={"event": id_})
            told = report.ended(case.report, "previewed", "crash")
        with self._tools.store.write() as tx:
            captured.keep_preview(tx, self._tools.vault, id_, told)
        return Drained(told={id_: told})
