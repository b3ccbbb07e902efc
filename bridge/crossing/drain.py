"""The events of one lane through find -> read -> map -> merge -> send -> confirm -> report (docs/ledger.md, Drain).

`drain` takes one piece of work: a lane, the dry run of an event that is only kept, or the question how Qomon is. The
way of one contact is in `update`, that of somebody unknown in `identify`; the same without writing is in `preview`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from bridge.crossing import failures, identify, retry, update
from bridge.crossing.lane_run import AHEAD, SEARCH, Context, LaneRun
from bridge.crossing.opened import Opened, Opener
from bridge.crossing.preview import preview
from bridge.crossing.settle import Done
from bridge.errors import Faults, Held, StoreDown, TryLater
from bridge.hooks import brakes
from bridge.inbox import captured, known_contacts, lanes
from bridge.inbox.lanes import Intent, LeaseLost
from bridge.model import Class, Event, Lane, Outcome
from bridge.qomon import account
from bridge.qomon.client import Visit
from bridge.report import report

log = logging.getLogger(__name__)

CRASHES = 5
"""Leases that an event may cost, by faults of ours or dead processes, before it is held (docs/ledger.md 5)."""

ALONE = 3
"""Leases lost after which a lane crosses one event at a time."""

MOST = 100
"""Events of one batch."""

UNLOADED = timedelta(minutes=1)
"""How long the events of a hook that does not load (a secret that is not set any more) wait to be looked at again."""

PAUSED = timedelta(minutes=10)
"""How long a lane rests in which only paused hooks have something. Letting the brake go wakes it, unless a runner
has it in hand at that moment."""


@dataclass(frozen=True, slots=True)
class CrossLane:
    """Cross what waits in this lane."""

    lane: Lane

    @property
    def space(self) -> str:
        return self.lane.space

    def __str__(self) -> str:
        return str(self.lane)


@dataclass(frozen=True, slots=True)
class PreviewEvent:
    """Make the dry run of an event that its hook only keeps."""

    event: str
    space: str

    def __str__(self) -> str:
        return f"preview:{self.event}"


@dataclass(frozen=True, slots=True)
class CheckAccount:
    """Ask whether Qomon is well again in this space."""

    space: str

    def __str__(self) -> str:
        return f"probe:{self.space}"


Work: TypeAlias = CrossLane | PreviewEvent | CheckAccount


@dataclass(frozen=True, slots=True)
class Due:
    """A piece of work, what comes before it, and from when it can be done. `told`: its report says already what it
    waits for."""

    work: Work
    rank: Class
    at: datetime
    told: bool = False


def read_work(text: str, space: str) -> Work:
    """A piece of work as a job carries it."""
    kind, _, rest = text.partition(":")
    if kind == "preview":
        return PreviewEvent(rest, space)
    return CheckAccount(rest) if kind == "probe" else CrossLane(Lane.read(text, space))


def _stumbled(run: LaneRun, events: Sequence[Opened]) -> None:
    """A fault of ours, not of Qomon: tried again a few times, one by one in the end, then a person looks."""
    if events[0].stored.leases >= CRASHES:
        run.end(events[0], Outcome.HELD, "crash")
    else:
        run.retry(events)


def _ahead(work: Work) -> float:
    """The tokens to have before it begins."""
    if isinstance(work, CrossLane):
        return AHEAD if work.lane.contact is not None else AHEAD + SEARCH
    return SEARCH


class Crossing:
    """Does what is due. Safe to share between threads: a lease keeps two of them off one lane."""

    def __init__(self, context: Context, opener: Opener) -> None:
        self._context = context
        self._opener = opener

    def wait_for(self, work: Work, floor: float) -> timedelta:
        """Until Qomon's tokens are there for this work, and as many as `floor` beside them."""
        if isinstance(work, CheckAccount):
            return timedelta()
        try:
            return self._context.qomon(work.space).wait_for(_ahead(work) + floor)
        except Faults:  # draining it says so
            return timedelta()

    def drain(self, work: Work, floor: float = 0, *, short: bool = False) -> Done:
        """Claim the lane if it is due, cross what waits there, release the lane. Faults become waits.

        `floor`: the tokens that are left to others. `short`: there are not enough, and its events are only to say so.
        """
        match work:
            case PreviewEvent(event):
                return self._preview_kept(event, floor)
            case CheckAccount(space):
                return self._check(space)
            case CrossLane(lane):
                return self._cross(lane, floor, short=short)

    def _cross(self, lane: Lane, floor: float, *, short: bool) -> Done:
        visit = self._context.qomon(lane.space).visit(_ahead(CrossLane(lane)))
        visit.floor = floor
        try:
            if not short:
                visit.reserve()
            return self._follow(lane, visit)
        except TryLater:
            return Done(short=True)
        finally:
            visit.end()

    def _follow(self, lane: Lane, visit: Visit) -> Done:
        """Through the lane, and through the one that its events are led to."""
        done = Done()
        with self._context.store.write() as tx:
            lease = lanes.claim(tx, lane, self._context.now())
        opened = dict[str, Opened]()
        while lease is not None:
            run = LaneRun(self._context, lease, visit)
            run.opened = opened
            try:
                self._work(run)
            except LeaseLost:
                log.warning("lease lost", extra={"lane": str(lease.lane)})
            except Faults:
                log.error("a hook does not load", extra={"lane": str(lease.lane)})  # noqa: TRY400  # no stack to read
                run.rest(UNLOADED)
            done.reports |= run.done.reports
            done.lanes += run.done.lanes
            lease, opened = run.handed, run.opened
        return done

    def _work(self, run: LaneRun) -> None:
        lane = run.lease.lane
        events, intent = self._next(run)
        if not events:
            self._leave(run)
            return
        if lane.contact is None:
            events = identify.foremost(events)
        mine = events if lane.contact is not None else events[:1]
        try:
            if max(event.stored.leases for event in events) > CRASHES:
                run.end(events[0], Outcome.HELD, "crash")
            elif intent is not None:
                update.resolve(run, events, intent)
            elif lane.contact is not None:
                update.cross(run, events, lane.contact)
            else:
                identify.lead(run, events[0], events[1:])
        except Held as held:
            run.hold(mine, held.reason)
        except TryLater as wait:
            failures.met(run, mine, wait)
        except (LeaseLost, StoreDown, OSError):
            raise
        except Exception:
            log.exception("crossing failed", extra={"lane": str(lane), "events": len(events)})
            _stumbled(run, mine)

    def _next(self, run: LaneRun) -> tuple[list[Opened], Intent | None]:
        """The events that this run takes, and the intent that the last runner left behind."""
        with self._context.store.read() as tx:
            events, intent = run.lease.events, run.lease.intent
            if intent is not None:
                written = update.written(run, intent)
                events = [event for event in events if event.id in written]
            else:
                events = self._runnable(tx, events)
            opened = [self._opener.open(tx, event, run.opened.get(event.id)) for event in events]
            run.opened = {event.id: event for event in opened}
            run.omitted = account.omitted(tx, run.lease.space)
            return opened, intent

    def _runnable(self, tx: Connection, events: Sequence[Event]) -> Sequence[Event]:
        """Without those of the hooks that people have paused; one by one where runners came to grief before
        (docs/ledger.md 5). Whoever asked Qomon to create somebody looks first: the others wait for that.
        """
        stopped = brakes.paused(tx) if events else {}
        events = [event for event in events if event.hook not in stopped]
        if events and events[0].reason == "creating":
            creators = known_contacts.creators(tx, [event.id for event in events])
            events = sorted(events, key=lambda event: event.id not in creators)
        return events[:1] if any(event.leases >= ALONE for event in events) else events[:MOST]

    def _leave(self, run: LaneRun) -> None:
        """Nothing is to be done here: nothing waits, or only what people have paused."""
        events = run.lease.events if run.lease.intent is None else []
        with self._context.store.read() as tx:
            stopped = brakes.paused(tx) if events else {}
            waits = [self._opener.open(tx, event) for event in events if event.hook in stopped]
        if waits:
            run.reschedule(waits, "paused", PAUSED)
        else:
            run.release()

    def _check(self, space: str) -> Done:
        """While a space is not well, its events are given up when their week is over; then the others go on."""
        ailing, now = failures.probe(self._context, space), self._context.now()
        with self._context.store.write() as tx:
            if ailing is None:
                return Done(lanes=lanes.due(tx, now))
            overdue = lanes.overdue(tx, space, now - retry.GIVE_UP_AFTER)
            late = [lanes.claim(tx, lane, now, running=False) for lane in overdue]
        done = Done()
        for run in [LaneRun(self._context, lease) for lease in late if lease is not None]:
            events, _intent = self._next(run)
            if not events:  # only what people have paused: that is not given up
                self._leave(run)
                continue
            failures.reschedule(run, events, TryLater(ailing, account.PROBE))
            done.reports |= run.done.reports
        return done

    def _preview_kept(self, id_: str, floor: float) -> Done:
        now = self._context.now()
        with self._context.store.write() as tx:
            kept = captured.take_preview(tx, id_, now)
            event = self._opener.open(tx, kept) if kept else None
        if event is None:
            return Done()
        try:
            told = preview(self._context, event, floor=floor).report
        except TryLater as wait:
            failures.postpone_preview(self._context, event.stored, wait)
            return Done()
        except (StoreDown, OSError):
            raise
        except Exception:
            log.exception("preview failed", extra={"event": id_})
            told = report.ended(event.report, Outcome.PREVIEWED, "crash")
        with self._context.store.write() as tx:
            captured.keep_preview(tx, self._context.vault, id_, told)
        return Done(reports={id_: told})
