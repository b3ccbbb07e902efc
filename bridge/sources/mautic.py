"""Mautic: up to ten events under their name, forms and changes of contacts (docs/tools.md 3.28)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import (
    BOTH,
    Channel,
    Source,
    at,
    key_of,
    load,
    parse_json,
    picked,
    sequence,
    submission,
    table,
    text_of,
    withdrawal,
)
from bridge.sources.kit.answers import answers, members, theirs
from schemas.codes import Kind
from schemas.sources.mautic import MauticSchema

_EVENT = MauticSchema()
_KINDS: Mapping[str, Kind] = {
    "mautic.form_on_submit": "submitted",
    "mautic.lead_post_save_new": "submitted",
    "mautic.lead_post_save_update": "submitted",
    "mautic.lead_post_delete": "deleted",
}
_OWN = ("email", "mobile", "phone")
_REFUSES = ("unsubscribed", "bounced", "manual")
_TYPES: Mapping[str, AnswerType] = {
    "email": "mail",
    "tel": "phone",
    "date": "date",
    "boolean": "bool",
    "multiselect": "choices",
}
_SENT = "timestamp"
"""Stands beside the events of "Send test payload", which are samples of Mautic's own; a real one has it inside."""


def split(delivery: Delivery) -> list[Record]:
    """One record per event, under its name as it came."""
    payload = parse_json(delivery.body)
    named = {name: events for name, events in table(payload).items() if name.startswith("mautic.")}
    found = [
        (name, one) for name, events in named.items() for one in (events if isinstance(events, list) else [events])
    ]
    if not found:
        raise Unreadable(_("Not what Mautic sends: no event under a name that begins with mautic."))
    beside = picked(payload, _SENT)  # only a form that was sent has an id of its own: a contact's is the same each time
    return [Record({name: [one], **beside}, key_of(name, at(one, "submission.id"))) for name, one in found]


def _refused(body: Json) -> tuple[Channel, ...]:
    """A change of a channel says which one; a contact lists what must not be sent, and why. In older versions the list
    of who refuses something is a list of an empty one."""
    name = next(iter(table(body)), "")
    event = at(table(body).get(name), "0")
    if name == "mautic.lead_channel_subscription_changed":
        said = [at(event, "channel")] if at(event, "new_status") in _REFUSES else []
    elif _KINDS.get(name) == "submitted" and at(event, "submission") is None:
        held = at(event, "contact.doNotContact") or at(event, "lead.doNotContact")
        several = table(held).values() or sequence(
            held
        )  # PHP writes a list from which something was taken as an object
        said = [
            "email" if one == [] else at(one, "channel")
            for one in several
            if one == [] or text_of(at(one, "reason")) in ("1", "2", "3")
        ]
    else:
        said = []
    return tuple(channel for channel in BOTH if channel in said)


def read(record: Record, _zone: ZoneInfo) -> Submission:
    named = table(record.body)
    name = next(iter(named), "")
    event = load(_EVENT, at(named.get(name), "0"), "Mautic")
    form, contact = event["submission"], event["contact"] or event["lead"]
    when = (form or {}).get("submitted") or event["timestamp"]
    back = withdrawal(record.body, _refused)
    kind: Kind = _KINDS.get(name, "ping") if form or contact else "ping"
    if back and contact:
        kind = "unsubscribed"
    if kind == "ping":
        return submission(record, when, (), kind)
    if _SENT in named:
        kind = "test"
    said = members(form["results"]) if form else _fields(contact["groups"])
    return submission(record, when, said, kind, back)


def _fields(groups: Mapping[str, Json]) -> Iterator[Answer]:
    """A group without fields is an empty list. Beside the person stand the mail and the number of a company, a fax."""
    for group in groups.values():
        for alias, field in table(group).items():
            if isinstance(field, dict):
                label, kind = text_of(field.get("label")) or alias, _TYPES.get(text_of(field.get("type")))
                said = answers(alias, label, field.get("value"), kind, separator="|" if kind == "choices" else "")
                yield from theirs(said, _OWN)


SOURCE = Source(
    title="Mautic",
    proof="mautic-sha256-b64",
    split=split,
    refuses=_refused,
    read=read,
    retries="only where no answer came",
    never_sends="the labels of a form: only its aliases",
)
