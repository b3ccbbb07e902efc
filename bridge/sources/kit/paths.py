"""Where things lie in what a tool sent: reach a place, cut a batch into records, take places out. It knows no tool.

A place is written with dots: `data.items.0.id`; in `without` and `slices`, a step through a list needs no number.
"""

from collections.abc import Callable, Iterable, Iterator

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.sources.kit.json_body import MAX_KEY, parse_json
from bridge.sources.kit.values import text_of

MAX_RECORDS = 1_000
MAX_COPIED = 2_000_000
"""Values of all the records of a call: each is kept with its surroundings."""


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


def picked(node: Json, *names: str) -> dict[str, Json]:
    """Of an object what lies under these names, in their order; nothing of anything else."""
    return {name: node[name] for name in names if name in node} if isinstance(node, dict) else {}


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
