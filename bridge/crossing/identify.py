"""What waits for "who is it?": lead the event to its contact, or create, or hold (ledger.md 6, 14-16)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from sqlalchemy import Connection, Row

from bridge.crossing import batch, find, gate, retry, send, unsubscribe
from bridge.crossing.batch import Fold, Folding
from bridge.crossing.cases import Case
from bridge.crossing.lane_run import Turn
from bridge.crossing.plan import Scales, Weighed
from bridge.crossing.settle import Ending, Written
from bridge.errors import Gone, Held, Rejected, TryLater, Unanswered
from bridge.hooks.registry import Hook
from bridge.inbox import events, known_contacts, lanes
from bridge.merge import addressed, withdrawn
from bridge.merge.address import Log
from bridge.merge.history import Seen
from bridge.merge.precedence import History, printed
from bridge.model import Submission, Who
from bridge.qomon import contact
from bridge.store import store
from schemas import normal

BEHIND = timedelta(seconds=5)


def lead(turn: Turn, case: Case, others: Sequence[Case] = ()) -> None:
    """Find the first one's person; those that wait behind with the same identity come along.

    Raises Held and TryLater for the turn to act on: they are about the first one.
    """
    if addressed.by_address(case.submission, case.who):
        _reach(turn, case)
        return
    if not findable(case.hook, case.who):
        raise Held("no_identity")
    found = find.find(
        turn.visit,
        case.who,
        case.hook.find,
        agree=case.hook.names == "agree",
        region=case.hook.region,
        recall=lambda name: _recall(turn, case, name),
        straight=case.row.left is None,
    )
    if case.row.left is not None and (found is None or found.contact == case.row.left) and not _gone_by_id(case, found):
        found = _once_more(turn, case, found)
    claim, holder = _claimed(turn, case)
    if found is None:
        if claim is not None:
            _awaited(turn, case, claim, holder)
        _nobody(turn, case)
    elif holder is not None and holder.id != case.id and holder.status == "open":
        raise TryLater("creating", BEHIND)  # whoever asked for this contact has to say first that it is ours
    elif holder is None or holder.id != case.id or not _made(turn, case, found.contact):
        turn.move([case, *(other for other in others if _same_person(case, other, found))], found)


def _reach(turn: Turn, case: Case) -> None:
    """Whoever has the address of an unsubscription; somebody may just be creating a contact with it."""
    if unsubscribe.reach(turn, case):
        return
    claim, holder = _claimed(turn, case)
    if claim is not None:
        _awaited(turn, case, claim, holder)
    if case.row.parent is not None:  # its contact is gone, and the others have been reached
        turn.end(case, "ignored", "missing_contact", turn.unweighed(case, "not_sent"))
        return
    _nobody(turn, case)


def _gone_by_id(case: Case, found: find.Found | None) -> bool:
    """Whether the call named a contact that is gone, and says nobody else who is there."""
    return found is None and case.who.identities.get("id") == str(case.row.left)


def _same_person(case: Case, other: Case, found: find.Found) -> bool:
    """Whether the other one is looked for by the very identity that was just found, and that is nobody else's."""
    if addressed.by_address(other.submission, other.who):
        return False
    first = next((name for name in other.hook.find if name in other.who.identities), None)
    said = other.who.identities.get(first or "")
    same = (first == found.by and said == case.who.identities[first]) or find.joins(
        case.who, other.who, other.hook.find
    )
    return same and not found.shared and other.row.left != found.contact


def foremost(cases: Sequence[Case]) -> list[Case]:
    """With the one in front that is looked for first: whoever has a new address before who says only that."""
    first = next((case for case in cases[1:] if find.joins(case.who, cases[0].who, cases[0].hook.find)), cases[0])
    return [first, *(case for case in cases if case is not first)]


def _recall(turn: Turn, case: Case, name: str) -> int | None:
    """From memory; the contact that the event was sent back from is what memory may be wrong about."""
    with turn.tools.store.read() as tx:
        contact = turn.recall(tx, turn.fingerprints(case)[name])
    return None if contact == case.row.left else contact


def _once_more(turn: Turn, case: Case, found: find.Found | None) -> find.Found | None:
    """Nobody else was found than the contact that the event was sent back from: look at that one itself.

    Qomon's search lags, and whoever believed it that nobody is there would create the contact again. None: the contact
    has nothing to do with this person, or was not there all the while. Found: theirs, after a wait. Raises TryLater and
    Held.
    """
    try:
        read = turn.visit.contact(case.row.left)
    except Gone:
        _gone(turn, case, found)
        return None
    said, region = case.who.identities, case.hook.region
    by = next((name for name in case.hook.find if name in said and find.carries(read, name, said[name], region)), None)
    if by is None and found is None:
        return None
    if by is not None and case.hook.names == "agree" and not find.names_agree(case.who, read):
        raise Held("other_person")
    if by is None or case.row.reason != "backoff":  # or it would be led there and back for ever
        raise _denied(turn, case)
    return find.Found(case.row.left, by)


def _gone(turn: Turn, case: Case, found: find.Found | None) -> None:
    """Deleted or merged by somebody, once no search shows it either: then the person is nobody's contact any more."""
    denied = _denied(turn, case)
    if found is not None or isinstance(denied, TryLater):
        raise denied


def _denied(turn: Turn, case: Case) -> Held | TryLater:
    """The contact is not there, or not shown so: 5 s, 30 s, 2 min and 10 min, then a person looks (ledger.md 7)."""
    since = normal.from_epoch_ms(case.row.received_at if case.row.left_at is None else case.row.left_at)
    left = retry.look(turn.tools.now() - since)
    if left is not None:
        return TryLater("backoff", left)
    with turn.promising() as tx:
        known_contacts.forget(tx, case.row.space, list(turn.fingerprints(case).values()), case.row.left)
    return Held("contact_gone")


def _claimed(turn: Turn, case: Case) -> tuple[Row[Any] | None, Row[Any] | None]:
    """The claim of whoever asked Qomon to create this person and does not know what came of it, and that event.

    One of an event that is over, or erased, is about nothing any more.
    """
    with turn.tools.store.read() as tx:
        claim = known_contacts.claimed(tx, case.row.space, list(turn.fingerprints(case).values()), case.id)
        holder = events.find_event(tx, claim.event) if claim else None
    if claim is None or (holder is not None and holder.status in ("open", "held")):
        return claim, holder
    with turn.tools.store.write() as tx:
        known_contacts.unclaim(tx, claim.event)
    return _claimed(turn, case)


def _awaited(turn: Turn, case: Case, claim: Row[Any], holder: Row[Any] | None) -> NoReturn:
    """Qomon was asked to create this person, perhaps by this event: nobody asks again, and the search shows it or not.

    Raises TryLater until the last look, then Held; events behind one that is held are held with it.
    """
    left = retry.look(turn.tools.now() - normal.from_epoch_ms(claim.at))
    own = claim.event == case.id
    if (own and left is None) or holder is None or holder.status != "open":
        raise Held("maybe_created")
    raise TryLater("creating", left or BEHIND)


def _made(turn: Turn, case: Case, id_: int) -> bool:
    """Whether the contact is what this event asked Qomon to create, without an answer; the event then ends so.

    Our own write is never somebody else's (ledger.md 19): what waits behind would count as older than it.
    """
    scales = turn.scales(case.hook)
    growing, weighed = _newborn(turn, case, scales)
    try:
        after = send.seen(turn.visit.contact(id_), scales.facets)
    except (Gone, Held):
        return False
    statuses = send.confirm({}, weighed.facets[1], after.facets).values()
    if weighed.hold or not set(statuses) <= {"stored", "normalised"} or after.facets.keys() - weighed.facets[1].keys():
        return False  # or somebody else was there since: the contact lane sees that
    growing.take(case.id, weighed)
    _created(turn, case, replace(growing.fold(), contact=id_), after, scales)
    return True


def _nobody(turn: Turn, case: Case) -> None:
    """Nobody in Qomon has these identities: the hook's `missing` decides. What it takes back is remembered. A contact
    that the call named by its number was there once: whoever that was is not made again.
    """
    unsubscribe.remember(turn, case)
    if "id" in case.who.identities and "id" in case.hook.find:
        raise Held("contact_gone")
    if case.hook.missing == "ignore":
        turn.end(case, "ignored", "missing_contact", turn.unweighed(case, "not_sent"))
    elif creatable(case.hook, case.submission, case.who):
        _create(turn, case)
    else:
        raise Held("missing_contact")


def findable(hook: Hook, who: Who) -> bool:
    """Whether anything that the hook looks for people by was said."""
    return any(name in who.identities for name in hook.find)


def creatable(hook: Hook, submission: Submission, who: Who) -> bool:
    """Only somebody's own answers create, and only with a mail or a phone: by a name alone nobody is found, and every
    call would make a twin (ledger.md 15).
    """
    reachable = any(name in who.identities for name in ("mail", "mobile", "phone"))
    own = submission.kind in ("submitted", "subscribed")
    return hook.missing == "create" and own and reachable


def _newborn(turn: Turn, case: Case, scales: Scales) -> tuple[Folding, Weighed]:
    """What the event makes of nobody."""
    asked = turn.asked([case], ())
    with turn.tools.store.read() as tx:
        took = turn.withdrawn(tx, asked)
    growing = Folding(0, scales.body(contact.NOBODY), History(withdrawn=took), Log(), turn.finger, case.hook.region)
    turn.weighed = growing.weigh(case, scales, case.report)
    return growing, turn.weighed


def _create(turn: Turn, case: Case) -> None:
    scales = turn.scales(case.hook)
    growing, weighed = _newborn(turn, case, scales)
    hold = weighed.hold or turn.braked(case)
    if hold:
        turn.end(case, "held", hold, weighed.report if weighed.hold else turn.unweighed(case))
        return
    growing.take(case.id, weighed)
    at = _claim(turn, case, growing)
    if at is None:
        turn.end(case, "held", "breaker", turn.unweighed(case))
        return
    if turn.dry:
        _created(turn, case, growing.fold(), send.After({}, None), scales)
        return
    try:
        id_, after = send.create(turn.visit, weighed.after, weighed.facets[1], scales.facets)
    except Unanswered:  # the claim stays: nobody asks for this person again
        raise TryLater("creating", retry.look(turn.tools.now() - at) or BEHIND) from None
    except (Rejected, TryLater) as refusal:
        _unclaim(turn, case)
        raise (Held("refused_by_qomon") if isinstance(refusal, Rejected) else refusal) from None
    _created(turn, case, replace(growing.fold(), contact=id_), after, scales)


def _created(turn: Turn, case: Case, folded: Fold, after: send.After, scales: Scales) -> None:
    """`after` without facets: created, but not read back."""
    more = contact.more(after.read, folded.after, scales.forms) if after.facets else ()
    statuses = send.confirm({}, folded.facets[1], after.facets, more) if after.facets else {}
    told = batch.told(folded, statuses, scales.name)[0]
    report = {**told.report, "contact": {"id": folded.contact or None, "found_by": None, "created": True}}
    lost = told.outcome == "held"
    outcome, reason = ("held", told.reason) if lost else ("created", None)
    ending = Ending(case, outcome, reason, report, folded.contact, consents=told.consents)
    made = batch.kept_marks(folded, statuses, after.facets or folded.facets[1], turn.finger)
    log = batch.kept_log(folded, statuses)
    seen = Seen(after.touched, partial(printed, after.facets, turn.finger) if after.facets else None)
    turn.settle([ending], Written(folded.contact, made, log, seen, folded.past, created=True))


def _claim(turn: Turn, case: Case, growing: Folding) -> datetime | None:
    """Nobody else may be creating this person, and an unanswered creation is never asked for again.

    Gives the time; None when the hook stops by itself because of it.
    """
    now = turn.tools.now()
    with turn.promising() as tx:
        if gate.stops(turn, tx, [case], growing.drafts, -case.row.seq):
            return None
        prints = list(turn.fingerprints(case).values())
        store.lock(tx, prints)  # who takes something back for one of these addresses is before this or sees it
        turn.check(tx, lanes.WRITE)
        if not known_contacts.claim(tx, case.row.space, prints, case.id, now) or _taken_back(turn, tx, case, growing):
            raise TryLater("creating", BEHIND)
    return now


def _taken_back(turn: Turn, tx: Connection, case: Case, growing: Folding) -> bool:
    """Whether an address of this person took something back since the event was weighed."""
    if not turn.scales(case.hook).consents:
        return False
    said = addressed.addresses(case.who)
    return withdrawn.recall(tx, turn.tools.vault, case.row.space, said) != growing.history.withdrawn


def _unclaim(turn: Turn, case: Case) -> None:
    with turn.tools.store.write() as tx:
        known_contacts.unclaim(tx, case.id)
