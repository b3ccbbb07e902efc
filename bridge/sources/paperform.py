"""Paperform: a list of questions, each with its title, kind and two keys; times in UTC (docs/tools.md 5)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Record, Submission
from bridge.sources.kit import Source, load, picked, records, submission
from bridge.sources.kit.answers import answers, members
from schemas.sources.paperform import PaperformSchema

_CALL = PaperformSchema()
_TYPES: Mapping[str, AnswerType] = {
    "email": "mail",
    "phone": "phone",
    "date": "date",
    "address": "address",
    **dict.fromkeys(("file", "image", "signature"), "file"),
    **dict.fromkeys(("number", "slider", "rating", "scale"), "number"),
    **dict.fromkeys(("choices", "dropdown"), "choice"),
    "yesNo": "bool",
}


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """What somebody has not sent yet (`partial`) is a `ping`."""
    call = load(_CALL, record.body, "Paperform")
    return submission(
        record, call["created_at"], _answers(call), "ping" if call["trigger"] == "partial" else "submitted"
    )


def _answers(call: Mapping[str, Any]) -> Iterator[Answer]:
    """A question is also found under the key that its author gave it."""
    for asked in call["questions"]:
        aliases = (asked["custom_key"],) if asked["custom_key"] else ()
        title, kind = asked["title"] or asked["key"], _TYPES.get(asked["type"] or "")
        yield from answers(asked["key"], title, asked["value"], kind, aliases=aliases)
    yield from members(picked(call["charge"], "total", "summary", "coupon"), prefix="charge.")


SOURCE = Source(
    title="Paperform",
    split=records("Paperform", _CALL, key="trigger submission_id"),
    read=read,
    never_sends="a signature",
    hides=("ip_address", "device.ip_address"),
)
