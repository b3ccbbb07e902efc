"""HeyForm: answers by the id of their question, and the questions beside them, in rich text (docs/tools.md 5)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, load, records, submission, text_of
from bridge.sources.kit.answers import answers, labelled
from bridge.sources.kit.choices import resolved, texts_by_id
from schemas.dates import day
from schemas.sources.heyform import HeyFormSchema

_CALL = HeyFormSchema()
_TYPES: Mapping[str, AnswerType] = {
    "email": "mail",
    "phone_number": "phone",
    "full_name": "name",
    "address": "address",
    "date": "date",
    **dict.fromkeys(("number", "rating", "opinion_scale"), "number"),
    **dict.fromkeys(("yes_no", "multiple_choice", "picture_choice"), "choice"),
    "legal_terms": "bool",
    "file_upload": "file",
}


def read(record: Record, _zone: ZoneInfo) -> Submission:
    return submission(record, None, _answers(load(_CALL, record.body, "HeyForm")))


def _answers(call: Mapping[str, Any]) -> Iterator[Answer]:
    questions = {question["id"]: question for question in call["questions"]}
    for said in call["said"]:
        asked = questions.get(said["id"], said)
        label = _plain(asked["title"]) or _plain(said["title"]) or said["id"]
        kind, properties = asked["kind"] or said["kind"], asked["properties"] or said["properties"] or {}
        value = _chosen(said["value"], properties.get("choices"))
        if kind == "date":
            value = day(value, _form(text_of(properties.get("format"))))
        yield from answers(said["id"], label, value, _TYPES.get(kind or ""))
    for beside in ("hidden", "variables"):
        yield from labelled(call[beside], key="id", label="name")


def _chosen(value: Json, choices: Json) -> Json:
    """`{value: [ids], other}` as the texts that the person read; anything else as it is."""
    ids = value.get("value") if isinstance(value, dict) and "value" in value else value
    other = value.get("other") if isinstance(value, dict) and "value" in value else None
    if not isinstance(choices, list) or isinstance(ids, dict):
        return value
    return [*resolved(ids, texts_by_id(choices, text="label")), *([other] if other else [])]


def _form(format_: str) -> str:
    """The form of a question for a day, `DD.MM.YYYY HH:mm`, as Python writes it."""
    tokens = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M"}
    return re.sub("|".join(tokens), lambda token: tokens[token[0]], format_.replace("%", ""))


def _plain(title: Json) -> str:
    """The words of a title: in a list texts stay, and [tag, texts, attributes] gives its texts."""
    if isinstance(title, str):
        return title.strip()
    words = [
        piece if isinstance(piece, str) else _plain(piece[1]) if isinstance(piece, list) and len(piece) > 1 else ""
        for piece in (title if isinstance(title, list) else [])
    ]
    return "".join(words).strip()


SOURCE = Source(
    title="HeyForm",
    split=records("HeyForm", _CALL, key="id"),
    read=read,
    never_sends="a signature; the time of submission",
)
