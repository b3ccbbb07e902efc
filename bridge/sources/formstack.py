"""Formstack: labels as keys, a secret among them, names as lines of `first = ...` (docs/tools.md 3.30)."""

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bridge.model import AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, payload_of, records, submission, table, text_of
from bridge.sources.kit.answers import answers
from bridge.sources.kit.choices import MAX_CHOICES
from bridge.sources.kit.people import is_address, is_name
from schemas.sources.formstack import FormstackSchema

_FORM = FormstackSchema()
_CHOICE = re.compile(r"[^\W\d_a-zß-öø-ÿ].{0,58}[^\s.,;:!?…]|[^\W\d_]")
"""A few words that begin with a capital and end without a stop."""

_KIND = "field_type"
_TYPES: Mapping[str, AnswerType] = {
    "checkbox": "choices",
    "email": "mail",
    "phone": "phone",
    "radio": "choice",
    "select": "choice",
    "file": "file",
}
_NOT_ANSWERS = ("FormID", "UniqueID")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """A test has no answers."""
    typed = {label: _typed(value) for label, value in table(record.body).items() if label not in _NOT_ANSWERS}
    said = [one for label, value in typed.items() for one in answers(label, label, *value, separator="\n")]
    return submission(record, None, said, "submitted" if said else "test")


def _typed(value: Json) -> tuple[Json, AnswerType | None]:
    """Lines are parts; or choices, where each looks like one and none like a sentence or an address: people type line
    breaks too. A form may send the types of its fields along, and then they say it."""
    sure = _described(value)
    if sure is not None:
        return sure
    lines = _lines(value)
    parts = _parts(lines)
    if parts is not None and (is_name(parts) or is_address(parts)):
        return parts, None
    chosen = 1 < len(lines) == len(set(lines)) and all(map(_CHOICE.fullmatch, lines))
    return value, "choices" if chosen else None


def _described(value: Json) -> tuple[Json, AnswerType | None] | None:
    """`{value, field_type}`, or the parts beside their field_type; the same as lines, the type in the last one."""
    if isinstance(value, str):
        text, found, kind = value.rpartition(f"{_KIND} = ")
        if not found or "\n" in kind.strip():
            return None
        bare = text.rstrip()
        whole = bare.startswith("value = ") or bare == "value ="
        value = {"value": bare.removeprefix("value =").strip()} if whole else _parts(_lines(bare)) or {"value": bare}
        value[_KIND] = kind.strip()
    if not isinstance(value, dict) or _KIND not in value:
        return None
    said = {name: part for name, part in value.items() if name != _KIND}
    plain = said["value"] if said.keys() == {"value"} else said
    kind = text_of(value[_KIND])
    return plain, _TYPES.get(kind) or ("text" if isinstance(plain, str) else None)


def _lines(value: Json) -> list[str]:
    """None of a text that has more of them than a list has choices."""
    few = isinstance(value, str) and value.count("\n") < MAX_CHOICES
    return [line.strip() for line in value.splitlines()] if isinstance(value, str) and few else []


def _parts(lines: list[str]) -> dict[str, Json] | None:
    """Lines of `name = part`."""
    halves = [line.partition("=") for line in lines]
    sure = bool(halves) and all(sign for _, sign, _ in halves)
    return {name.strip(): part.strip() for name, _, part in halves} if sure else None


SOURCE = Source(
    title="Formstack",
    proof="body",
    split=records("Formstack", _FORM, key="UniqueID", body=payload_of),
    read=read,
    never_sends="the time of submission",
    proof_field="HandshakeKey",
)
