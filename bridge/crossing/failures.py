"""Whose trouble it is when Qomon fails on somebody: that contact's alone, or the whole space's (docs/ledger.md 28)."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.crossing import retry
from bridge.crossing.lane_run import Context, LaneRun
from bridge.crossing.opened import Opened
from bridge.crossing.settle import Ending
from bridge.errors import NoAccount, TryLater
from bridge.inbox import captured, lanes, waiting
from bridge.inbox.lanes import LONGEST, Faults
from bridge.model import Event, Outcome
from bridge.qomon import account
from bridge.qomon.client import Visit

log = logging.getLogger(__name__)

SUSPECT = frozenset({"qomon_down", "key_refused"})
"""What the client says of one call, and what may be true of all of them."""


def met(run: LaneRun, events: Sequence[Opened], wait: TryLater) -> None:
    """The events wait: alone while Qomon answers other things, else with their whole space."""
    if wait.reason not in SUSPECT:
        unwritten = wait.reason == "backoff" and run.lease.lane.kind == "contact"
        reschedule(run, events, wait, "qomon_down" if unwritten else None)
        return
    ailing = _asked(run.visit)
    if ailing is None:
        reschedule(run, events, TryLater("backoff", wait.after), wait.reason)
        return
    now = run.context.now()
    with run.context.store.write() as tx:
        lanes.check(tx, run.lease, now)
        account.trouble(tx, run.lease.space, ailing, now)
    log.warning("space stopped", extra={"space": run.lease.space, "reason": ailing})
    reschedule(run, events, TryLater(ailing, account.PROBE))


def reschedule(run: LaneRun, events: Sequence[Opened], wait: TryLater, fault: str | None = None) -> None:
    """The events wait; after a week of asking they are given up, and after five equal faults held, into people's hands.

    `fault`: of Qomon on these alone, when the reason does not name it.
    """
    now = run.context.now()
    kind = fault or (wait.reason if retry.counts(wait.reason) else None)
    faults = {event.id: _counted(event, kind, now, wait.reason) for event in events}
    fresh = run.context.fresh()
    waits = {id_: retry.wait(wait.reason, wait.after, one.times, one.asked, fresh=fresh) for id_, one in faults.items()}
    over = [Ending(Outcome.FAILED, wait.reason, one.report, event=one) for one in events if waits[one.id] is None]
    enough = [event for event in events if kind in SUSPECT and faults[event.id].times >= retry.EQUAL]
    if enough and not over and not fresh:
        with run.context.store.read() as tx:  # while a write is in the open, its events must not leave
            undecided = lanes.read_intent(tx, run.lease.lane) is not None
        held = [] if undecided else enough
        over = [Ending(Outcome.HELD, "qomon_fault", run.unplanned(event), event=event) for event in held]
    if over:
        run.finish(over)
    else:
        run.reschedule(
            events,
            wait.reason,
            max((after for after in waits.values() if after is not None), default=wait.after),
            faults,
        )


def postpone_preview(context: Context, event: Event, wait: TryLater) -> None:
    """A dry run waits as a write does: longer each time, and with its whole space where Qomon fails on everything."""
    suspect = wait.reason in SUSPECT or wait.reason == "catalogue"  # a space whose forms were never read
    ailing = _asked(context.qomon(event.space).visit()) if suspect else None
    counted = ailing is None and (suspect or retry.counts(wait.reason))
    attempts = event.attempts + counted
    after = retry.wait("backoff" if counted else wait.reason, wait.after, attempts, timedelta()) or wait.after
    now = context.now()
    with context.store.write() as tx:
        if ailing is not None:
            account.trouble(tx, event.space, ailing, now)
        captured.postpone_preview(tx, event.id, attempts, now + after)


def probe(context: Context, space: str) -> str | None:
    """Ask a space in trouble how it is, once a minute among all processes: what ails it still."""
    now = context.now()
    with context.store.write() as tx:
        before, late = account.stop(tx, space), account.take_probe(tx, space, now)
    if late is None:
        return None
    try:
        ailing = _asked(context.qomon(space).visit())
    except NoAccount:
        ailing = "key_refused"
    with context.store.write() as tx:
        if before is not None and ailing != "key_refused":
            away = now - before.since if before.reason == "key_refused" else late
            if away > LONGEST:
                waiting.unasked(tx, space, away, now)
        if ailing is None:
            account.well(tx, space)
            log.info("space well again", extra={"space": space})
        else:
            account.trouble(tx, space, ailing, now)
    return ailing


def _asked(visit: Visit) -> str | None:
    """What ails the space by the probe, one read of the catalogue; None when Qomon answers, were it "too fast"."""
    try:
        visit.forms("consent")
    except TryLater as failure:
        return failure.reason if failure.reason in SUSPECT else None
    return None


def _counted(event: Opened, kind: str | None, now: datetime, reason: str) -> Faults:
    """One more of the kind that was, or the first of another; a wait that is nobody's fault counts nothing."""
    stored = event.stored
    if kind is None:
        times, kind = stored.attempts, stored.fault
    else:
        times = stored.attempts + 1 if stored.fault == kind else 1
    return Faults(times, kind, retry.asked(stored, now), None if reason in retry.UNASKED else now)
