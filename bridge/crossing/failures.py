"""Whose trouble it is when Qomon fails on somebody: that contact's alone, or the whole space's (ledger.md 28)."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.crossing import retry
from bridge.crossing.cases import Case
from bridge.crossing.lane_run import Tools, Turn
from bridge.crossing.settle import Ending
from bridge.errors import TryLater
from bridge.inbox import lanes
from bridge.inbox.lanes import Faults
from bridge.qomon import account
from bridge.qomon.client import Visit
from schemas import normal

log = logging.getLogger(__name__)

SUSPECT = frozenset({"qomon_down", "key_refused"})
"""What the client says of one call, and what may be true of all of them."""


def met(turn: Turn, cases: Sequence[Case], wait: TryLater) -> None:
    """The events wait: alone while Qomon answers other things, else with their whole space."""
    if wait.reason not in SUSPECT:
        unwritten = wait.reason == "backoff" and turn.lease.lane.startswith("contact:")
        postpone(turn, cases, wait, "qomon_down" if unwritten else None)
        return
    ailing = _asked(turn.visit)
    if ailing is None:
        postpone(turn, cases, TryLater("backoff", wait.after), wait.reason)
        return
    now = turn.tools.now()
    with turn.tools.store.write() as tx:
        lanes.check(tx, turn.lease, now)
        account.trouble(tx, turn.lease.space, ailing, now)
    log.warning("space stopped", extra={"space": turn.lease.space, "reason": ailing})
    postpone(turn, cases, TryLater(ailing, account.PROBE))


def postpone(turn: Turn, cases: Sequence[Case], wait: TryLater, fault: str | None = None) -> None:
    """The events wait; after a week they are given up, and after five equal faults held, into people's hands.

    `fault`: of Qomon on these alone, when the reason does not name it.
    """
    now = turn.tools.now()
    kind = fault or (wait.reason if retry.counts(wait.reason) else None)
    faults = {case.id: _counted(case, kind) for case in cases}
    waits = {case.id: _left(case, wait, faults[case.id].times, now) for case in cases}
    over = [Ending(case, "failed", wait.reason, case.report) for case in cases if waits[case.id] is None]
    if kind in SUSPECT and not over and not _undecided(turn):
        enough = [case for case in cases if faults[case.id].times >= retry.EQUAL]
        over = [Ending(case, "held", "qomon_fault", turn.unweighed(case)) for case in enough]
    if over:
        turn.settle(over)
    else:
        turn.wait(cases, wait.reason, max(after for after in waits.values() if after is not None), faults)


def probe(tools: Tools, space: str) -> str | None:
    """Ask a space in trouble how it is, once a minute among all processes: what ails it still."""
    now = tools.now()
    with tools.store.write() as tx:
        if not account.take_probe(tx, space, now):
            return None
    ailing = _asked(tools.spaces(space).visit())
    with tools.store.write() as tx:
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


def _counted(case: Case, kind: str | None) -> Faults:
    """One more of the kind that was, or the first of another; a wait that is nobody's fault counts nothing."""
    if kind is None:
        return Faults(case.row.attempts, case.row.fault)
    return Faults(case.row.attempts + 1 if case.row.fault == kind else 1, kind)


def _left(case: Case, wait: TryLater, times: int, now: datetime) -> timedelta | None:
    since = case.row.released or case.row.received_at
    return retry.wait(wait.reason, wait.after, times, now - normal.from_epoch_ms(since))


def _undecided(turn: Turn) -> bool:
    """Whether a write is in the open still: its events must not leave before that is known."""
    with turn.tools.store.read() as tx:
        return lanes.read_intent(tx, turn.lease.lane) is not None
