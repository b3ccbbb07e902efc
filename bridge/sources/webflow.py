"""Webflow: an object of label: value, in which a dot of a label came as a full-width one (docs/tools.md 3.25)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import Source, checked, load, parse_json, submission
from bridge.sources.kit.answers import answers
from schemas.sources.webflow import FirstSchema, FormSchema, WebflowSchema

_EVENT, _FORM, _FIRST = WebflowSchema(), FormSchema(), FirstSchema()
_TYPES: Mapping[str, AnswerType] = {"FormCheckboxInput": "bool", "FormFileUploadInput": "file"}


def split(delivery: Delivery) -> list[Record]:
    payload = parse_json(delivery.body)
    if _is_first(payload):
        return checked("Webflow", _FIRST, payload, key="_id")
    return checked("Webflow", _EVENT, payload, key="payload.id")


def _is_first(payload: Json) -> bool:
    """Webhooks made long ago: no envelope, and short names."""
    return isinstance(payload, dict) and "triggerType" not in payload and "_id" in payload


def read(record: Record, zone: ZoneInfo) -> Submission:
    """Any event but a form's is a `ping`: a webhook can be set on orders, pages and sites too."""
    if _is_first(record.body):
        form = load(_FIRST, record.body, "Webflow", zone)
    else:
        event = load(_EVENT, record.body, "Webflow")
        if event["trigger"] != "form_submission":
            return submission(record, None, (), "ping")
        form = load(_FORM, event["payload"], "Webflow", zone)
    return submission(record, form["submitted_at"], _answers(form))


def _answers(form: Mapping[str, Any]) -> Iterator[Answer]:
    types = {question["name"]: _TYPES.get(question["type"]) for question in form["questions"]}
    for name, value in form["said"].items():
        yield from answers(name, name.replace("．", "."), value, types.get(name))  # U+FF0E, as sent


SOURCE = Source(
    title="Webflow",
    proof="webflow-ts-colon-hex",
    split=split,
    read=read,
    retries="3 times, 10 minutes apart",
    never_sends="a signature, from webhooks made in its old settings page",
)
