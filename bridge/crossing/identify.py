"""What waits for "who is it?": lead the event to its contact, or create, or hold (docs/ledger.md 6, 14-16)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from sqlalchemy import Connection, Row

from bridge.crossing import batch as batches
from bridge.crossing import find, retry, same_person, send, unsubscribe
from bridge.crossing.batch import Batch
from bridge.crossing.lane_run import LaneRun
from bridge.crossing.opened import Opened
from bridge.crossing.plan import Effect, Plan
from bridge.crossing.settle import Left
from bridge.errors import Gone, Held, Rejected, TryLater, Unanswered
from bridge.inbox import events as inbox
from bridge.inbox import known_contacts, lanes
from bridge.merge import addressed, history
from bridge.merge.address import Log
from bridge.merge.history import Seen
from bridge.merge.precedence import History, printed
from bridge.model import Event, Outcome
from bridge.qomon import contact
from bridge.store import store
from schemas import normal

BEHIND = timedelta(seconds=5)


def lead(run: LaneRun, event: Opened, others: Sequence[Opened] = ()) -> None:
    """Find the first one's person; those that wait behind with the same identity come along.

    Raises Held and TryLater for the run to act on: they are about the first one.
    """
    if _as_decided(run, event):
        return
    if addressed.by_address(event.submission, event.who):
        _reach(run, event)
        return
    if not any(name in event.who.identities for name in event.hook.find):
        raise Held("no_identity")
    found = find.find(
        run.visit,
        event.who,
        event.hook.find,
        agree=event.hook.names == "agree",
        region=event.hook.region,
        recall=lambda name: _recall(run, event, name),
        straight=event.stored.left is None,
        same=partial(same_person.known, run, event.who),
    )
    left = event.stored.left
    named = found is None and event.who.identities.get("id") == str(left)  # by its id, and nobody else is said
    if left is not None and (found is None or found.contact == left) and not named:
        found = _once_more(run, event, left, found)
    claim, holder = _claimed(run, event)
    if found is None:
        if claim is not None:
            _awaited(run, event, claim, holder)
        _nobody(run, event)
    elif holder is not None and holder.id != event.id and holder.status == "open":
        raise TryLater("creating", BEHIND)  # whoever asked for this contact has to say first that it is ours
    elif holder is None or holder.id != event.id or not _made(run, event, found.contact):
        if holder is not None and holder.id != event.id:
            _perhaps_made(run, event, found.contact)
        run.transfer([event, *(other for other in others if _same_person(event, other, found))], found)


def _as_decided(run: LaneRun, event: Opened) -> bool:
    """Where a person said it goes; False: it is looked for."""
    said = event.decision
    if said.contact is not None:
        run.transfer([event], find.Found(said.contact, "", shared=True))
    elif said.create and said.others:
        _create_beside(run, event)
    else:
        return False
    return True


def _create_beside(run: LaneRun, event: Opened) -> None:
    """A new contact though others have the address, as a person saw them. Nobody is asked for twice all the same
    (docs/ledger.md 16): whoever has it and was not seen then is what came of that. Raises Held and TryLater.
    """
    claim, holder = _claimed(run, event)
    new = {one: by for one, by in _with_its_address(run, event).items() if one not in event.decision.others}
    if claim is not None:
        if claim.event != event.id or len(new) != 1:
            _awaited(run, event, claim, holder)
        ((made, by),) = new.items()
        if not _made(run, event, made):
            run.transfer([event], find.Found(made, by, shared=True))
    elif new:  # since then: they are to be seen first
        raise Held("several_contacts")
    elif _creatable(event):
        _create(run, event)
    else:
        raise Held("missing_contact")


def _with_its_address(run: LaneRun, event: Opened) -> dict[int, str]:
    """Contact -> the identity that it shares: by Qomon's search, which lags, and by memory."""
    with run.context.store.read() as tx:
        recalled = {run.recall(tx, print_): name for name, print_ in run.fingerprints(event).items() if name != "id"}
    known = {contact_: name for contact_, name in recalled.items() if contact_ is not None}
    return known | unsubscribe.search(run.visit, addressed.addresses(event.who), event.hook.region)


def _reach(run: LaneRun, event: Opened) -> None:
    """Whoever has the address of an unsubscription; somebody may just be creating a contact with it."""
    if unsubscribe.reach(run, event):
        return
    claim, holder = _claimed(run, event)
    if claim is not None:
        _awaited(run, event, claim, holder)
    if event.stored.parent is not None:  # its contact is gone, and the others have been reached
        run.end(event, Outcome.IGNORED, "missing_contact", run.unplanned(event, "not_sent"))
        return
    _nobody(run, event)


def _same_person(event: Opened, other: Opened, found: find.Found) -> bool:
    """Whether the other one is looked for by the very identity that was just found, and that is nobody else's."""
    if addressed.by_address(other.submission, other.who) or other.decision.decides:
        return False
    first = next((name for name in other.hook.find if name in other.who.identities), None)
    said = other.who.identities.get(first or "")
    same = (first == found.by and said == event.who.identities[first]) or find.joins(
        event.who, other.who, other.hook.find
    )
    return same and not found.shared and other.stored.left != found.contact


def foremost(events: Sequence[Opened]) -> list[Opened]:
    """With the one in front that is looked for first: whoever has a new address before who says only that."""
    first = next(
        (event for event in events[1:] if find.joins(event.who, events[0].who, events[0].hook.find)), events[0]
    )
    return [first, *(event for event in events if event is not first)]


def _recall(run: LaneRun, event: Opened, name: str) -> int | None:
    """From memory; the contact that the event was sent back from is what memory may be wrong about."""
    with run.context.store.read() as tx:
        contact = run.recall(tx, run.fingerprints(event)[name])
    return None if contact == event.stored.left else contact


def _once_more(run: LaneRun, event: Opened, left: int, found: find.Found | None) -> find.Found | None:
    """Nobody else was found than the contact that the event was sent back from: look at that one itself.

    Qomon's search lags, and whoever believed it that nobody is there would create the contact again. None: the contact
    has nothing to do with this person, or was not there all the while. Found: theirs, after a wait. Raises TryLater and
    Held.
    """
    try:
        read = run.visit.contact(left)
    except Gone:  # once no search shows it either, the person is nobody's contact any more
        denied = _denied(run, event, left)
        if found is not None or isinstance(denied, TryLater):
            raise denied from None
        return None
    said, region = event.who.identities, event.hook.region
    by = next((name for name in event.hook.find if name in said and find.carries(read, name, said[name], region)), None)
    if by is None and found is None:
        return None
    if by is not None and not same_person.agrees(run, event, left, read):
        raise Held("other_person")
    if by is None or event.stored.reason != "backoff":  # or it would be led there and back for ever
        raise _denied(run, event, left)
    return find.Found(left, by)


def _denied(run: LaneRun, event: Opened, contact_: int) -> Held | TryLater:
    """The contact is not there, or not shown so: 5 s, 30 s, 2 min and 10 min, then a person looks
    (docs/ledger.md 7).
    """
    left = run.look_again(event)
    if left is not None:
        return TryLater("backoff", left)
    with run.promising() as tx:
        known_contacts.forget(tx, event.stored.space, list(run.fingerprints(event).values()), contact_)
    return Held("contact_gone")


def _claimed(run: LaneRun, event: Opened) -> tuple[Row[Any] | None, Event | None]:
    """The claim of whoever asked Qomon to create this person and does not know what came of it, and that event.

    One of an event that is over, or erased, is about nothing any more.
    """
    with run.context.store.read() as tx:
        claim = known_contacts.claimed(tx, event.stored.space, list(run.fingerprints(event).values()), event.id)
        holder = inbox.find_event(tx, claim.event) if claim else None
    if claim is None or (holder is not None and holder.status in ("open", "held")):
        return claim, holder
    with run.context.store.write() as tx:
        known_contacts.unclaim(tx, claim.event)
    return _claimed(run, event)


def _awaited(run: LaneRun, event: Opened, claim: Row[Any], holder: Event | None) -> NoReturn:
    """Qomon was asked to create this person, perhaps by this event: nobody asks again, and the search shows it or not.

    Raises TryLater until the last look, then Held; events behind one that is held are held with it.
    """
    redate = partial(known_contacts.redate_claim, event=claim.event)
    left = run.look(normal.from_epoch_ms(claim.at), redate)
    own = claim.event == event.id
    if (own and left is None) or holder is None or holder.status != "open":
        raise Held("maybe_created")
    raise TryLater("creating", left or BEHIND)


def _made(run: LaneRun, event: Opened, id_: int) -> bool:
    """Whether the contact is what this event asked Qomon to create, without an answer; the event then ends so.

    Our own write is never somebody else's (docs/ledger.md 19): what waits behind would count as older than it. Where
    somebody else was there since, the contact lane sees that: by what differs from what we asked for.
    """
    plan = run.plan(event.hook)
    batch, effect = _newborn(run, event, plan)
    asked = effect.facets[1]
    try:
        after = send.seen(run.visit.contact(id_), plan.facets)
    except Gone:
        return False
    except Held:
        after = send.After({}, None)
    statuses = {*send.confirm({}, asked, after.facets).values()}
    if effect.hold or not statuses <= {"stored", "normalised"} or after.facets.keys() - asked.keys():
        _begun(run, id_, Seen(None, printed(asked, run.finger)))
        return False
    batch.add(event, effect)
    _created(run, event, replace(batch, contact=id_), after, plan)
    return True


def _perhaps_made(run: LaneRun, event: Opened, id_: int) -> None:
    """Somebody asked Qomon to create this person and cannot tell of it any more: the record is lost, say. A contact
    that was never touched since it was made is as it was asked for, whatever that was.
    """
    plan = run.plan(event.hook)
    with suppress(Gone, Held):
        read = run.visit.contact(id_)
        if contact.untouched(read):
            after = send.seen(read, plan.facets)
            _begun(run, id_, Seen(after.touched, printed(after.facets, run.finger)))


def _begun(run: LaneRun, id_: int, asked: Seen) -> None:
    """A contact that nobody has looked at yet was left as it was asked for; of any other more is known."""
    with run.promising() as tx:
        run.check(tx)
        known = history.read(tx, run.context.vault, run.lease.space, id_)
        if known.seen == Seen(None, None):
            history.see(tx, run.lease.space, id_, asked, known.history, run.context.now())


def _nobody(run: LaneRun, event: Opened) -> None:
    """Nobody in Qomon has these identities: the hook's `missing` decides. What it takes back is remembered. A contact
    that the call named by its number was there once: whoever that was is not made again.
    """
    unsubscribe.remember(run, event)
    if "id" in event.who.identities and "id" in event.hook.find and not event.decision.create:
        raise Held("contact_gone")
    if event.hook.missing == "ignore" and not event.decision.create:
        run.end(event, Outcome.IGNORED, "missing_contact", run.unplanned(event, "not_sent"))
    elif _creatable(event):
        _create(run, event)
    else:
        raise Held("missing_contact")


def _creatable(event: Opened) -> bool:
    """Only somebody's own answers create, and only with a mail or a phone: by a name alone nobody is found, and every
    call would make a twin (docs/ledger.md 15). Where its hook makes nobody a person may say so.
    """
    reachable = any(name in event.who.identities for name in ("mail", "mobile", "phone"))
    own = event.submission.kind in ("submitted", "subscribed")
    return (event.hook.missing == "create" or event.decision.create) and own and reachable


def _newborn(run: LaneRun, event: Opened, plan: Plan) -> tuple[Batch, Effect]:
    """What the event makes of nobody; it is not in the batch yet."""
    addresses = run.consent_addresses([event], ())
    with run.context.store.read() as tx:
        took = run.withdrawn(tx, addresses)
    batch = Batch.starting_from(0, plan.body(contact.NOBODY), plan.region, History(withdrawn=took), Log())
    changes = plan.map(event.submission, event.report)
    run.effect = batch.merge(event, plan, changes, event.report, run.finger, None)
    return batch, run.effect


def _create(run: LaneRun, event: Opened) -> None:
    plan = run.plan(event.hook)
    batch, effect = _newborn(run, event, plan)
    if effect.hold:
        run.end(event, Outcome.HELD, effect.hold, effect.report)
        return
    batch.add(event, effect)
    at = _claim(run, event, batch)
    if run.dry:
        _created(run, event, batch, send.After({}, None), plan)
        return
    try:
        id_, after = send.create(run.visit, effect.after, effect.facets[1], plan.facets)
    except Unanswered:  # the claim stays: nobody asks for this person again
        raise TryLater("creating", retry.look(run.context.now() - at) or BEHIND) from None
    except (Rejected, TryLater) as refusal:
        with run.context.store.write() as tx:
            known_contacts.unclaim(tx, event.id)
        raise (Held("refused_by_qomon") if isinstance(refusal, Rejected) else refusal) from None
    _created(run, event, replace(batch, contact=id_), after, plan)


def _claim(run: LaneRun, event: Opened, batch: Batch) -> datetime:
    """Nobody else may be creating this person, and an unanswered creation is never asked for again. Gives the time.

    Raises Held while its hook is stopped, or when it stops because of this, and TryLater.
    """
    if reason := run.gate.why_not(event):
        raise Held(reason)
    now = run.context.now()
    with run.promising() as tx:
        name = run.plan(event.hook).name
        stopped = run.gate.stops(tx, [*batch.said([event])], -event.stored.seq, name, run.finger)
        if not stopped:
            _claimed_first(run, tx, event, batch, now)
    if stopped:
        raise Held("breaker")
    return now


def _claimed_first(run: LaneRun, tx: Connection, event: Opened, batch: Batch, now: datetime) -> None:
    """Raises TryLater where somebody else creates this person, or an address of theirs took something back since."""
    prints = list(run.fingerprints(event).values())
    store.lock(tx, prints)  # who takes something back for one of these addresses is before this or sees it
    run.check(tx, lanes.WRITE)
    claimed = known_contacts.claim(tx, event.stored.space, prints, event.id, now)
    if not claimed or run.withdrawn(tx, run.consent_addresses([event], ())) != batch.history.withdrawn:
        raise TryLater("creating", BEHIND)


def _created(run: LaneRun, event: Opened, batch: Batch, after: send.After, plan: Plan) -> None:
    """`after` without facets: created, but not read back."""
    more = contact.more(after.read, batch.after, plan.forms) if after.facets else ()
    statuses = send.confirm({}, batch.facets[1], after.facets, more) if after.facets else {}
    (ending,) = batches.endings(batch, [event], statuses, plan.name)
    report = {**ending.report, "contact": {"id": batch.contact or None, "found_by": None, "created": True}}
    outcome = Outcome.HELD if ending.outcome is Outcome.HELD else Outcome.CREATED
    made = batches.kept_marks(batch, statuses, after.facets or batch.facets[1], run.finger)
    shown = after.facets or batch.facets[1]  # without a word of Qomon, as we asked for it: else it were somebody else's
    seen = Seen(after.touched, printed(shown, run.finger))
    left = Left(batch.contact, made, batches.kept_log(batch, statuses), seen, batch.history, created=True)
    run.finish([replace(ending, outcome=outcome, report=report, inverse=None)], left)
