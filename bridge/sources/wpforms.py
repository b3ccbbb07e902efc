"""WPForms, the Webhooks add-on: the fields that its user mapped, choices joined by `||` (docs/tools.md 3.10)."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.model import AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, payload_of, records, submission, table, text_of
from bridge.sources.kit.answers import answers
from bridge.sources.kit.choices import are_joined
from schemas.dates import epoch
from schemas.sources.envelope import Envelope

_JOIN = "||"


def read(record: Record, _zone: ZoneInfo) -> Submission:
    typed = {name: _typed(value) for name, value in table(record.body).items()}
    said = (one for name, value in typed.items() for one in answers(name, name, *value, separator=_JOIN))
    return submission(record, None, said)


def _typed(value: Json) -> tuple[Json, AnswerType | None]:
    """A day, or a time of day, comes as `{value, unix}`; pieces joined without a blank are choices:
    people type blanks."""
    if isinstance(value, dict) and {"value", "unix"} <= value.keys():
        return _day(text_of(value["value"]), epoch(value["unix"])), "date"
    return value, "choices" if are_joined(value, _JOIN) else None


def _day(said: str, at: datetime | None) -> str:
    """In ISO, if the seconds mean the same as what people see, which is in the form of the site (m/d/Y, d/m/Y, F j, Y).

    WordPress counts them as if its clock were in Greenwich. Of a time alone they are those of some day.
    """
    seen = [int(number) for number in re.findall(r"[0-9]+", said)]
    if at is None or at.year not in seen:
        return said
    clock = [at.hour, at.minute] if ":" in said else []
    if clock and at.hour not in seen:
        clock[0] = (at.hour + 11) % 12 + 1
    in_words = not re.fullmatch(r"[^a-z]*([ap]m)?", said, re.IGNORECASE)
    meant = sorted([at.year, at.day, *([] if in_words else [at.month]), *clock])
    if sorted(seen) != meant:
        return said
    return at.strftime("%Y-%m-%dT%H:%M" if clock else "%Y-%m-%d")


SOURCE = Source(
    title="WPForms",
    proof="wpforms-t-v",
    keys="hash",
    split=records("WPForms", Envelope(), body=payload_of),
    read=read,
    retries="never",
    never_sends="an id; the time of submission; fields that nobody mapped",
)
