"""WPForms, the Webhooks add-on: the fields that its user mapped, choices joined by `||` (sources.md 3.10)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.sources.assemble import submission
from bridge.sources.layouts import answers
from bridge.sources.records import posted_records
from bridge.sources.source import Source
from bridge.words import Answer, AnswerType, Json, Record, Submission
from schemas.sources.mapped import MappedSchema

_JOIN = "||"


def read(record: Record, _zone: ZoneInfo) -> Submission:
    return submission(record, None, _answers(record.body if isinstance(record.body, dict) else {}))


def _answers(body: Mapping[str, Any]) -> Iterator[Answer]:
    for name, value in body.items():
        yield from answers(name, name, *_typed(value), separator=_JOIN)


def _typed(value: Json) -> tuple[Json, AnswerType | None]:
    """A day comes as `{value, unix}`; whatever has the sign between two choices are choices."""
    if isinstance(value, dict) and {"value", "unix"} <= value.keys():
        return value["value"], "date"
    return value, "choices" if isinstance(value, str) and _JOIN in value else None


SOURCE = Source(
    name="wpforms",
    title="WPForms",
    proof="wpforms-t-v",
    split=posted_records("WPForms", MappedSchema()),
    read=read,
    retries="never",
    never_sends="an id; the time of submission; fields that nobody mapped",
)
