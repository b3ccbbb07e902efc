"""Brevo: what happened to one contact or to several, one event or a list of them (docs/tools.md 3.14)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import (
    BOTH,
    Channel,
    Source,
    at,
    json_of,
    load,
    marked,
    objects,
    picked,
    slices,
    submission,
    table,
    text_of,
    texts_of,
    withdrawal,
)
from bridge.sources.kit.answers import answers, members, theirs
from bridge.sources.kit.choices import listed
from schemas import normal
from schemas.codes import Kind
from schemas.sources.brevo import BrevoSchema

_EVENT = BrevoSchema()
_KINDS: Mapping[str, Kind] = {
    "list_addition": "subscribed",
    **dict.fromkeys(("unsubscribe", "unsubscribed", "spam", "complaint"), "unsubscribed"),
    "contact_deleted": "deleted",
    "contact_updated": "submitted",
}
_NUMBERS = ("SMS", "WHATSAPP", "LANDLINE_NUMBER")
_TYPES: Mapping[str, AnswerType] = {**dict.fromkeys(_NUMBERS, "phone"), "EMAIL": "mail", "BIRTHDAY": "date"}
_MAILS = ("content.0.email", "content.0.emails", "content.email", "content.emails", "email", "emails")
_CONTACT = ("content.0", "content", "")
"""Where what is said of the contact lies."""
_MARKS: Mapping[str, tuple[Channel, ...]] = {
    **dict.fromkeys(("emailBlacklist", "emailBlacklisted"), ("email",)),
    **dict.fromkeys(("smsBlacklist", "smsBlacklisted"), ("sms",)),
}
"""As its webhooks call them, and its API, whose contacts automations pass on."""
_LISTS = ("list_id", "link_list_ids", "unlink_list_ids")


def split(delivery: Delivery) -> list[Record]:
    """One record per event and person. Brevo gives no event an id: `id` is the webhook's number."""
    return [Record(piece) for event in objects("Brevo", json_of(delivery)) for piece in _people(event)]


def _refused(event: Json) -> tuple[Channel, ...]:
    """A complaint is a withdrawal; so is a mark at a contact who was changed in any way. A bounce says nothing."""
    if at(event, "msg_status") == "unsubscribe":
        return ("sms",)
    kind = _KINDS.get(text_of(at(event, "event")), "ping")
    if kind == "unsubscribed":
        return ("email",)
    if kind not in ("submitted", "subscribed"):
        return ()
    found = {channel for place in _CONTACT for channel in marked(at(event, place) if place else event, _MARKS)}
    return tuple(channel for channel in BOTH if channel in found)


def _people(event: Json) -> Iterator[Json]:
    for piece in slices(event, "content") or [event]:
        mails = _mails(piece)
        yield from [piece] if len(mails) < 2 else (_only(piece, mail, mails) for mail in mails)  # noqa: PLR2004


def _mails(event: Json) -> tuple[str, ...]:
    """Those of the first place that has any: the others say the same once more."""
    found = (listed(at(event, place)) for place in _MAILS)
    return tuple(dict.fromkeys(next(filter(None, found), ())))


def _only(node: Json, mail: str, mails: tuple[str, ...]) -> Json:
    """The event with this one address wherever several of them are listed."""
    if isinstance(node, dict):
        return {name: _only(inner, mail, mails) for name, inner in node.items()}
    if isinstance(node, list) and mail in node:
        return [one for one in node if one == mail or one not in mails]
    return [_only(inner, mail, mails) for inner in node] if isinstance(node, list) else node


def read(record: Record, zone: ZoneInfo) -> Submission:
    """Whether a message came in or was opened is a `ping`: nobody said anything."""
    event = load(_EVENT, record.body, "Brevo", zone)
    when = event["ts"] or event["ts_event"] or event["date"]
    back = withdrawal(record.body, _refused)
    kind: Kind = "unsubscribed" if back else _KINDS.get(event["event"], "ping")
    return submission(record, when, _answers(record.body) if kind != "ping" else (), kind, back)


def _answers(event: Json) -> Iterator[Answer]:
    for mail in _mails(event):
        yield from answers("email", "email", mail, "mail")
    if at(event, "to") is not None:
        yield from answers("to", "to", _number(at(event, "to")), "phone")
    for place in ("content.attributes", "content.0.attributes", "attributes"):
        said = table(at(event, place))
        numbers = {name: _number(one) for name, one in picked(said, *_NUMBERS).items()}
        yield from theirs(members({**said, **numbers}, prefix="attributes.", types=_TYPES), _TYPES)
    for name in _LISTS:
        for place in (name, f"content.{name}", f"content.0.{name}"):
            found = at(event, place)
            if found is not None:
                yield from answers(name, name, [*texts_of(found if isinstance(found, list) else [found])], "choices")


def _number(said: Json) -> Json:
    """Brevo keeps numbers with the country and without the sign."""
    return normal.unsigned_phone(text_of(said)) or said


SOURCE = Source(
    title="Brevo",
    proof="bearer",
    keys="hash",
    split=split,
    refuses=_refused,
    read=read,
    never_sends="a signature; an id of an event; attributes, unless they changed",
)
