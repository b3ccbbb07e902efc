"""HubSpot: changes of contacts, gathered by contact, or a whole contact from a workflow (docs/tools.md 3.19)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import Channel, Source, at, load, marked, parse_json, slices, submission, text_of, withdrawal
from bridge.sources.kit.answers import answers, own_names, theirs
from bridge.sources.kit.choices import are_joined
from schemas.sources.hubspot import ChangeSchema, ContactSchema

_CHANGES, _CONTACT = ChangeSchema(many=True), ContactSchema()
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("email", "work_email"), "mail"),
    **dict.fromkeys(("phone", "mobilephone"), "phone"),
}
_GONE = ("deletion", "privacyDeletion")
_WHOLE = "properties"
_CONTACTS = "0-1"
"""HubSpot's number of the type."""

_REDACTED = "REDACTED"
"""What stands instead of a sensitive value."""
_SAMPLE = "sample-value"
"""What the test of a subscription says that the property is now."""


def split(delivery: Delivery) -> list[Record]:
    """One record per object: up to a hundred changes come at once, in any order; an eventId may be used twice. What
    HubSpot's API lists, `{results: [...]}`, are whole contacts."""
    payload = parse_json(delivery.body)
    listed = at(payload, "results")
    if isinstance(listed, list) or (isinstance(payload, list) and any(at(one, _WHOLE) is not None for one in payload)):
        return [Record(one) for one in slices(listed if isinstance(listed, list) else payload)]
    if not isinstance(payload, list):
        return [Record([payload] if at(payload, "subscriptionType") else payload)]
    groups: dict[tuple[str, ...], list[Json]] = {}
    for change in payload:
        family = text_of(at(change, "subscriptionType")).partition(".")[0]
        named = (family, text_of(at(change, "objectTypeId")), text_of(at(change, "objectId")))
        groups.setdefault(named, []).append(change)
    return [Record(group) for group in slices([*groups.values()])]


def read(record: Record, zone: ZoneInfo) -> Submission:
    """A change of anything but a contact is a `ping`, and so is a contact without a property yet."""
    if not isinstance(record.body, list):
        return _whole(record, zone)
    changes = load(_CHANGES, record.body, "HubSpot")
    changes.sort(key=lambda one: one["occurred_at"].timestamp() if one["occurred_at"] else 0.0)
    when = changes[-1]["occurred_at"] if changes else None
    if any(_of_contact(change, *_GONE) for change in changes):
        return submission(record, when, (), "deleted")
    changed = [one for one in changes if _of_contact(one, "propertyChange") and one["name"]]
    latest = {one["name"]: one["value"] for one in changed}
    said, back = [*_answers(latest)], withdrawal(latest, _refused)
    if said and all(answer.value == _SAMPLE for answer in said):
        return submission(record, when, said, "test")
    return submission(record, when, said, "submitted" if said or back else "ping", back)


def _refused(properties: Json) -> tuple[Channel, ...]:
    return marked(properties, {"hs_email_optout": ("email",)})


def _whole(record: Record, zone: ZoneInfo) -> Submission:
    """`properties` of a workflow hold a `value` each, those of the API are texts; a body that somebody put together
    has none, and is it."""
    contact = load(_CONTACT, record.body, "HubSpot", zone)
    held = contact[_WHOLE] if _WHOLE in contact else _flat(record.body)
    named = {name: at(one, "value") if isinstance(one, dict) else one for name, one in held.items()}
    return submission(record, contact["updated"], _answers(named), back=withdrawal(named, _refused))


def _flat(body: Json) -> dict[str, Json]:
    """Raises Unreadable where it is none: then the properties were left out."""
    if not isinstance(body, dict) or any(isinstance(one, dict | list) for one in body.values()):
        raise Unreadable(_("Not what HubSpot sends: look at properties."))
    return body


def _of_contact(change: Mapping[str, Any], *kinds: str) -> bool:
    """HubSpot's newer subscriptions are to any object, and tell its type beside."""
    family, _, kind = change["kind"].partition(".")
    return kind in kinds and (family == "contact" or (family == "object" and change["type"] == _CONTACTS))


def _answers(properties: Mapping[str, Json]) -> Iterator[Answer]:
    """Beside the main address others are texts."""
    own = own_names(_TYPES, properties, "email")
    for name, value in properties.items():
        if value != _REDACTED:
            kind = _TYPES.get(name) or ("choices" if are_joined(value, ";") else None)
            yield from theirs(answers(name, name, value, kind, separator=";"), own)


SOURCE = Source(
    title="HubSpot",
    proof="hubspot-v3",
    keys="hash",
    split=split,
    read=read,
    retries="10 times in 24 h",
    never_sends="with a change: who the contact is; prefer the webhook of a workflow",
    hides=("attemptNumber",),
)
