"""Whether what is about to be written stops its hook: asked in the transaction that says what will be sent."""

import logging
from collections.abc import Sequence

from sqlalchemy import Connection

from bridge.crossing.batch import Draft
from bridge.crossing.cases import Case
from bridge.crossing.lane_run import Turn
from bridge.hooks import breaker
from bridge.hooks.breaker import Free

log = logging.getLogger(__name__)


def stops(turn: Turn, tx: Connection, cases: Sequence[Case], drafts: Sequence[Draft], contact: int) -> bool:
    """True: nothing of this may be written, all is to be folded anew. `contact` is negative for one not made yet.

    It is the first that the transaction does.
    """
    by_event = {case.id: case for case in cases}
    mine = [(by_event[draft.event], draft) for draft in drafts if draft.event in by_event and draft.hold is None]
    counted = [(case, draft) for case, draft in mine if "breaker" not in (case.row.decided or "") and draft.said]
    breaker.alone(tx, {case.hook.id for case, _ in counted})
    return any(_stops(turn, tx, case, draft, contact) for case, draft in counted)


def _stops(turn: Turn, tx: Connection, case: Case, draft: Draft, contact: int) -> bool:
    name, now = turn.scales(case.hook).name, turn.tools.now()
    values = [
        Free(field, name(field), turn.finger(f"written {field}"), turn.finger(f"{field} {text}"))
        for field, text in draft.said
    ]
    cause = breaker.spreads(tx, case.hook.id, contact, values, now)
    if cause is None:
        return False
    breaker.pull(tx, case.hook.id, cause, now)
    log.warning("hook stopped", extra={"hook": case.hook.name, "reason": cause.code})
    return True
