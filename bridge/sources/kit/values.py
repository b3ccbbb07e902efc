"""What one value of a tool's JSON becomes in an answer. It knows no tool."""

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError

from bridge.errors import Unreadable
from bridge.model import AnswerType, Json, Value
from schemas import normal
from schemas.sources.envelope import Zone

_LONGEST_MAIL = 300


def load(schema: Schema, payload: Any, tool: str, zone: tzinfo = UTC) -> Any:
    """What the schema makes of the payload. `zone`: of times without an offset. Raises Unreadable with the names of the
    faulty places."""
    try:
        with Zone(zone):
            return schema.load(payload)
    except ValidationError as fault:
        places = ", ".join(sorted(_places(fault.messages))[:5])
        raise Unreadable(_("Not what %(tool)s sends: look at %(places)s.", tool=tool, places=places)) from None


def text_of(value: Json) -> str:
    """A scalar as text; a list or an object, which nobody types, as its parts joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(text_of(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text_of(part)}" for name, part in value.items())
    return str(value)


def texts_of(values: Iterable[Json]) -> tuple[str, ...]:
    """The texts that were chosen, in order. A blank among them is nobody's choice."""
    return tuple(text for text in map(text_of, values) if text)


def type_of(value: Json) -> AnswerType:
    """What a value says of itself, where the tool says nothing."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, list):
        return "choices"
    return "number" if isinstance(value, int | float) else "text"


def seen_type(value: Json) -> AnswerType:
    """The same, and a text that can only be a mail address is one."""
    if isinstance(value, str) and "@" in value and len(value) < _LONGEST_MAIL and normal.mail(value):
        return "mail"
    return type_of(value)


def value_of(value: Json) -> Value:
    """A value as it is: a list becomes the texts in it, an object its named parts as texts."""
    if isinstance(value, list):
        return texts_of(value)
    if isinstance(value, dict):
        return {name: text_of(part) for name, part in value.items()}
    return value


def _places(messages: Any, path: str = "") -> list[str]:
    if not isinstance(messages, dict):
        return [path or "the top level"]
    return [
        place
        for name, inner in messages.items()
        for place in _places(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    ]
