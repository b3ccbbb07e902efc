"""What one event would do to its contact: the way of a crossing, two reads of people at most, no write."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridge import addressed, find, identity_lane, marks, report, unsubscribing, withdrawn
from bridge.address import Log
from bridge.addressed import Address
from bridge.errors import Gone, Held
from bridge.hooks import Hook
from bridge.order import History, Order, Stamp, printed
from bridge.qomon import contact, facets
from bridge.qomon.client import Visit
from bridge.report import Report
from bridge.turn import Tools
from bridge.weighing import Scales, Weighed
from bridge.words import Json, Submission, Who
from schemas import normal

_NOTHING = marks.Known(History(), Log(), marks.Seen(None, None))


@dataclass(frozen=True, slots=True)
class Previewed:
    """`before_after`: every field that the contact has or would have, those that would change first. It is shown, never
    stored: it holds what Qomon holds."""

    report: Report
    before_after: tuple[dict[str, Json], ...] = field(default=(), repr=False)


def preview(
    tools: Tools, hook: Hook, submission: Submission, who: Who, told: Report, contact_id: int | None = None
) -> Previewed:
    """Found and read in Qomon now; nothing is written. Raises TryLater, and Gone for a number that is not there."""
    visit, who = tools.spaces(hook.space).visit(), addressed.concerned(submission, who)
    scales = tools.weighing.scales(hook, tools.now())
    try:
        read, found = _look(visit, hook, submission, who, contact_id)
    except Held as held:
        return Previewed(report.ended(scales.unweighed(submission, told), "previewed", held.reason))
    told = {**told, "contact": found}
    cost = {**told["cost"], "calls": visit.calls, "tokens": round(visit.tokens)}
    known = _known(tools, scales, hook.space, found["id"], read)
    if scales.consents:
        took = _withdrawn(tools, hook.space, [*addressed.carried(read, hook.region), *addressed.addresses(who)])
        known = replace(known, history=replace(known.history, withdrawn=took))
    seen = weigh_only(scales, read, submission, told, known)
    return Previewed({**seen.report, "cost": cost}, seen.before_after)


def weigh_only(
    scales: Scales, read: Mapping[str, Any], submission: Submission, told: Report, known: marks.Known = _NOTHING
) -> Previewed:
    """An event that is not going to be written, as the newest of its moment."""
    at = normal.moment(told["submitted_at"])
    order = Order(Stamp(normal.epoch_ms(at) if at else 0, sys.maxsize), known.history, str, scales.region)
    try:
        weighed = scales.weigh(scales.body(read), submission, told, order, known.log)
    except Held as held:
        return Previewed(report.ended(scales.unweighed(submission, told), "previewed", held.reason))
    return Previewed(report.ended(weighed.report, "previewed", weighed.hold), _before_after(weighed, scales))


def _before_after(weighed: Weighed, scales: Scales) -> tuple[dict[str, Json], ...]:
    before, after = weighed.facets
    lines: list[dict[str, Json]] = [
        {
            "field": scales.name(name),
            "before": _plain(weighed.before, name, scales),
            "after": _plain(weighed.after, name, scales),
            "changed": before.get(name) != after.get(name),
        }
        for name in sorted(before.keys() | after.keys())
    ]
    return tuple(sorted(lines, key=lambda line: not line["changed"]))


def _plain(body: Mapping[str, Any], name: str, scales: Scales) -> Json:
    """A field's value for people: of a form the choices or the text, of tags and notes the texts. Lists stay lists."""
    held = facets.part(body, name)
    if isinstance(held, list):
        texts: list[Json] = [_text(one, scales) for one in held]
        single = scales.holds_one(name) and len(texts) == 1
        return (texts[0] if single else texts) or None
    return held if isinstance(held, bool) else None if held is None else str(held)


def _text(entry: object, scales: Scales) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    said = str(entry.get("name") or entry.get("data") or "")
    return scales.choice(entry.get("form_ref_id"), said)


def _known(tools: Tools, scales: Scales, space: str, id_: int | None, read: Mapping[str, Any]) -> marks.Known:
    if id_ is None:
        return _NOTHING
    with tools.store.read() as tx:
        known = marks.read(tx, tools.vault, space, id_)
    shown = printed(scales.facets(read), lambda text: tools.vault.fingerprint("mark", space, text))
    return marks.noticed(known, contact.touched(read), shown)


def _withdrawn(tools: Tools, space: str, addresses: Sequence[Address]) -> Mapping[tuple[str, str], int]:
    with tools.store.read() as tx:
        return withdrawn.recall(tx, tools.vault, space, addresses)


def _look(
    visit: Visit, hook: Hook, submission: Submission, who: Who, id_: int | None
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    if id_ is not None:
        return visit.contact(id_), {"id": id_, "found_by": None, "created": False}
    if addressed.by_address(submission, who):
        return _first_of(visit, unsubscribing.search(visit, addressed.addresses(who), hook.region))
    if not identity_lane.findable(hook, who):
        raise Held("no_identity")
    agree = hook.names == "agree"
    found = find.find(visit, who, hook.find, agree=agree, region=hook.region, recall=lambda _name: None, straight=False)
    if found is None:
        if "id" in who.identities and "id" in hook.find:
            raise Held("contact_gone")
        if not identity_lane.creatable(hook, submission, who):
            raise Held("missing_contact")
        return contact.NOBODY, {"id": None, "found_by": None, "created": True}
    try:
        read = visit.contact(found.contact)
    except Gone:  # the search has not heard of it yet
        raise Held("contact_gone") from None
    if agree and not find.names_agree(who, read):
        raise Held("other_person")
    return read, {"id": found.contact, "found_by": found.by, "created": False}


def _first_of(visit: Visit, reached: Mapping[int, str]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Of all whom an unsubscription reaches, the one that its own row is about."""
    if not reached:
        raise Held("missing_contact")
    first = min(reached)
    try:
        return visit.contact(first), {"id": first, "found_by": reached[first], "created": False}
    except Gone:
        raise Held("contact_gone") from None
