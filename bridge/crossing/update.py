"""One contact, from its read to its report: read -> map -> merge -> send -> confirm (docs/ledger.md 7 to 12).

`cross` is the pipeline; what comes below it is what the world does to it. Before a write its intent is stored; whoever
finds one afterwards reads the contact before doing anything else.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from bridge.crossing import batch as batches
from bridge.crossing import find, same_person, send
from bridge.crossing.batch import Batch
from bridge.crossing.lane_run import LaneRun
from bridge.crossing.opened import Opened
from bridge.crossing.plan import Plan
from bridge.crossing.send import After
from bridge.crossing.settle import Ending, Left
from bridge.errors import Gone, Held, Rejected, TryLater, Unanswered
from bridge.hooks.registry import Hook
from bridge.inbox import lanes
from bridge.inbox.lanes import Intent
from bridge.merge import addressed, history, rescue
from bridge.merge.address import Log
from bridge.merge.precedence import printed
from bridge.model import Outcome
from bridge.qomon import compare, contact
from bridge.qomon.compare import Facets
from bridge.qomon.contact import touched

log = logging.getLogger(__name__)

UNANSWERED = timedelta(seconds=30)
"""How long a PATCH whose answer never came may still be at work in Qomon (docs/ledger.md 11)."""

LOOKED_FOR = timedelta(hours=1)
"""How long others wait for Qomon to show a write none of whose events opens any more."""

TRIES = 5
"""Further writes that put right what colleagues did in the moment of the one before: somebody who works on the contact
while Qomon's answers must be read again does something in each of these moments."""

_UNKNOWN = ("unknown_choice", "unknown_field")


def cross(run: LaneRun, events: Sequence[Opened], id_: int) -> None:
    """Everything that waits for one contact becomes at most one write; whose it is not goes back to be found again."""
    try:
        read = run.visit.contact(id_)  # read
    except Gone:
        _gone(run, events, id_)
        return
    run.context.way.give()
    batch = None
    if any(_belongs(run, event, id_, read, read) for event in events):
        batch = _started(run, events, id_, read)
        changed = [event for event in events if event.who.joins and _belongs(run, event, id_, read, read)]
        for event in events:
            joins = any(find.joins(one.who, event.who, event.hook.find) for one in changed)  # however the two came
            joins = joins and not event.decision.decides and same_person.agrees(run, event, id_, batch.after)
            if joins or _belongs(run, event, id_, read, batch.after):
                _add(run, batch, event)  # map, merge
    theirs = {part.event for part in batch.parts} if batch is not None else set[str]()
    strangers = [event for event in events if event.id not in theirs]
    if batch is None or strangers:
        _part_with(run, strangers, id_, read)
    else:
        _write(run, events, batch, read)  # send, confirm, report


def _gone(run: LaneRun, events: Sequence[Opened], id_: int) -> None:
    """There is no such contact: they are found again. What was to be put back there never will be, and where a person
    said that it was this contact's, a person looks.
    """
    back = [event.stored for event in events if event.written is not None]
    decided = [event for event in events if event.decision.contact == id_]
    others = [event for event in events if event.written is None and event not in decided]
    if back:
        run.set_aside(back, "contact_gone")
    if decided:
        run.hold(decided, "contact_gone")
    elif others:
        run.send_back(others, id_)
    else:
        run.release()


def onto(run: LaneRun, events: Sequence[Opened], id_: int, read: Mapping[str, Any]) -> None:
    """The same onto the contact as it was just read, whosever the events are."""
    batch = _started(run, events, id_, read)
    for event in events:
        _add(run, batch, event)
    _write(run, events, batch, read)


def _started(run: LaneRun, events: Sequence[Opened], id_: int, read: Mapping[str, Any]) -> Batch:
    """The contact as it was read, with what is known of it. Raises Held for a read that is not whole."""
    plan = run.plan(events[0].hook)
    addresses = run.consent_addresses(events, addressed.carried(read, plan.region))
    with run.context.store.read() as tx:
        withdrawn = run.withdrawn(tx, addresses)
        known = history.read(tx, run.context.vault, run.lease.space, id_)
        run.gate.look(tx)
    batch = Batch.starting_from(id_, plan.body(read), plan.region, known.history, known.log)
    known = history.noticed(known, touched(read), partial(printed, batch.facets[0], run.finger))
    batch.history = replace(known.history, withdrawn=withdrawn)
    return batch


def _add(run: LaneRun, batch: Batch, event: Opened) -> None:
    """Map one event's answers and merge them into what the events before it leave.

    A choice or a field that is not there: Qomon's forms are read again before anybody is asked. A write that waits for
    somebody's yes crosses with what it takes back, and no more.
    """
    reported = {**event.report, "contact": {"id": batch.contact, "found_by": _found_by(event), "created": False}}
    plan = run.plan(event.hook)
    if event.written is not None:  # no brake stops what takes back
        run.effect = batch.put_back(plan, event.written, reported, run.finger)
        batch.add(event, run.effect)
        return
    changes = plan.map(event.submission, reported)
    effect = batch.merge(event, plan, changes, reported, run.finger, None)
    if effect.hold in _UNKNOWN and (fresh := run.renewed(event.hook)):
        plan, changes = fresh, fresh.map(event.submission, reported)
        effect = batch.merge(event, plan, changes, reported, run.finger, None)
    run.effect = effect
    reason = run.gate.why_not(event) if effect.hold is None and effect.changed else None
    if reason is not None:
        held = batch.merge(event, plan, changes, reported, run.finger, reason)
        effect = held.showing(effect) if held.facets[1] != effect.facets[1] else effect
    batch.add(event, effect)


def _belongs(run: LaneRun, event: Opened, id_: int, read: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the identity that led here is on the contact as it was read, or as the events before this one leave it,
    and the names agree with what those leave (docs/ledger.md 7): whoever comes alone would see that. What a person said
    of it is stronger.
    """
    led = True if event.written is not None else event.decision.leads_to(id_)  # what is taken back is this contact's
    if led is not None:
        return led
    if addressed.by_address(event.submission, event.who):
        wanted = addressed.addresses(event.who)
        return any(addressed.reached(one, wanted, event.hook.region) for one in (read, after))
    by, said = _by(event), event.who.identities
    if by is None or not any(find.carries(one, by, said[by], event.hook.region) for one in (read, after)):
        return False
    return same_person.agrees(run, event, id_, after)


def _found_by(event: Opened) -> str | None:
    """None: a person said whose it is."""
    return None if event.decision.contact is not None else _by(event)


def _by(event: Opened) -> str | None:
    """The identity that led here; an event that joined the lane counts by its first one. None: it says nothing that its
    hook looks for.
    """
    return event.stored.found or next((name for name in event.hook.find if name in event.who.identities), None)


def _part_with(run: LaneRun, strangers: Sequence[Opened], id_: int, read: Mapping[str, Any]) -> None:
    """They are somebody else's. Whoever changed the number of a personal link, or was sent somebody else's, is a matter
    for a person; the others are found again, and nobody believes the memory that led them here.
    """
    misled = [
        event for event in strangers if _by(event) == "id" and find.carries(read, "id", event.who.identities["id"], "")
    ]
    if misled:
        run.hold(misled, "other_person")
    else:
        wrong = list[str]()  # what the contact does not carry
        for event in strangers:
            said, region = event.who.identities, event.hook.region
            prints = run.fingerprints(event).items()
            wrong += [finger for name, finger in prints if not find.carries(read, name, said[name], region)]
        run.send_back(strangers, id_, wrong)


def _write(run: LaneRun, events: Sequence[Opened], batch: Batch, read: Mapping[str, Any]) -> None:
    plan = run.plan(events[0].hook)
    if batch.unchanged:
        _finish(run, plan, events, batch, None)
        return
    run.context.way.give()
    batch.trace = rescue.trace(read)
    sealed = run.context.vault.seal(batch.plain())
    with run.promising() as tx:
        stopped = run.gate.stops(tx, [*batch.said(events)], batch.contact, plan.name, run.finger)
        if not stopped:
            run.intend(tx, sealed)  # on the disk before the call
    if stopped:
        onto(run, events, batch.contact, read)
        return
    if run.dry:
        _finish(run, plan, events, batch, None)
        return
    try:
        after = send.replace(run.visit, batch.contact, batch.after, batch.facets[1], plan.facets, batch.trace)
        run.context.way.give()
    except Unanswered as lost:
        if not lost.finished:
            raise TryLater("qomon_down", UNANSWERED) from None
        _read_once_more(run, plan, events, batch)
        return
    except (Rejected, TryLater, Gone) as refusal:
        _not_written(run, events, batch.contact, refusal)
        return
    _put_right_or_send_back(run, plan, events, batch, after)


def resolve(
    run: LaneRun, events: Sequence[Opened], intent: Intent, plain: Mapping[str, Any] | None, hook: Hook | None
) -> None:
    """The last runner stopped after saying what it would send: see what came of it before anything else.

    `events`: those of the intent that open, and whose hooks load; `plain`: what it says, if it opens; `hook`: of any of
    its events. Where none of these opens any more the contact is told all the same how we left it.
    """
    _wait_for_it(run, intent)
    too_long = not events and run.context.now() - intent.at > LOOKED_FOR
    if plain is None or hook is None or too_long:
        _forget(run)
    else:
        _read_once_more(run, run.plan(hook), events, batches.opened(plain, hook.region))


def read_intent(run: LaneRun, intent: Intent) -> dict[str, Any] | None:
    """What was about to be sent; None where that does not open: damaged, or of a later version."""
    try:
        plain = cast("dict[str, Any]", run.context.vault.unseal(intent.sealed))
        batches.opened(plain, "")
    except Exception:
        log.exception("an intent cannot be opened", extra={"lane": str(run.lease.lane)})
        return None
    return plain


def _wait_for_it(run: LaneRun, intent: Intent) -> None:
    """Raises TryLater while Qomon may still be at work on it."""
    left = max(intent.at + UNANSWERED - run.context.now(), run.context.steady.left(UNANSWERED))
    if left > 2 * UNANSWERED:  # by a clock that was set back since
        with run.context.store.write() as tx:
            lanes.redate_intent(tx, run.lease, run.context.now())
        left = UNANSWERED
    if left > timedelta():
        raise TryLater("behind", left)


def _forget(run: LaneRun) -> None:
    """A write of which nothing can be told any more: what waits is merged into the contact as it is read then.

    No second write goes out unseen, since every write begins with that read. What this one stored shows as there
    already, so its events end as unchanged; what colleagues wrote since is theirs, and newer. To hold its events would
    bring no more to light: what it would have told (marks, the way back) is gone with it.
    """
    log.error("an intent is given up", extra={"lane": str(run.lease.lane)})
    run.release()


def _not_written(run: LaneRun, events: Sequence[Opened], id_: int, refusal: Rejected | TryLater | Gone) -> None:
    """Qomon surely applied nothing: the intent goes, and what Qomon said decides (docs/ledger.md 12)."""
    with run.context.store.write() as tx:
        run.check(tx)
        lanes.drop_intent(tx, run.lease)
    if not events:
        run.release()
        return
    if isinstance(refusal, TryLater):
        raise refusal
    if isinstance(refusal, Gone):
        _gone(run, events, id_)
    elif run.renewed(events[0].hook):  # at most once a minute, so this ends
        cross(run, events, id_)
    elif len(events) > 1:  # the others are merged again without it
        try:
            cross(run, events[:1], id_)
        except Held as held:
            run.hold(events[:1], held.reason)
    else:
        raise Held("refused_by_qomon")


def _read_once_more(run: LaneRun, plan: Plan, events: Sequence[Opened], batch: Batch) -> None:
    """An unanswered write: now as before is not applied, anything else is told field by field (docs/ledger.md 11)."""
    try:
        after = send.seen(run.visit.contact(batch.contact), plan.facets)
    except Gone as gone:
        _not_written(run, events, batch.contact, gone)
        return
    except Held:  # written, perhaps; and Qomon does not show the whole contact any more
        parts = {part.event: part for part in batch.parts}
        mine = [(event, parts[event.id]) for event in events]
        held = partial(Ending, Outcome.HELD, "not_confirmed", contact=batch.contact)
        seen = history.Seen(None, printed(batch.facets[1], run.finger))  # our own write is never somebody else's
        left = Left(batch.contact, {}, Log(), seen, batch.history)
        run.finish([held(report=one.report, inverse=one.inverse, event=event) for event, one in mine], left)
        return
    before = batch.facets[0]
    if batch.lost is None and all(after.facets.get(name) == before.get(name) for name in batch.fields):
        _not_written(run, events, batch.contact, TryLater("backoff", timedelta()))
    _put_right_or_send_back(run, plan, events, _since(run, batch, after), after)


def _put_right_or_send_back(run: LaneRun, plan: Plan, events: Sequence[Opened], batch: Batch, after: After) -> None:
    try:
        _put_right(run, plan, events, batch, after)
    except Gone as gone:
        _not_written(run, events, batch.contact, gone)


def _put_right(
    run: LaneRun, plan: Plan, events: Sequence[Opened], batch: Batch, after: After, tries: int = TRIES
) -> None:
    """What a colleague did in the moment of our write is as they left it, by a second write with an intent of its own
    (docs/laws.md 11). Whoever finds that intent comes here again, and so does the second write: it has such a moment,
    too.
    """
    sent = batch.sent or batch.after
    now = rescue.between(batch.trace, sent, after.read, plan.forms, echo=after.echo)
    lost = rescue.joined(batch.lost, now)
    if lost is None:
        _finish(run, plan, events, batch, after, contact.more(after.read, sent, plan.forms))
        return
    body = rescue.mend(plan.body(after.read), lost, plan.forms, batch.fields)
    wanted = compare.facets(body, plan.region)
    batch = _changed(run, batch, lost.fields(plan.forms), wanted, lost.at)
    batch = replace(batch, lost=lost, trace=rescue.trace(after.read), sent=body)
    again = _write_again(run, plan, batch, wanted) if tries and wanted != after.facets else None
    if again is not None:
        _put_right(run, plan, events, batch, again, tries - 1)
        return
    there = {name: compare.alike(after.facets.get(name), wanted.get(name)) for name in lost.fields(plan.forms)}
    rescued = {name: "rescued" if is_there else "dropped" for name, is_there in there.items()}
    _finish(run, plan, events, batch, after, contact.more(after.read, body, plan.forms), rescued)


def _write_again(run: LaneRun, plan: Plan, batch: Batch, wanted: Facets) -> After | None:
    """None when Qomon refuses it: then what was lost is not there, and told so. Raises TryLater, the intent being kept,
    and Gone.
    """
    sealed, body = run.context.vault.seal(batch.plain()), cast("dict[str, Any]", batch.sent)
    with run.context.store.write() as tx:
        lanes.drop_intent(tx, run.lease)
        run.intend(tx, sealed)
    try:
        return send.replace(run.visit, batch.contact, body, wanted, plan.facets, batch.trace)
    except Unanswered:
        raise TryLater("qomon_down", UNANSWERED) from None
    except Rejected:
        return None


def _since(run: LaneRun, batch: Batch, after: After) -> Batch:
    """Whoever wrote over a write of ours, or beside it, changed that after it: older answers must know
    (docs/ledger.md 19).

    What Qomon dropped or spells its own way is nobody's change.
    """
    statuses = send.confirm(*batch.facets, after.facets)
    theirs = {name for name in after.facets | statuses if statuses.get(name, "overwritten") == "overwritten"}
    if after.touched is None or not theirs:
        return batch
    return _changed(run, batch, theirs, after.facets, after.touched)


def _changed(run: LaneRun, batch: Batch, theirs: Collection[str], now: Facets, at: int) -> Batch:
    """With what somebody else made of these fields after we wrote them."""
    shown = [{name: facet for name, facet in one.items() if name in theirs} for one in (batch.facets[1], now)]
    ours, left = (printed(one, run.finger) for one in shown)
    return replace(batch, history=history.changed(batch.history, ours, left, at))


def _finish(
    run: LaneRun,
    plan: Plan,
    events: Sequence[Opened],
    batch: Batch,
    after: After | None,
    more: Collection[str] = (),
    rescued: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Say event by event and field by field what Qomon made of it; `after` None: there was nothing to write. `more`:
    forms with more entries than were sent; `rescued`: what became of a colleague's.
    """
    statuses = {**send.confirm(*batch.facets, after.facets, more), **rescued} if after is not None else {}
    now = after.facets if after is not None else batch.facets[0]
    made = batches.kept_marks(batch, statuses, now, run.finger)
    seen = history.Seen(after.touched if after is not None else None, printed(now, run.finger))
    left = Left(batch.contact, made, batches.kept_log(batch, statuses), seen, batch.history)
    run.finish(batches.endings(batch, events, statuses, plan.name), left)
