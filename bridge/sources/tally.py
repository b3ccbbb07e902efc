"""Tally: a list of questions whose choices are ids (docs/tools.md 3.1). They become what the person saw."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission, Value
from bridge.sources.kit import SHOWN, Source, load, parse_json, submission, type_of, value_of
from bridge.sources.kit.choices import links, resolved, texts_by_id
from schemas.sources.tally import QuestionSchema, TallyNoticeSchema, TallySchema

TOOL = "Tally"

_ENVELOPE = TallySchema()
_NOTICE = TallyNoticeSchema()
_QUESTIONS = QuestionSchema(many=True)

_TYPES: Mapping[str, AnswerType] = {
    "INPUT_EMAIL": "mail",
    "INPUT_PHONE_NUMBER": "phone",
    "INPUT_DATE": "date",
    **dict.fromkeys(("INPUT_NUMBER", "RATING", "LINEAR_SCALE"), "number"),
    **dict.fromkeys(("MULTIPLE_CHOICE", "DROPDOWN"), "choice"),
    **dict.fromkeys(("CHECKBOXES", "MULTI_SELECT", "RANKING", "MATRIX"), "choices"),
    **dict.fromkeys(("FILE_UPLOAD", "SIGNATURE"), "file"),
}
"""All others are text, or what their value is (calculated fields, the price of a payment)."""


def split(delivery: Delivery) -> list[Record]:
    """One record. Tally keeps body and ids when it sends again, so nothing in it is volatile."""
    payload = parse_json(delivery.body)
    if not _is_response(payload):
        return [Record(payload)]
    return [Record(payload, key=load(_ENVELOPE, payload, TOOL)["response"]["response_id"])]


def read(record: Record, zone: ZoneInfo) -> Submission:
    if not _is_response(record.body):
        return submission(record, None, (), "ping")
    envelope = load(_ENVELOPE, record.body, TOOL, zone)
    response = envelope["response"]
    questions = load(_QUESTIONS, response["questions"], TOOL)
    # Checkboxes come again as one boolean per option. Only the key tells: texts may hold parentheses.
    twins = {f"{question['key']}_{id_}" for question in questions for id_ in texts_by_id(question.get("options"))}
    listed = [one for one in questions if one["key"] not in twins or not isinstance(one.get("value"), bool | None)]
    answers = map(_answer, listed)
    return submission(record, envelope["created_at"] or response["created_at"], answers)


def _is_response(payload: Json) -> bool:
    return bool(load(_NOTICE, payload, TOOL)["event_type"] == "FORM_RESPONSE")


def _answer(question: dict[str, Any]) -> Answer:
    value, kind = question.get("value"), _TYPES.get(question["type"])
    if kind is None or isinstance(value, bool):
        kind = type_of(value)
    answered = None if value is None else _value(question, kind, value)
    if kind == "choice" and isinstance(answered, tuple):
        kind, answered = ("choices", answered) if len(answered) > 1 else ("choice", "".join(answered))
    offered = tuple(texts_by_id(question.get("options")).values())
    return Answer(question["key"], question["label"] or question["key"], kind, answered, offered=offered)


def _value(question: dict[str, Any], kind: AnswerType, value: Json) -> Value:
    if kind == "file":
        return links(value)
    if question["type"] == "MATRIX" and isinstance(value, dict):
        return _grid(value, texts_by_id(question.get("rows")), texts_by_id(question.get("columns")))
    if kind in ("choice", "choices"):
        return resolved(value, texts_by_id(question.get("options")))
    return value_of(value)


def _grid(value: Mapping[str, Json], rows: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """What was chosen in each row, by the row's text; a text that two rows share is told apart by the id."""
    parts: dict[str, str] = {}
    for row, ids in value.items():
        name = rows.get(row, row)
        parts[f"{name} ({row})" if name in parts else name] = ", ".join(resolved(ids, columns))
    return parts


SOURCE = Source(
    title="Tally",
    proof="tally-v1",
    wait=SHOWN,
    split=split,
    read=read,
    retries="after 5 min, 30 min, 1 h, 6 h, 1 day",
    never_sends="what a file holds: only its address",
)
