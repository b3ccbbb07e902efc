"""Meta (Facebook, Instagram) lead forms: a call says which leads there are; a lead fetched elsewhere has its answers
(docs/tools.md 3.17)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import (
    Source,
    at,
    checked,
    key_of,
    load,
    parse_json,
    slices,
    submission,
    text_of,
    thin,
    unpacked,
)
from bridge.sources.kit.answers import answers, labelled
from schemas.dates import epoch, moment
from schemas.sources.envelope import Envelope
from schemas.sources.meta_lead_ads import LeadPingSchema, LeadSchema

_CHANGE, _LEAD = LeadPingSchema(), LeadSchema()
_VALUE = "entry.0.changes.0.value"
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("email", "work_email"), "mail"),
    **dict.fromkeys(("phone", "phone_number", "work_phone_number"), "phone"),
    "full_name": "name",
}
_AT_WORK: Mapping[str, tuple[str, ...]] = {
    "work_email": ("email",),
    "work_phone_number": ("phone", "phone_number"),
}
"""Beside their own a text, in whatever order the form asks."""


def split(delivery: Delivery) -> list[Record]:
    """A lead that was pinged and then fetched has one key."""
    payload = parse_json(delivery.body)
    if isinstance(payload, dict) and "entry" in payload:
        return [Record(body, key_of(at(body, f"{_VALUE}.leadgen_id"))) for body in slices(payload, "entry.changes")]
    return checked("Meta", Envelope(), payload, key="id", each="")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """Who fetches leads may send them in the place of the ping. A change that is about no lead is a `ping`; the sample
    of an app's dashboard is about a lead whose number is all fours."""
    pinged = at(record.body, "entry") is not None
    said = at(record.body, _VALUE) if pinged else record.body
    if not pinged or at(said, "field_data") is not None:
        lead = load(_LEAD, said, "Meta")
        return submission(record, moment(lead["created_time"], zone) or epoch(lead["created_time"]), _answers(lead))
    change = load(_CHANGE, at(record.body, "entry.0.changes.0"), "Meta")
    said_at = epoch(at(said, "created_time")) or epoch(at(record.body, "entry.0.time"))
    if change["field"] != "leadgen":
        return submission(record, said_at, (), "ping")
    is_sample = set(text_of(at(said, "leadgen_id"))) == {"4"}
    return submission(record, said_at, (), "test") if is_sample else thin(record, said_at)


def _answers(lead: Mapping[str, Any]) -> Iterator[Answer]:
    """`values` is a list of what the person said, mostly one thing. A box that is off says nothing."""
    said = {text_of(at(field, "name")): _said(at(field, "values")) for field in slices(unpacked(lead["field_data"]))}
    for name, value in said.items():
        kind = "text" if any(said.get(own) for own in _AT_WORK.get(name, ())) else _TYPES.get(name)
        if name:
            yield from answers(name, name, value, kind)
    disclaimers = unpacked(lead["custom_disclaimer_responses"])
    yield from labelled(disclaimers, key="checkbox_key", label="checkbox_key", value="is_checked")


def _said(values: Json) -> Json:
    if not isinstance(values, list):
        return values
    return values[0] if len(values) == 1 else values or None


SOURCE = Source(
    title="Meta lead ads (Facebook, Instagram)",
    proof="meta-sha256-hex",
    split=split,
    read=read,
    retries="for 36 h",
    never_sends="the answers, only that there are some: fetch them with Zapier, Make or n8n",
    handshake="meta",
)
