"""Tally: a list of questions whose choices are ids (sources.md 3.1). They become what the person saw."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission, Value
from bridge.sources.kit import SHOWN, Source, load, parse_json, submission, text_of, texts_of, type_of, value_of
from schemas.sources.tally import QuestionSchema, TallyNoticeSchema, TallySchema

TOOL = "Tally"

_ENVELOPE = TallySchema()
_NOTICE = TallyNoticeSchema()
_QUESTIONS = QuestionSchema(many=True)

_TYPES: Mapping[str, AnswerType] = {
    "INPUT_EMAIL": "mail",
    "INPUT_PHONE_NUMBER": "phone",
    "INPUT_DATE": "date",
    "INPUT_NUMBER": "number",
    "RATING": "number",
    "LINEAR_SCALE": "number",
    "MULTIPLE_CHOICE": "choice",
    "DROPDOWN": "choice",
    "CHECKBOXES": "choices",
    "MULTI_SELECT": "choices",
    "RANKING": "choices",
    "MATRIX": "choices",
    "FILE_UPLOAD": "file",
    "SIGNATURE": "file",
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
    twins = _twins(questions)
    answers = [_answer(question) for question in questions if not _is_twin(question, twins)]
    return submission(record, envelope["created_at"] or response["created_at"], answers)


def _is_response(payload: Json) -> bool:
    return bool(load(_NOTICE, payload, TOOL)["event_type"] == "FORM_RESPONSE")


def _twins(questions: list[dict[str, Any]]) -> set[str]:
    """Checkboxes come again as one boolean per option. Only the key tells: texts may hold parentheses."""
    return {f"{question['key']}_{option_id}" for question in questions for option_id in _texts(question.get("options"))}


def _is_twin(question: dict[str, Any], twins: set[str]) -> bool:
    return question["key"] in twins and isinstance(question.get("value"), bool | None)


def _answer(question: dict[str, Any]) -> Answer:
    value, kind = question.get("value"), _TYPES.get(question["type"])
    if kind is None or isinstance(value, bool):
        kind = type_of(value)
    answered = None if value is None else _value(question, kind, value)
    if kind == "choice" and isinstance(answered, tuple):
        kind, answered = ("choices", answered) if len(answered) > 1 else ("choice", "".join(answered))
    offered = tuple(_texts(question.get("options")).values())
    return Answer(question["key"], question["label"] or question["key"], kind, answered, offered=offered)


def _value(question: dict[str, Any], kind: AnswerType, value: Json) -> Value:
    if kind == "file":
        return tuple(map(_link, value if isinstance(value, list) else [value]))
    if question["type"] == "MATRIX" and isinstance(value, dict):
        return _grid(value, _texts(question.get("rows")), _texts(question.get("columns")))
    if kind in ("choice", "choices"):
        return _chosen(value, _texts(question.get("options")))
    return value_of(value)


def _grid(value: Mapping[str, Json], rows: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """What was chosen in each row, by the row's text; a text that two rows share is told apart by the id."""
    parts: dict[str, str] = {}
    for row, ids in value.items():
        name = rows.get(row, row)
        parts[f"{name} ({row})" if name in parts else name] = ", ".join(_chosen(ids, columns))
    return parts


def _chosen(ids: Json, texts: Mapping[str, str]) -> tuple[str, ...]:
    """The texts of the ids, in the answer's order. In 2021 a single choice was a bare id.

    An id that the question does not list stays as it is, rather than be lost.
    """
    listed = texts_of(ids if isinstance(ids, list) else [ids])
    return tuple(texts.get(one, one) for one in listed)


def _texts(options: Json) -> dict[str, str]:
    if not isinstance(options, list):
        return {}
    named = [option for option in options if isinstance(option, dict) and "id" in option]
    return {text_of(option["id"]): text_of(option.get("text")) or text_of(option["id"]) for option in named}


def _link(file: Json) -> str:
    """The address of an uploaded file; it is never fetched."""
    return text_of(file.get("url") or file.get("name")) if isinstance(file, dict) else text_of(file)


SOURCE = Source(
    name="tally",
    title="Tally",
    proof="tally-v1",
    keys="record",
    wait=SHOWN,
    split=split,
    read=read,
    retries="after 5 min, 30 min, 1 h, 6 h, 1 day",
    never_sends="what a file holds: only its address",
)
