"""The events of one lane through find -> read -> map -> merge -> send -> confirm -> report (docs/ledger.md, Drain).

`drain` takes one piece of work: a lane, the dry run of an event that is only kept, or the question how Qomon is. The
way of one contact is in `update`, that of somebody unknown in `identify`; the same without writing is in `preview`.
"""

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bridge.crossing import failures, identify, retry, update
from bridge.crossing.lane_run import AHEAD, SEARCH, Context, LaneRun, told_why
from bridge.crossing.opened import Opened, Opener, report_of
from bridge.crossing.preview import preview
from bridge.crossing.settle import Done
from bridge.crossing.work import CheckAccount, CrossLane, PreviewEvent, Work
from bridge.errors import Faults, Held, KeyElsewhere, NoAccount, StoreDown, TryLater, Unopenable
from bridge.hooks import brakes
from bridge.hooks.registry import Hook
from bridge.inbox import captured, lanes, waiting
from bridge.inbox import events as inbox
from bridge.inbox.lanes import Intent, Lease, LeaseLost
from bridge.inbox.waiting import Revision
from bridge.model import Event, Lane, Outcome
from bridge.qomon import account
from bridge.qomon.client import Visit
from bridge.report import report

log = logging.getLogger(__name__)

MOST = 100
"""Events of one batch."""

UNLOADED = timedelta(minutes=1)
"""How long the events of a hook that does not load (a secret that is not set any more) wait to be looked at again."""

PAUSED = timedelta(minutes=10)
"""How long a lane rests in which only paused hooks have something. Letting the brake go wakes it, unless a runner
has it in hand at that moment."""


_STORE = timedelta(seconds=5)
"""How long a lane rests when the store took nothing for a moment."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a run takes of its lane, or the events of an intent and what that says, None where it does not open; `hook`:
    of any of these, whether it opens or not.

    `paused`, `broken`: the hooks, and versions of hooks, whose events it leaves there.
    """

    events: Sequence[Event]
    intent: Intent | None = None
    written: dict[str, Any] | None = None
    hook: Hook | None = None
    paused: AbstractSet[str] = frozenset()
    broken: AbstractSet[Revision] = frozenset()


def _version(event: Event) -> Revision:
    return event.hook, event.revision


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

    def drain(
        self, work: Work, floor: float = 0, *, short: bool = False, awaited: bool = False, lease: Lease | None = None
    ) -> Done:
        """Claim the lane if it is due, cross what waits there, release the lane. Faults become waits.

        `floor`: the tokens that are left to others. `short`: there are not enough, and its events are only to say so.
        `awaited`: a call at the door waits for it. `lease`: of the lane, where the caller has claimed it.
        """
        with self._context.way.turn(awaited=awaited):
            match work:
                case PreviewEvent(event):
                    return self._preview_kept(event, floor)
                case CheckAccount(space):
                    return self._check(space)
                case CrossLane(lane):
                    return self._cross(lane, floor, lease, short=short)

    def give_back(self, lease: Lease) -> None:
        """A lane that was claimed and that nobody will look at here is due for whoever does."""
        with suppress(LeaseLost, StoreDown), self._context.store.write() as tx:
            lanes.release(tx, lease, self._context.now())

    def _cross(self, lane: Lane, floor: float, lease: Lease | None, *, short: bool) -> Done:
        try:
            visit = self._context.qomon(lane.space).visit(_ahead(CrossLane(lane)))
        except NoAccount:
            return self._without_account(lane, lease)
        visit.floor = floor
        try:
            if not short:
                visit.reserve()
        except TryLater:
            visit.end()
            if lease is not None:
                self.give_back(lease)
            return Done(short=True)
        try:
            return self._follow(lane, visit, lease)
        finally:
            visit.end()

    def _follow(self, lane: Lane, visit: Visit, lease: Lease | None) -> Done:
        """Through the lane, and through the one that its events are led to."""
        done = Done()
        if lease is None:
            with self._context.store.write() as tx:
                lease = lanes.claim(tx, lane, self._context.now())
        opened = dict[str, Opened]()
        while lease is not None:
            run = LaneRun(self._context, lease, visit)
            run.opened = opened
            self._guarded(run)
            done.reports |= run.done.reports
            done.lanes += run.done.lanes
            lease, opened = run.handed, run.opened
        return done

    def _without_account(self, lane: Lane, lease: Lease | None) -> Done:
        """The space waits, as when its key is refused, until a process is started that knows it: no lease counts."""
        context, now = self._context, self._context.now()
        with context.store.write() as tx:
            lease = lease or lanes.claim(tx, lane, now)
            if lease is not None:
                waits = waiting.untold(tx, lease.lane, MOST, "key_refused")
                told_why(tx, context, waits, "key_refused")
                lanes.release(tx, lease, now)
                account.trouble(tx, lease.space, "key_refused", now)
        log.error("a space has no token", extra={"space": lane.space})
        return Done()

    def _guarded(self, run: LaneRun) -> None:
        """Whatever goes wrong, the lane is given back, if the store can say so: nobody waits for the lease to end."""
        lane = str(run.lease.lane)
        try:
            self._work(run)
        except LeaseLost:
            log.warning("lease lost", extra={"lane": lane})
        except StoreDown:
            self._give_back(run, _STORE, stumbled=False)
            raise
        except Exception:
            log.exception("a run failed", extra={"lane": lane})
            self._give_back(run, run.stumble(), stumbled=True)

    def _give_back(self, run: LaneRun, after: timedelta, *, stumbled: bool) -> None:
        now = self._context.now()
        with suppress(LeaseLost, StoreDown), self._context.store.write() as tx:
            waits = lanes.release(tx, run.lease, now, after, stumbled=stumbled)
            run.done.lanes += [waits] if waits else []

    def _work(self, run: LaneRun) -> None:
        """Whatever is wrong with these events ends as a wait or in people's hands."""
        lane, mine = run.lease.lane, list[Opened]()
        self._context.way.give()
        try:
            crashed = run.lease.leases > lanes.CRASHES
            taken, events = self._look(run, opening=not crashed)
            if crashed and taken.events:
                run.shut(taken.events[0], "crash")
                return
            if lane.contact is None and events:
                events = identify.foremost(events)
            mine = events if lane.contact is not None else events[:1]
            self._cross_these(run, events, taken)
        except Held as held:
            run.hold(mine, held.reason)
        except TryLater as wait:
            if not mine:
                self._tell_behind(run)
            failures.met(run, mine, wait)
        except Faults:  # a hook that loads, and names what is gone from the settings all the same
            run.reschedule(mine, "hook_broken", UNLOADED)
        except KeyElsewhere:
            log.error("BRIDGE_KEY lacks a key that is in use: start this process anew")  # noqa: TRY400
            self._give_back(run, UNLOADED, stumbled=False)
        except (LeaseLost, StoreDown):
            raise
        except Exception:
            log.exception("crossing failed", extra={"lane": str(lane), "events": len(mine)})
            self._stumbled(run, mine)

    def _cross_these(self, run: LaneRun, events: list[Opened], taken: "_Taken") -> None:
        lane = run.lease.lane
        if taken.intent is not None:
            update.resolve(run, events, taken.intent, taken.written, taken.hook)
        elif events and lane.contact is not None:
            update.cross(run, events, lane.contact)
        elif events:
            identify.lead(run, events[0], events[1:])
        elif taken.events:  # none of them opened: the next ones
            run.release()
        else:
            self._leave(run, taken)

    def _tell_behind(self, run: LaneRun) -> None:
        """Whoever waits for a write of which no submission opens any more."""
        with self._context.store.write() as tx:
            run.check(tx)
            waits = waiting.untold(tx, run.lease.lane, MOST, "behind")
            run.done.reports |= told_why(tx, self._context, waits, "behind")

    def _stumbled(self, run: LaneRun, events: Sequence[Opened]) -> None:
        """A fault of ours, not of Qomon: tried again a few times, one by one in the end, then a person looks."""
        if run.lease.leases < lanes.CRASHES:
            run.retry(events)
            return
        with self._context.store.read() as tx:
            first = [event.stored for event in events[:1]] or waiting.first(tx, run.lease.lane, 1)
        if first:
            run.shut(first[0], "crash")
        else:
            run.release()

    def _look(self, run: LaneRun, *, opening: bool = True) -> tuple["_Taken", list[Opened]]:
        """What this run takes, and those events of it that open, at one moment; the others are held beside them."""
        opened, damaged = list[Opened](), list[Event]()
        with self._context.store.read() as tx:
            taken = self._take(tx, run)
            for event in taken.events if opening else ():
                try:
                    opened.append(self._opener.open(tx, event, run.opened.get(event.id)))
                except Unopenable:
                    damaged.append(event)
        if damaged:
            run.set_aside(damaged, "unopenable")
        run.opened = {event.id: event for event in opened}
        return taken, opened

    def _take(self, tx: Connection, run: LaneRun) -> "_Taken":
        """What this run takes of what waits: one by one where runners came to grief before (docs/ledger.md 5); and the
        intent that the last runner left behind: then just the events that this is about.
        """
        lane = run.lease.lane
        run.omitted = account.omitted(tx, run.lease.space)
        intent = lanes.read_intent(tx, lane)
        if intent is None:
            return self._next(tx, lane, 1 if run.lease.alone else MOST)
        self._opener.look_for_key(tx, intent.sealed)
        plain = update.read_intent(run, intent)
        ids = [part["event"] for part in plain["parts"]] if plain is not None else []
        found = waiting.those(tx, lane, ids)
        broken = self._opener.unloaded(tx, found)
        hooks = (self._opener.hook(tx, event) for event in inbox.among(tx, ids))
        hook = next((one for one in hooks if one is not None), None)
        return _Taken([event for event in found if _version(event) not in broken], intent, plain, hook)

    def _next(self, tx: Connection, lane: Lane, most: int) -> "_Taken":
        """Without those of the hooks that people have paused, or that do not load. Whoever asked Qomon to create
        somebody looks first: the others wait for that.
        """
        paused, broken = frozenset(brakes.paused(tx)), frozenset[Revision]()
        while True:  # once more for each version that does not load
            events = waiting.first(tx, lane, most, paused, broken)
            unloaded = self._opener.unloaded(tx, events)
            if not unloaded:
                break
            broken |= unloaded
        if events and events[0].reason == "creating":
            asked = [
                one for one in waiting.creators(tx, lane) if one.hook not in paused and _version(one) not in broken
            ]
            ids = {event.id for event in asked}
            events = [*asked, *(event for event in events if event.id not in ids)][:most]
        return _Taken(events, paused=paused, broken=broken)

    def _leave(self, run: LaneRun, taken: "_Taken") -> None:
        """Nothing is to be done here: nothing waits, or only what people have paused or what a hook does not load for.
        They are told so, some at a time.
        """
        lane, now = run.lease.lane, self._context.now()
        with self._context.store.write() as tx:
            run.check(tx)
            paused = waiting.untold(tx, lane, MOST, "paused", hooks=taken.paused)
            broken = waiting.untold(tx, lane, MOST, "hook_broken", revisions=taken.broken)
            run.done.reports |= told_why(tx, self._context, paused, "paused")
            run.done.reports |= told_why(tx, self._context, broken, "hook_broken")
            more = MOST in (len(paused), len(broken)) or waiting.first(tx, lane, 1, taken.paused, taken.broken)
            after = timedelta() if more else UNLOADED if taken.broken else PAUSED
            waits = lanes.release(tx, run.lease, now, after, checked=True)
            run.done.lanes += [waits] if waits else []
        if taken.broken:
            log.error("a hook does not load", extra={"lane": str(lane)})

    def _check(self, space: str) -> Done:
        """While a space does not answer, its events are given up when their week is over; then the others go on."""
        ailing, now, done = failures.probe(self._context, space), self._context.now(), Done()
        with self._context.store.read() as tx:
            if ailing is None:
                return Done(lanes=lanes.due(tx, now))
            stop = account.stop(tx, space)
            asked = ailing == "qomon_down" and stop is not None and stop.reason == ailing
            overdue = waiting.overdue(tx, space, now, retry.GIVE_UP_AFTER) if asked else []
        for lane in overdue:
            with self._context.store.write() as tx:
                lease = lanes.claim(tx, lane, self._context.now(), running=False)
            if lease is not None:
                run = LaneRun(self._context, lease)
                self._give_up(run, ailing)
                done.reports |= run.done.reports
        return done

    def _give_up(self, run: LaneRun, ailing: str) -> None:
        try:
            taken, events = self._look(run)
            if events:
                failures.reschedule(run, events, TryLater(ailing, account.PROBE))
            else:  # only what people have paused: that is not given up
                self._leave(run, taken)
        except LeaseLost:
            log.warning("lease lost", extra={"lane": str(run.lease.lane)})

    def _preview_kept(self, id_: str, floor: float) -> Done:
        now = self._context.now()
        with self._context.store.write() as tx:
            kept = captured.take_preview(tx, id_, now)
        if kept is None:
            return Done()
        try:
            with self._context.store.read() as tx:
                event = self._opener.open(tx, kept)
            told = preview(self._context, event, floor=floor).report
        except TryLater as wait:
            failures.postpone_preview(self._context, kept, wait)
            return Done()
        except (StoreDown, OSError):
            raise
        except (Faults, KeyElsewhere):  # a hook that does not load, an account without a token: in a minute
            return Done()
        except Unopenable:
            told = report.ended(report_of(self._context.vault, kept), Outcome.PREVIEWED, "unopenable")
        except Exception:
            log.exception("preview failed", extra={"event": id_})
            told = report.ended(report_of(self._context.vault, kept), Outcome.PREVIEWED, "crash")
        with self._context.store.write() as tx:
            captured.keep_preview(tx, self._context.vault, id_, told)
        return Done(reports={id_: told})
