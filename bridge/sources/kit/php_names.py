"""Names such as `a[b][0][c]` and `a[]` rebuilt into objects and lists, as PHP reads them. Nothing is dropped.

People write brackets too: `Téléphone [portable]` is the label of a question. Names are rebuilt only where that builds
something. Where PHP would overwrite, the later pair of `a=1` and `a[b]=2` keeps its whole name, and `a=1&a=2` is a
list.
"""

import re
from collections.abc import Collection, Iterable

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.sources.kit.json_body import named

MAX_DEPTH = 16
MAX_NODES = 10_000

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def rebuild(pairs: Iterable[tuple[str, Json]], *, programs: bool = False) -> dict[str, Json]:
    """The pairs as one object. `a[]` counts up; an object whose keys are 0, 1, 2... is a list. Raises Unreadable,
    before anything is built, for more than MAX_DEPTH levels or MAX_NODES nodes. `programs`: no name is a label."""
    listed = [(named(name), _path(name), value) for name, value in pairs]
    if sum(len(path) for _, path, _ in listed) > MAX_NODES:
        raise Unreadable(_("The names of the form build more than %(most)s nodes.", most=MAX_NODES))
    built = _building({tuple(path) for _, path, _ in listed}, programs=programs)
    tree: dict[str, Json] = {}
    for name, path, value in listed:
        if not (path[0] in built and _put(tree, path, value)):
            append(tree, name, value)
    return {name: _listed(value) if name in built else value for name, value in tree.items()}


def _path(name: str) -> list[str]:
    """The steps of a name, one where it has no brackets; a blank before them is no program's, but somebody's."""
    found = _NAME.fullmatch(name)
    if found is None or found[1][-1].isspace():
        return [name]
    path = [found[1], *_PART.findall(found[2])]
    if len(path) > MAX_DEPTH:
        raise Unreadable(_("A field name is nested deeper than %(most)s levels.", most=MAX_DEPTH))
    return path


def _building(paths: Collection[tuple[str, ...]], *, programs: bool) -> frozenset[str]:
    """The first steps that make something: a list, or an object of more than one part. Where any name has levels
    inside levels, which nobody types, a program wrote them all."""
    programs = programs or any(len(path) > 2 for path in paths)  # noqa: PLR2004
    sure: set[str] = set()
    parts: dict[str, str] = {}
    for first, *rest in paths:
        if rest and (programs or not rest[0] or rest[0].isdigit() or parts.setdefault(first, rest[0]) != rest[0]):
            sure.add(first)
    return frozenset(sure)


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
    append(node, last, value)
    return True


def append(node: dict[str, Json], name: str, value: Json) -> None:
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
