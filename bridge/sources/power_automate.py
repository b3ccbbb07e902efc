"""Microsoft Forms through Power Automate: keys such as `r0123...`, JSON text inside texts (docs/tools.md 3.18)."""

from datetime import UTC
from zoneinfo import ZoneInfo

from bridge.model import Delivery, Json, Record, Submission
from bridge.sources.kit import SHOWN, Source, at, key_of, load, opened, parse_json, submission, table
from bridge.sources.kit.answers import answers
from bridge.sources.kit.json_body import HEADERS, header_key
from schemas.dates import moment, written
from schemas.sources.power_automate import FormsResponseSchema

_RESPONSE = FormsResponseSchema()
_PLUMBING = ("submitDate", "responseId", "formId")


def split(delivery: Delivery) -> list[Record]:
    """A flow may name the event in a header; the number of a response counts within its form."""
    payload = parse_json(delivery.body)
    load(_RESPONSE, payload, "Power Automate")
    form, response = (at(_inside(payload), name) for name in ("formId", "responseId"))
    return [Record(payload, header_key(delivery) or key_of(form, response) or key_of(response))]


def read(record: Record, zone: ZoneInfo) -> Submission:
    """The connector writes American days in UTC."""
    body = _inside(record.body)
    said = load(_RESPONSE, body, "Power Automate")["submitted"]
    typed = {name: opened(value) for name, value in table(body).items() if name not in _PLUMBING}
    when = written(said, UTC, "%m/%d/%Y %I:%M:%S %p") or moment(said, zone)
    return submission(record, when, (one for name, value in typed.items() for one in answers(name, name, value)))


def _inside(body: Json) -> Json:
    """A flow that posts the whole output of a step has the answers in its `body`."""
    inner = at(body, "body")
    return inner if isinstance(inner, dict) else body


SOURCE = Source(
    title="Microsoft Forms, with Power Automate",
    proof="header",
    wait=SHOWN,
    split=split,
    read=read,
    names_in=HEADERS,
    retries="4 times after 408, 429 and 5xx",
    never_sends="the questions, unless the flow names them; a signature",
)
