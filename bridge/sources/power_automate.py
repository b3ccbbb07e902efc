"""Microsoft Forms through Power Automate: keys such as `r0123...`, JSON text inside texts (sources.md 3.18)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bridge.model import Answer, Delivery, Json, Record, Submission
from bridge.sources.kit import SHOWN, Source, at, checked, key_of, load, parse_json, submission
from bridge.sources.kit.answers import answers
from bridge.sources.kit.json_body import HEADERS, header_key
from bridge.sources.kit.paths import opened
from schemas.sources.power_automate import FormsResponseSchema
from schemas.times import moment, written

_RESPONSE = FormsResponseSchema()
_PLUMBING = ("submitDate", "responseId", "formId")


def split(delivery: Delivery) -> list[Record]:
    """A flow may name the event in a header; the number of a response counts within its form."""
    records = checked("Power Automate", _RESPONSE, parse_json(delivery.body), key="")
    return [Record(one.body, header_key(delivery) or _key(_inside(one.body))) for one in records]


def _key(body: Json) -> str | None:
    return key_of(at(body, "formId"), at(body, "responseId")) or key_of(at(body, "responseId"))


def read(record: Record, zone: ZoneInfo) -> Submission:
    body = _inside(record.body)
    said = load(_RESPONSE, body, "Power Automate")["submitted"]
    return submission(record, _at(said, zone), _answers(body))


def _inside(body: Json) -> Json:
    """A flow that posts the whole output of a step has the answers in its `body`."""
    inner = at(body, "body")
    return inner if isinstance(inner, dict) else body


def _at(said: Json, zone: ZoneInfo) -> datetime | None:
    """The connector writes American days in UTC."""
    return written(said, UTC, "%m/%d/%Y %I:%M:%S %p") or moment(said, zone)


def _answers(body: Json) -> Iterator[Answer]:
    for name, value in body.items() if isinstance(body, dict) else ():
        if name not in _PLUMBING:
            yield from answers(name, name, opened(value))


SOURCE = Source(
    name="power_automate",
    title="Microsoft Forms, with Power Automate",
    proof="header",
    keys="record",
    wait=SHOWN,
    split=split,
    read=read,
    names_in=HEADERS,
    retries="4 times after 408, 429 and 5xx",
    never_sends="the questions, unless the flow names them; a signature",
)
