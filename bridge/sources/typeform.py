"""Typeform: answers that point at the questions of a definition (docs/tools.md 3.2), joined by id, not place."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission, Value
from bridge.sources.kit import SHOWN, Source, at, load, parse_json, submission, tables, texts_of, type_of, value_of
from schemas.codes import Kind
from schemas.sources.typeform import GivenSchema, QuestionSchema, TypeformSchema

TOOL = "Typeform"

_ENVELOPE = TypeformSchema()
_QUESTIONS = QuestionSchema(many=True)
_GIVEN = GivenSchema(many=True)

_GIVEN_TYPES: Mapping[str, AnswerType] = {
    "email": "mail",
    "phone_number": "phone",
    "number": "number",
    "boolean": "bool",
    "date": "date",
    "file_url": "file",
    "choice": "choice",
    "choices": "choices",
}
"""By the type of an answer; all others are text."""

_ASKED_TYPES: Mapping[str, AnswerType] = {
    "email": "mail",
    "phone_number": "phone",
    **dict.fromkeys(("number", "opinion_scale", "rating", "nps"), "number"),
    **dict.fromkeys(("yes_no", "legal"), "bool"),
    "date": "date",
    **dict.fromkeys(("file_upload", "signature"), "file"),
    **dict.fromkeys(("dropdown", "multiple_choice", "picture_choice"), "choice"),
    "ranking": "choices",
}
"""By the type of a question, for those that nobody answered."""
_SAMPLE: Mapping[str, str] = {"text": "Lorem ipsum dolor", "email": "an_account@example.com"}
_BOLD = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*]+)(?<=[^\s*\\])\*(?![\w*])")
_ITALIC = re.compile(r"(?<![\w\\])_(?=[^\s_])([^_]+)(?<=[^\s_\\])_(?!\w)")
_ESCAPED = re.compile(r"\\([*_\\])")
_REMEMBERED = 64 * 1024
"""Bytes of the questions of a form that are kept as they were read."""
_RECALL = re.compile(r"\{\{\s*(?:field|hidden|var|calc|calculated|variable)\s*:[^{}]*\}\}")


def split(delivery: Delivery) -> list[Record]:
    """One record. Typeform keeps its ids and its body when it sends again, so nothing in it is volatile."""
    payload = parse_json(delivery.body)
    return [Record(payload, key=load(_ENVELOPE, payload, TOOL)["form_response"]["token"])]


def read(record: Record, zone: ZoneInfo) -> Submission:
    """A partial response (any event but form_response) is somebody still writing: a `ping`, ignored."""
    envelope = load(_ENVELOPE, record.body, TOOL, zone)
    response = envelope["form_response"]
    answers = [*_asked(response), *_extras(response)]
    at = response["submitted_at"]
    kind: Kind = "submitted" if envelope["event_type"] == "form_response" else "ping"
    return submission(record, at, answers, "test" if _is_sample(response["answers"] or []) else kind)


def _is_sample(given: list[dict[str, Any]]) -> bool:
    """The button "Send test request" answers each question of a kind with the same: nobody typed it."""
    typed = [(sample, one.get(kind)) for one in given for kind, sample in _SAMPLE.items() if one.get("type") == kind]
    return bool(typed) and all(sample == said for sample, said in typed)


@dataclass(frozen=True, slots=True)
class _Question:
    """One that can be answered. `aliases`: the ref, and the title as it was written, where the label is another one.
    `offered`: only some calls list the choices, beside the question or among its properties.
    """

    key: str
    label: str
    type: AnswerType
    aliases: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


def _asked(response: dict[str, Any]) -> Iterator[Answer]:
    """Every question in the form's order, answered or empty; then answers to questions not listed."""
    given: dict[str, list[dict[str, Any]]] = {}
    for answer in load(_GIVEN, response["answers"] or [], TOOL):
        given.setdefault(answer["field"]["id"], []).append(answer)
    for question in _questions(response["definition"].get("questions", [])):
        answers = given.pop(question.key, None)
        if answers is None:
            yield Answer(question.key, question.label, question.type, None, question.aliases, question.offered)
        else:
            yield from _answers(question, answers)
    for answers in given.values():
        yield from _answers(_question(answers[0]["field"]), answers)


def _questions(asked: list[Any]) -> Sequence[_Question]:
    """The same for every answer to one version of a form: read once, while that is often sent."""
    try:
        written = orjson.dumps(asked)
    except TypeError:  # half a character, or a number without measure
        return tuple(_answerable(asked))
    return _read_once(written) if len(written) <= _REMEMBERED else tuple(_answerable(asked))


@lru_cache(maxsize=32)
def _read_once(written: bytes) -> Sequence[_Question]:
    return tuple(_answerable(orjson.loads(written)))


def _answerable(asked: Any) -> Iterator[_Question]:
    """The questions that can be answered: a group stands for those in it."""
    for question in load(_QUESTIONS, asked, TOOL):
        inner = at(question.get("properties"), "fields")
        if inner:
            yield from _answerable(inner)
        else:
            yield _question(question)


def _question(said: Mapping[str, Any]) -> _Question:
    key, title = said["id"], said.get("title") or ""
    label = unmarked(title) or key
    names = (said["ref"], title)
    listed = said.get("choices") or at(said.get("properties"), "choices")
    return _Question(
        key,
        label,
        "choices"
        if said.get("allow_multiple_selections") is True
        else _ASKED_TYPES.get(said.get("type") or "", "text"),
        tuple(name for name in names if name and name not in (key, label)),
        tuple(text for choice in tables(listed) for text in _labels(choice, "label")),
    )


def _answers(question: _Question, given: Iterable[dict[str, Any]]) -> Iterator[Answer]:
    key, label = question.key, question.label
    for answer in given:
        value, kind = answer.get(answer["type"]), _GIVEN_TYPES.get(answer["type"], "text")
        if isinstance(value, dict) and kind not in {"choice", "choices"}:
            for name, part in value.items():  # a payment and its like: one answer per part, as Tally does it
                yield Answer(f"{key}.{name}", f"{label} ({name})", type_of(part), value_of(part))
        else:
            yield Answer(key, label, kind, _value(kind, value), question.aliases, question.offered)


def _value(kind: AnswerType, value: Json) -> Value:
    if kind == "choice" and isinstance(value, dict):
        return next(iter(_labels(value, "label", "other", "id", "ref")), None)
    if kind == "choices" and isinstance(value, dict):
        listed = _labels(value, "labels") or _labels(value, "ids") or _labels(value, "refs")
        return (*listed, *_labels(value, "other"))
    if kind in ("file", "choices") and value is not None:
        return texts_of(value if isinstance(value, list) else [value])
    return value_of(value)


def _labels(choice: Mapping[str, Json], *names: str) -> tuple[str, ...]:
    found = (choice.get(name) for name in names)
    return tuple(text for one in found for text in texts_of(one if isinstance(one, list) else [one]))


def _extras(response: dict[str, Any]) -> Iterator[Answer]:
    """What nobody typed: hidden fields, the score, the variables. They may share a label; their keys tell."""
    for group in ("hidden", "calculated"):
        for name, value in (response[group] or {}).items():
            yield Answer(f"{group}.{name}", name, type_of(value), value_of(value))
    for variable in response["variables"] or []:
        name, value = variable.get("key"), variable.get(str(variable.get("type")))
        if isinstance(name, str):
            yield Answer(f"variables.{name}", name, type_of(value), value_of(value))


def unmarked(label: str) -> str:
    """The same of Typeform's `*bold*` and `_italic_`. What somebody said elsewhere, `{{field:x}}`, differs from person
    to person: `…` stands for it, so that the question keeps one name."""
    bare = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", _RECALL.sub("…", label)))
    return _ESCAPED.sub(r"\1", bare).strip() or label


SOURCE = Source(
    title="Typeform",
    proof="typeform-sha256-b64",
    wait=SHOWN,
    split=split,
    read=read,
    retries="for 10 h after 408, 423, 429, 503; else about five times; never after 404 or 410",
    never_sends="what a file holds: only its address",
)
