"""Netlify forms: fields with their titles, and everything by name beside them (docs/tools.md 5)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, Record, Submission
from bridge.sources.kit import Source, load, records, submission, text_of
from bridge.sources.kit.answers import labelled, members
from schemas.sources.netlify import NetlifySchema

_CALL = NetlifySchema()
_OF_THE_BROWSER = ("ip", "user_agent", "referrer")


def read(record: Record, zone: ZoneInfo) -> Submission:
    call = load(_CALL, record.body, "Netlify", zone)
    return submission(record, call["created_at"], _answers(call))


def _answers(call: Mapping[str, Any]) -> Iterator[Answer]:
    """Hidden fields, and whatever has no title, stand only in `data`."""
    ordered = call["ordered"] or []
    yield from labelled(ordered, key="name", label="title")
    titled = [text_of(field.get("name")) for field in ordered]
    yield from members(call["said"], hidden=(*titled, *_OF_THE_BROWSER))


SOURCE = Source(
    title="Netlify forms",
    proof="netlify-jws",
    split=records("Netlify", _CALL, key="id"),
    read=read,
    never_sends="a signature, unless a secret is set; the kinds of its fields",
    hides=("data.ip", "data.user_agent", "data.g-recaptcha-response"),
)
