"""Formstack: labels as keys, a secret among them, names as lines of `first = ...` (sources.md 3.30)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.sources.assemble import submission
from bridge.sources.layouts import answers
from bridge.sources.people import is_address, is_name
from bridge.sources.records import posted_records
from bridge.sources.source import Source
from bridge.words import Answer, AnswerType, Json, Record, Submission
from schemas.sources.formstack import FormstackSchema

_NOT_ANSWERS = ("FormID", "UniqueID")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """A test has no answers."""
    said = list(_answers(record.body if isinstance(record.body, dict) else {}))
    return submission(record, None, said, "submitted" if said else "test")


def _answers(form: Mapping[str, Any]) -> Iterator[Answer]:
    for label, value in form.items():
        if label not in _NOT_ANSWERS:
            yield from answers(label, label, *_typed(value), separator="\n")


def _typed(value: Json) -> tuple[Json, AnswerType | None]:
    """Lines are parts, or choices; with blank or equal lines among them they are a text that somebody typed."""
    lines = [line.strip() for line in value.splitlines()] if isinstance(value, str) else []
    halves = [line.partition("=") for line in lines]
    parts: dict[str, Json] = {name.strip(): part.strip() for name, _, part in halves}
    if all(sign for _, sign, _ in halves) and (is_name(parts) or is_address(parts)):
        return parts, None
    chosen = len(lines) > 1 and all(lines) and len(set(lines)) == len(lines)
    return value, "choices" if chosen else None


SOURCE = Source(
    name="formstack",
    title="Formstack",
    proof="body",
    split=posted_records("Formstack", FormstackSchema(), key="UniqueID"),
    read=read,
    retries="not stated",
    never_sends="the time of submission",
    proof_field="HandshakeKey",
)
