"""What waits to be written on one contact: read, weigh, write, confirm (ledger.md 7 to 12).

Before a write its intent is stored; whoever finds one afterwards reads the contact before doing anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Row

from bridge import find, lanes, report, send
from bridge.cases import Case
from bridge.errors import Gone, Held, Rejected, TryLater, Unanswered
from bridge.qomon import facets
from bridge.qomon.contact import Body
from bridge.qomon.facets import Facets
from bridge.report import Report
from bridge.turn import Turn
from bridge.weighing import Scales, Weighed
from schemas import normal

UNANSWERED = timedelta(seconds=30)
"""How long a PATCH whose answer never came may still be at work in Qomon (ledger.md 11)."""

_UNKNOWN = ("unknown_choice", "unknown_field")


@dataclass(frozen=True)
class Draft:
    """What is about to be sent for an event, and how its report will read: the sealed part of an intent."""

    contact: int
    event: str
    before: Body
    wanted: Body
    report: Report
    hold: str | None
    inverse: dict[str, Any]


def cross(turn: Turn, case: Case) -> None:
    """Read the contact, weigh the event against it, write if anything differs."""
    id_ = int(turn.lease.lane.rpartition(":")[2])
    try:
        read = turn.visit.contact(id_)
    except Gone:
        turn.send_back(case, id_)
        return
    by = case.row.found or next(name for name in case.hook.find if name in case.who.identities)
    if not _belongs(turn, case, by, read):
        turn.send_back(case, id_)
        return
    told = {**case.report, "contact": {"id": id_, "found_by": by, "created": False}}
    weighed, scales = _weigh(turn, case, read, told)
    if weighed.changed:
        _write(turn, case, id_, weighed, scales)
    else:
        turn.settle(case, "held" if weighed.hold else "unchanged", weighed.hold, weighed.report)


def resolve(turn: Turn, case: Case, intent: Row[Any]) -> None:
    """The last runner stopped after saying what it would send: see what came of it before anything else."""
    left = normal.from_epoch_ms(intent.at) + UNANSWERED - turn.tools.now()
    if left > timedelta():
        raise TryLater("behind", left)
    scales = turn.tools.weighing.scales(case.hook, turn.tools.now())
    _read_once_more(turn, case, opened(turn, intent), scales)


def opened(turn: Turn, intent: Row[Any]) -> Draft:
    """The draft that an intent holds."""
    return Draft(**cast("dict[str, Any]", turn.tools.vault.unseal(intent.sealed)))


def _belongs(turn: Turn, case: Case, by: str, read: Mapping[str, Any]) -> bool:
    """Whether the identity that led here is on the contact just read, and the names agree (ledger.md 7)."""
    if not find.carries(read, by, case.who.identities[by], turn.tools.region):
        return False
    return by == "id" or case.hook.names != "agree" or find.names_agree(case.who, read)


def _weigh(turn: Turn, case: Case, read: Mapping[str, Any], told: Report) -> tuple[Weighed, Scales]:
    """A choice or a field that is not there: Qomon's forms are read again before anybody is asked."""
    now = turn.tools.now()
    scales = turn.tools.weighing.scales(case.hook, now)
    weighed = scales.weigh(read, case.submission, told)
    if weighed.hold in _UNKNOWN:
        fresh = turn.tools.weighing.renewed(case.hook, now)
        if fresh is not None:
            return fresh.weigh(read, case.submission, told), fresh
    return weighed, scales


def _write(turn: Turn, case: Case, id_: int, weighed: Weighed, scales: Scales) -> None:
    draft = Draft(id_, case.id, weighed.before, weighed.after, weighed.report, weighed.hold, weighed.inverse)
    with turn.tools.store.write() as tx:
        lanes.write_intent(tx, turn.lease, turn.tools.vault.seal(dict(vars(draft))), turn.tools.now())
    try:
        after = send.replace(turn.visit, id_, weighed.after, weighed.facets[1], scales.facets)
    except Unanswered as lost:
        if not lost.finished:
            raise TryLater("qomon_down", UNANSWERED) from None
        _read_once_more(turn, case, draft, scales)
        return
    except (Rejected, TryLater, Gone) as refusal:
        _not_written(turn, case, id_, refusal)
        return
    _finish(turn, case, draft, scales, after)


def _not_written(turn: Turn, case: Case, id_: int, refusal: Rejected | TryLater | Gone) -> None:
    """Qomon surely applied nothing: the intent goes, and what Qomon said decides."""
    now = turn.tools.now()
    with turn.tools.store.write() as tx:
        lanes.check(tx, turn.lease, now)
        lanes.drop_intent(tx, turn.lease)
    if isinstance(refusal, TryLater):
        raise refusal
    if isinstance(refusal, Gone):
        turn.send_back(case, id_)
    elif turn.tools.weighing.renewed(case.hook, now):  # at most once a minute, so this ends
        cross(turn, case)
    else:
        raise Held("refused_by_qomon")


def _read_once_more(turn: Turn, case: Case, draft: Draft, scales: Scales) -> None:
    """An unanswered write: now as before is not applied, anything else is told field by field (ledger.md 11)."""
    try:
        after = scales.facets(turn.visit.contact(draft.contact))
    except Gone as gone:
        _not_written(turn, case, draft.contact, gone)
        return
    except Held:
        turn.settle(case, "held", "not_confirmed", draft.report, contact=draft.contact, inverse=draft.inverse)
        return
    before = facets.facets(draft.before, turn.tools.region)
    if all(after.get(name) == before.get(name) for name in draft.inverse):
        _not_written(turn, case, draft.contact, TryLater("backoff", timedelta()))
    _finish(turn, case, draft, scales, after)


def _finish(turn: Turn, case: Case, draft: Draft, scales: Scales, after: Facets) -> None:
    """Say field by field what Qomon made of it (law 11)."""
    before, wanted = (facets.facets(body, turn.tools.region) for body in (draft.before, draft.wanted))
    statuses = send.confirm(before, wanted, after)
    told = report.confirmed(draft.report, statuses, scales.name)
    reason = "not_confirmed" if "dropped" in statuses.values() else draft.hold
    outcome = "held" if reason else "delivered"
    turn.settle(case, outcome, reason, told, contact=draft.contact, inverse=draft.inverse)
