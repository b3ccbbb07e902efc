"""Values of what a tool sent: reached by their place, cut into records, taken out, and as they stand in an answer. It
knows no tool.

A place is written with dots: `data.items.0.id`; in `without` and `slices`, a step through a list needs no number.
"""

from collections.abc import Callable, Iterable, Iterator

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import AnswerType, Json, Value
from bridge.sources.kit.json_body import MAX_KEY, parse_json
from schemas import normal

MAX_RECORDS = 1_000
MAX_COPIED = 2_000_000
"""Values of all the records of a call: each is kept with its surroundings."""
_LONGEST_MAIL = 300


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


def at(node: Json, place: str) -> Json:
    """What lies there, None when nothing does."""
    for step in place.split("."):
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and step.isascii() and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    return node


def table(node: Json) -> dict[str, Json]:
    """An object; an empty one in the place of anything else."""
    return node if isinstance(node, dict) else {}


def sequence(node: Json) -> list[Json]:
    """A list; an empty one in the place of anything else."""
    return node if isinstance(node, list) else []


def tables(node: Json) -> list[dict[str, Json]]:
    """The objects of a list."""
    return [one for one in sequence(node) if isinstance(one, dict)]


def picked(node: Json, *names: str) -> dict[str, Json]:
    """Of an object what lies under these names, in their order; nothing of anything else."""
    return {name: table(node)[name] for name in names if name in table(node)}


def found(node: Json, place: str) -> Json:
    """The same in a record that `slices` cut: a list of one is passed through without a number."""
    for step in place.split("."):
        if isinstance(node, list) and len(node) == 1 and not step.isdigit():
            node = node[0]
        node = at(node, step)
    return node


def changed(node: Json, place: str, change: Callable[[Json], Json]) -> Json:
    """A copy in which what lies there is changed, each element where it is a list; nothing where nothing lies."""
    if isinstance(node, list):
        return [changed(element, place, change) for element in node]
    if not place:
        return change(node)
    step, _, inner = place.partition(".")
    if not isinstance(node, dict) or step not in node:
        return node
    return {**node, step: changed(node[step], inner, change)}


def key_of(*parts: Json) -> str | None:
    """The tool's own ids as one event key, `order:31877`. None when one is missing, or all: then the bytes are it."""
    if not parts or not all(isinstance(part, str | int) and text_of(part).strip() for part in parts):
        return None
    key = ":".join(text_of(part).strip() for part in parts)
    return key if len(key) <= MAX_KEY else None


def slices(payload: Json, place: str = "") -> list[Json]:
    """The payload once per element of the list at the place, each time with that element alone in the list.

    So a record keeps the shape that the tool sent, and its surroundings. Without a place the payload is the list, and
    each element a record. What is no list there is one record; an empty list is none.
    """
    steps = [step for step in place.split(".") if step]
    cut = list(_cut(payload, steps))
    if len(cut) > MAX_RECORDS:
        raise Unreadable(_("The list holds more than %(most)s records.", most=MAX_RECORDS))
    if len(cut) > 1 and len(cut) * _values(cut[0]) > MAX_COPIED:
        raise Unreadable(_("What stands around the list is too much to be kept with each of its records."))
    return [piece[0] if isinstance(payload, list) and isinstance(piece, list) else piece for piece in cut]


def _values(node: Json) -> int:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + sum(map(_values, inner))


def _cut(node: Json, steps: list[str]) -> Iterator[Json]:
    if isinstance(node, list):
        for element in node:
            for piece in _cut(element, steps) if steps else [element]:
                yield [piece]
    elif isinstance(node, dict) and steps and steps[0] in node:
        for piece in _cut(node[steps[0]], steps[1:]):
            yield {**node, steps[0]: piece}
    else:
        yield node


def without(node: Json, places: Iterable[str]) -> Json:
    """A copy that lacks these places. `*` is every name of an object."""
    for place in places:
        node = _without(node, place.split("."))
    return node


def _without(node: Json, steps: list[str]) -> Json:
    if isinstance(node, list):
        return [_without(element, steps) for element in node]
    if not isinstance(node, dict):
        return node
    step, inner = steps[0], steps[1:]
    named = set(node) if step == "*" else {step}
    if not inner:
        return {name: value for name, value in node.items() if name not in named}
    return {name: _without(value, inner) if name in named else value for name, value in node.items()}


def unpacked(value: Json) -> Json:
    """The object or list that a text holds as JSON; anything else as it is. Raises Unreadable as a body does."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    return parse_json(value.encode("utf-8", "replace"))


def opened(value: Json) -> Json:
    """The same where people type too: what is not JSON of an object, or of a list of texts and objects, is a text."""
    try:
        found = unpacked(value)
    except Unreadable:
        return value
    if isinstance(found, list):
        return found if all(isinstance(one, str | dict) for one in found) else value
    return found or value
