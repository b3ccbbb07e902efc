"""Names such as `a[b][0][c]` and `a[]` rebuilt into objects and lists, as PHP reads them. Nothing is dropped.

Where PHP would overwrite, the later pair of `a=1` and `a[b]=2` keeps its whole name, and `a=1&a=2` is a list.
"""

import re
from collections.abc import Iterable

from bridge.errors import Unreadable
from bridge.sources.body import MAX_DEPTH
from bridge.words import Json

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def rebuild(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    """The pairs as one object. `a[]` counts up; an object whose keys are 0, 1, 2... is a list."""
    tree: dict[str, Json] = {}
    for name, value in pairs:
        if not _put(tree, _path(name), value):
            _append(tree, name, value)
    return {name: _listed(value) for name, value in tree.items()}


def _path(name: str) -> list[str]:
    found = _NAME.fullmatch(name)
    if found is None:
        return [name]
    path = [found[1], *_PART.findall(found[2])]
    if len(path) > MAX_DEPTH:
        raise Unreadable(f"A field name is nested deeper than {MAX_DEPTH} levels.")
    return path


def _put(tree: dict[str, Json], path: list[str], value: Json) -> bool:
    """False when something on the way is already an answer, and not a place for answers."""
    node = tree
    for step in path[:-1]:
        inner = node.setdefault(step or _next(node), {})
        if not isinstance(inner, dict):
            return False
        node = inner
    last = path[-1] or _next(node) if len(path) > 1 else path[-1]
    if isinstance(node.get(last), dict):
        return False
    _append(node, last, value)
    return True


def _append(node: dict[str, Json], name: str, value: Json) -> None:
    held = node.get(name)
    if name not in node:
        node[name] = value
    elif isinstance(held, list):
        held.append(value)
    else:
        node[name] = [held, value]


def _next(node: dict[str, Json]) -> str:
    return str(len(node))


def _listed(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    rebuilt = {name: _listed(value) for name, value in node.items()}
    if rebuilt and list(rebuilt) == [str(index) for index in range(len(rebuilt))]:
        return list(rebuilt.values())
    return rebuilt
