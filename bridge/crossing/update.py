"""What waits to be written on one contact: read, fold, write, confirm (ledger.md 7 to 12).

Before a write its intent is stored; whoever finds one afterwards reads the contact before doing anything else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Row

from bridge.crossing import batch, find, gate, send
from bridge.crossing.batch import Fold, Folding
from bridge.crossing.cases import Case
from bridge.crossing.lane_run import Turn
from bridge.crossing.plan import shown
from bridge.crossing.send import After
from bridge.crossing.settle import Ending, Written
from bridge.errors import Gone, Held, Rejected, TryLater, Unanswered
from bridge.inbox import lanes
from bridge.merge import addressed, history, rescue
from bridge.merge.precedence import printed
from bridge.qomon import compare, contact
from bridge.qomon.compare import Facets
from bridge.qomon.contact import touched
from bridge.report.report import Report
from schemas import normal

UNANSWERED = timedelta(seconds=30)
"""How long a PATCH whose answer never came may still be at work in Qomon (ledger.md 11)."""

TRIES = 5
"""Further writes that put right what colleagues did in the moment of the one before: somebody who works on the contact
while Qomon's answers must be read again does something in each of these moments."""

_UNKNOWN = ("unknown_choice", "unknown_field")


def cross(turn: Turn, cases: Sequence[Case]) -> None:
    """Read the contact, fold every event that is this person's, write once if anything differs."""
    id_ = int(turn.lease.lane.rpartition(":")[2])
    try:
        read = turn.visit.contact(id_)
    except Gone:
        turn.send_back(cases, id_)
        return
    folded = _folded(turn, cases, id_, read) if any(_belongs(case, read, read) for case in cases) else None
    theirs = {draft.event for draft in folded.drafts} if folded is not None else set[str]()
    strangers = [case for case in cases if case.id not in theirs]
    misled = [
        case for case in strangers if _by(case) == "id" and find.carries(read, "id", case.who.identities["id"], "")
    ]
    if misled:  # whoever changed the number of a personal link, or was sent somebody else's
        turn.settle([Ending(case, "held", "other_person", turn.unweighed(case)) for case in misled])
        return
    if strangers or folded is None:
        turn.send_back(strangers, id_, [finger for case in strangers for finger in _not_on(turn, case, read)])
    else:
        _through(turn, cases, folded, read)


def onto(turn: Turn, cases: Sequence[Case], id_: int, read: Mapping[str, Any]) -> None:
    """Fold them onto the contact as it was just read, whosever they are, and write once if anything differs."""
    _through(turn, cases, _folded(turn, cases, id_, read, sure=True), read)


def _through(turn: Turn, cases: Sequence[Case], folded: Fold, read: Mapping[str, Any]) -> None:
    if folded.changed:
        _write(turn, cases, replace(folded, trace=rescue.trace(read)), read)
    else:
        _finish(turn, cases, folded, None)


def resolve(turn: Turn, cases: Sequence[Case], intent: Row[Any]) -> None:
    """The last runner stopped after saying what it would send: see what came of it before anything else."""
    left = normal.from_epoch_ms(intent.at) + UNANSWERED - turn.tools.now()
    if left > timedelta():
        raise TryLater("behind", left)
    _read_once_more(turn, cases, _opened(turn, cases[0], intent))


def written(turn: Turn, intent: Row[Any]) -> set[str]:
    """The events that an intent is about."""
    return {draft["event"] for draft in _plain(turn, intent)["drafts"]}


def _opened(turn: Turn, case: Case, intent: Row[Any]) -> Fold:
    """The fold that an intent holds, seen as that of its first event."""
    return batch.opened(_plain(turn, intent), case.hook.region)


def _plain(turn: Turn, intent: Row[Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", turn.tools.vault.unseal(intent.sealed))


def _by(case: Case) -> str | None:
    """The identity that led here; an event that joined the lane counts by its first one. None: it says nothing that its
    hook looks for.
    """
    return case.row.found or next((name for name in case.hook.find if name in case.who.identities), None)


def _belongs(case: Case, read: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the identity that led here is on the contact as it was read, or as the events before this one leave it,
    and the names agree with what those leave (ledger.md 7): whoever comes alone would see that.
    """
    if addressed.by_address(case.submission, case.who):
        wanted = addressed.addresses(case.who)
        return any(addressed.reached(one, wanted, case.hook.region) for one in (read, after))
    by = _by(case)
    if by is None or not any(find.carries(one, by, case.who.identities[by], case.hook.region) for one in (read, after)):
        return False
    return _agrees(case, after)


def _joins(one: Case, case: Case, after: Mapping[str, Any]) -> bool:
    """Whether this one says the new address of whom that one changed, however the two came."""
    return _agrees(case, after) and find.joins(one.who, case.who, case.hook.find)


def _agrees(case: Case, contact: Mapping[str, Any]) -> bool:
    return case.hook.names != "agree" or find.names_agree(case.who, contact)


def _not_on(turn: Turn, case: Case, read: Mapping[str, Any]) -> list[str]:
    """Fingerprints of the event's identities that the contact does not carry."""
    said, region = case.who.identities, case.hook.region
    prints = turn.fingerprints(case).items()
    return [finger for name, finger in prints if not find.carries(read, name, said[name], region)]


def _folded(turn: Turn, cases: Sequence[Case], id_: int, read: Mapping[str, Any], *, sure: bool = False) -> Fold:
    """Those that are this contact's, in the order of their stamps: by what was read, by what the ones before them made
    of it, or by the new address that one of them says. `sure`: all. Raises Held for a read that is not whole.
    """
    asked = turn.asked(cases, addressed.carried(read, cases[0].hook.region))
    with turn.tools.store.read() as tx:
        withdrawn = turn.withdrawn(tx, asked)
        known = history.read(tx, turn.tools.vault, turn.lease.space, id_)
        turn.look(tx)
    before = turn.scales(cases[0].hook).body(read)
    growing = Folding(id_, before, known.history, known.log, turn.finger, cases[0].hook.region)
    known = history.noticed(known, touched(read), partial(printed, growing.facets[0], turn.finger))
    growing.history = replace(known.history, withdrawn=withdrawn)
    changed = [case for case in cases if case.who.joins and _belongs(case, read, read)]
    for case in cases:
        joined = any(_joins(one, case, growing.after) for one in changed)
        if sure or joined or _belongs(case, read, growing.after):
            told = {**case.report, "contact": {"id": id_, "found_by": _by(case), "created": False}}
            _add(turn, growing, case, told)
    return growing.fold()


def _add(turn: Turn, growing: Folding, case: Case, told: Report) -> None:
    """A choice or a field that is not there: Qomon's forms are read again before anybody is asked."""
    weighed = growing.weigh(case, turn.scales(case.hook), told)
    if weighed.hold in _UNKNOWN:
        fresh = turn.renewed(case.hook)
        weighed = growing.weigh(case, fresh, told) if fresh is not None else weighed
    turn.weighed = weighed
    braked = turn.braked(case) if weighed.hold is None and weighed.changed else None
    if braked is not None:
        held = growing.weigh(case, turn.scales(case.hook), told, braked)
        weighed = shown(held, weighed) if held.facets[1] != weighed.facets[1] else weighed
    growing.take(case.id, weighed)


def _write(turn: Turn, cases: Sequence[Case], folded: Fold, found: Mapping[str, Any]) -> None:
    sealed = turn.tools.vault.seal(folded.plain())
    with turn.promising() as tx:
        stopped = gate.stops(turn, tx, cases, folded.drafts, folded.contact)
        if not stopped:
            turn.intend(tx, sealed)
    if stopped:
        onto(turn, cases, folded.contact, found)
        return
    if turn.dry:
        _finish(turn, cases, folded, None)
        return
    try:
        read = turn.scales(cases[0].hook).facets
        after = send.replace(turn.visit, folded.contact, folded.after, folded.facets[1], read, folded.trace)
    except Unanswered as lost:
        if not lost.finished:
            raise TryLater("qomon_down", UNANSWERED) from None
        _read_once_more(turn, cases, folded)
        return
    except (Rejected, TryLater, Gone) as refusal:
        _not_written(turn, cases, folded.contact, refusal)
        return
    _put_right_or_send_back(turn, cases, folded, after)


def _not_written(turn: Turn, cases: Sequence[Case], id_: int, refusal: Rejected | TryLater | Gone) -> None:
    """Qomon surely applied nothing: the intent goes, and what Qomon said decides (ledger.md 12)."""
    now = turn.tools.now()
    with turn.tools.store.write() as tx:
        lanes.check(tx, turn.lease, now)
        lanes.drop_intent(tx, turn.lease)
    if isinstance(refusal, TryLater):
        raise refusal
    if isinstance(refusal, Gone):
        turn.send_back(cases, id_)
    elif turn.renewed(cases[0].hook):  # at most once a minute, so this ends
        cross(turn, cases)
    elif len(cases) > 1:
        _alone(turn, cases[0])
    else:
        raise Held("refused_by_qomon")


def _alone(turn: Turn, case: Case) -> None:
    """One of several that Qomon refused together; the others are folded again without it."""
    try:
        cross(turn, [case])
    except Held as held:
        turn.settle([Ending(case, "held", held.reason, turn.unweighed(case))])


def _read_once_more(turn: Turn, cases: Sequence[Case], folded: Fold) -> None:
    """An unanswered write: now as before is not applied, anything else is told field by field (ledger.md 11)."""
    try:
        after = send.seen(turn.visit.contact(folded.contact), turn.scales(cases[0].hook).facets)
    except Gone as gone:
        _not_written(turn, cases, folded.contact, gone)
        return
    except Held:
        turn.settle([_unread(case, folded) for case in cases])
        return
    before = folded.facets[0]
    if folded.lost is None and all(after.facets.get(name) == before.get(name) for name in folded.fields):
        _not_written(turn, cases, folded.contact, TryLater("backoff", timedelta()))
    _put_right_or_send_back(turn, cases, _since(turn, folded, after), after)


def _put_right_or_send_back(turn: Turn, cases: Sequence[Case], folded: Fold, after: After) -> None:
    try:
        _put_right(turn, cases, folded, after)
    except Gone as gone:
        _not_written(turn, cases, folded.contact, gone)


def _put_right(turn: Turn, cases: Sequence[Case], folded: Fold, after: After, tries: int = TRIES) -> None:
    """What a colleague did in the moment of our write is as they left it, by a second write with an intent of its own
    (law 11). Whoever finds that intent comes here again, and so does the second write: it has such a moment, too.
    """
    forms, sent = turn.scales(cases[0].hook).forms, folded.sent or folded.after
    now = rescue.between(folded.trace, sent, after.read, forms, echo=after.echo)
    lost = rescue.joined(folded.lost, now)
    if lost is None:
        _finish(turn, cases, folded, after, contact.more(after.read, sent, forms))
        return
    body = rescue.mend(turn.scales(cases[0].hook).body(after.read), lost, forms, folded.fields)
    wanted = compare.facets(body, turn.scales(cases[0].hook).region)
    folded = _changed(turn, folded, lost.fields(forms), wanted, lost.at)
    folded = replace(folded, lost=lost, trace=rescue.trace(after.read), sent=body)
    written = _write_again(turn, cases, folded, wanted) if tries and wanted != after.facets else None
    if written is not None:
        _put_right(turn, cases, folded, written, tries - 1)
        return
    there = {name: compare.alike(after.facets.get(name), wanted.get(name)) for name in lost.fields(forms)}
    told = {name: "rescued" if is_there else "dropped" for name, is_there in there.items()}
    _finish(turn, cases, folded, after, contact.more(after.read, body, forms), told)


def _write_again(turn: Turn, cases: Sequence[Case], folded: Fold, wanted: Facets) -> After | None:
    """None when Qomon refuses it: then what was lost is not there, and told so. Raises TryLater, the intent being kept,
    and Gone.
    """
    sealed, body = turn.tools.vault.seal(folded.plain()), cast("dict[str, Any]", folded.sent)
    with turn.tools.store.write() as tx:
        lanes.drop_intent(tx, turn.lease)
        lanes.write_intent(tx, turn.lease, sealed, turn.tools.now())
    try:
        read = turn.scales(cases[0].hook).facets
        return send.replace(turn.visit, folded.contact, body, wanted, read, folded.trace)
    except Unanswered:
        raise TryLater("qomon_down", UNANSWERED) from None
    except Rejected:
        return None


def _since(turn: Turn, folded: Fold, after: After) -> Fold:
    """Whoever wrote over a write of ours, or beside it, changed that after it: older answers must know (ledger.md 19).

    What Qomon dropped or spells its own way is nobody's change.
    """
    told = send.confirm(*folded.facets, after.facets)
    theirs = {name for name in after.facets | told if told.get(name, "overwritten") == "overwritten"}
    if after.touched is None or not theirs:
        return folded
    return _changed(turn, folded, theirs, after.facets, after.touched)


def _changed(turn: Turn, folded: Fold, theirs: Collection[str], now: Facets, at: int) -> Fold:
    """With what somebody else made of these fields after we wrote them."""
    shown = [{name: facet for name, facet in one.items() if name in theirs} for one in (folded.facets[1], now)]
    ours, left = (printed(one, turn.finger) for one in shown)
    return replace(folded, past=history.changed(folded.past, ours, left, at))


def _unread(case: Case, folded: Fold) -> Ending:
    """Written, perhaps; and Qomon does not show the whole contact any more."""
    mine = next(draft for draft in folded.drafts if draft.event == case.id)
    return Ending(case, "held", "not_confirmed", mine.report, folded.contact, mine.inverse)


def _finish(
    turn: Turn,
    cases: Sequence[Case],
    folded: Fold,
    after: After | None,
    more: Collection[str] = (),
    rescued: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Say event by event and field by field what Qomon made of it; `after` None: there was nothing to write. `more`:
    forms with more entries than were sent; `rescued`: what became of a colleague's.
    """
    statuses = {**send.confirm(*folded.facets, after.facets, more), **rescued} if after is not None else {}
    by_event = {case.id: case for case in cases}
    endings = [
        Ending(
            by_event[told.event], told.outcome, told.reason, told.report, folded.contact, told.inverse, told.consents
        )
        for told in batch.told(folded, statuses, turn.scales(cases[0].hook).name)
        if told.event in by_event
    ]
    now = after.facets if after is not None else folded.facets[0]
    made = batch.kept_marks(folded, statuses, now, turn.finger)
    seen = history.Seen(after.touched if after is not None else None, partial(printed, now, turn.finger))
    turn.settle(endings, Written(folded.contact, made, batch.kept_log(folded, statuses), seen, folded.past))
