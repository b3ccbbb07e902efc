"""Answers from the ways that tools lay them out: an object of label: value, a list of {label, value}.

What one value becomes depends on what the tool says that it is, and where it is silent on what the value shows.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bridge.model import Answer, AnswerType, Json, Value
from bridge.sources.kit.choices import is_box_set, is_files, is_option, is_uploads, links, listed
from bridge.sources.kit.people import calendar_day, is_address, is_calendar_day, is_name, is_phone, parts, phone
from bridge.sources.kit.values import seen_type, sequence, table, text_of, type_of, value_of
from schemas import normal
from schemas.dates import day

_ISO = re.compile(r"\s*\d{4}-\d{2}-\d{2}(?!\d)")


def members(
    node: Json, *, prefix: str = "", types: Mapping[str, AnswerType] | None = None, hidden: Iterable[str] = ()
) -> Iterator[Answer]:
    """An object of label: value. The key is the label behind the prefix, which the label alone names too."""
    left_out = frozenset(hidden)
    for name, value in table(node).items():
        if name not in left_out:
            aliases = (name,) if prefix else ()
            yield from answers(f"{prefix}{name}", name, value, (types or {}).get(name), aliases=aliases)


def cells(row: Json, *, hidden: Iterable[str] = ()) -> Iterator[Answer]:
    """A row of a table: like members, where one {id, name} is the one choice of a cell."""
    left_out = frozenset(hidden)
    for name, value in table(row).items():
        if name not in left_out:
            one = is_option(value) and not is_files(value)
            yield from answers(name, name, [value] if one else value, "choice" if one else None)


def beside(node: Json, *, prefix: str, hidden: Iterable[str] = ()) -> Iterator[Answer]:
    """What stands beside the person, of a gift, an order, a link: the same, and who it names is nobody who answered.
    Where the person has something of that name, the name means that."""
    for answer in theirs(members(node, prefix=prefix, hidden=hidden), ()):
        yield replace(answer, aliases=())


def apart(node: Json, *, prefix: str) -> Iterator[Answer]:
    """What was booked, or where it goes: its `name` and `address` are never the person's, so nothing is called so."""
    for answer in beside(node, prefix=prefix):
        yield replace(answer, label=answer.key)


def theirs(said: Iterable[Answer], names: Collection[str]) -> Iterator[Answer]:
    """The answers, of which only those of these names may be the person's own addresses: others are texts."""
    for answer in said:
        somebodys = answer.type in ("mail", "phone") and not {answer.key, *answer.aliases} & {*names}
        yield replace(answer, type="text") if somebodys else answer


def own_names(types: Mapping[str, AnswerType], said: Mapping[str, Json], main: str) -> frozenset[str]:
    """The names of a person's own addresses: of several mails only the main one, where it is given."""
    others = {name for name, kind in types.items() if kind == "mail"} - {main} if said.get(main) else set[str]()
    return frozenset(types) - others


def labelled(
    elements: Json,
    *,
    key: str = "key",
    label: str = "label",
    value: str = "value",
    kind: str = "type",
    types: Mapping[str, AnswerType] | None = None,
) -> Iterator[Answer]:
    """A list of {key, label, value, type}, under the names that this tool gives them."""
    for number, element in enumerate(sequence(elements), start=1):
        if isinstance(element, dict):
            shown = text_of(element.get(label))
            id_ = text_of(element.get(key)) or shown or str(number)
            known = (types or {}).get(text_of(element.get(kind)))
            yield from answers(id_, shown or id_, element.get(value), known)


def answers(
    key: str,
    label: str,
    value: Json,
    kind: AnswerType | None = None,
    *,
    separator: str = "",
    aliases: tuple[str, ...] = (),
) -> Iterator[Answer]:
    """One answer; a list of objects that are neither choices nor files (a repeat) gives those of each object."""
    found = kind or shown_type(value)
    if found is not None:
        yield Answer(key, label, *_typed(found, value, separator), aliases)
        return
    pieces: Mapping[str, Any] = (
        value if isinstance(value, dict) else {str(at): one for at, one in enumerate(sequence(value))}
    )
    rows = isinstance(value, list) and all(isinstance(row, list) and not _has_inner(row) for row in value)
    for name, piece in pieces.items():
        yield from answers(f"{key}.{name}", f"{label}.{name}", numbered(piece) if rows else piece)


def numbered(cells: Json) -> Json:
    """A list in which a place means something, as parts by their numbers: what is blank keeps its place."""
    return {str(place): one for place, one in enumerate(sequence(cells))}


def keeps_places(value: Json) -> bool:
    """Whether something was left open before something that was said: no list of choices has such a hole."""
    said = [one not in (None, "") for one in sequence(value)]
    return any(said) and (None in sequence(value) or said != sorted(said, reverse=True))


def _has_inner(value: Json) -> bool:
    return any(isinstance(one, dict | list) for one in sequence(value))


def shown_type(value: Json) -> AnswerType | None:
    """What a value says of itself; None when it is no single answer."""
    if isinstance(value, dict) or _has_inner(value):
        return _shape(value)
    return "file" if is_uploads(value) else seen_type(value)


def _shape(value: Json) -> AnswerType | None:
    """Of an object, or of a list with objects in it."""
    kind: AnswerType | None = None
    if is_name(value):
        kind = "name"
    elif is_address(value):
        kind = "address"
    elif is_phone(value):
        kind = "phone"
    elif is_calendar_day(value):
        kind = "date"
    elif is_files(value):
        kind = "file"
    elif is_box_set(value) or (sequence(value) and all(map(is_option, sequence(value)))):
        kind = "choices"
    elif isinstance(value, dict) and not any(isinstance(part, dict) for part in value.values()):
        kind = "text"
    return kind


def _typed(kind: AnswerType, value: Json, separator: str) -> tuple[AnswerType, Value]:
    """The value as this type has it. What does not fit the type stays as it is: nothing is lost here."""
    if kind == "phone":
        value = phone(value)
    elif kind == "date":
        kind, value = _dated(calendar_day(day(value)))
    if kind == "file":
        return kind, None if value is None else links(value)
    if kind in ("choice", "choices"):
        return _chosen(kind, value, separator)
    if isinstance(value, dict):
        return kind, parts(value) if kind in ("name", "address", "date") else value_of(value)
    return kind, value_of(value)


def _dated(value: Json) -> tuple[AnswerType, Json]:
    """In ISO where it can be only one day. Else a text, as typed: the rule of the hook says how it is written."""
    if isinstance(value, int | float):
        return type_of(value), value
    if not isinstance(value, str) or not value.strip() or _ISO.match(value):
        return "date", value
    found = normal.certain_day(value)
    return ("date", found.isoformat()) if found else ("text", value)


def _chosen(kind: AnswerType, value: Json, separator: str) -> tuple[AnswerType, Value]:
    """One choice is a text; more than one are choices, whatever the tool calls the question."""
    if value is None or isinstance(value, bool | int | float):
        return kind, value
    texts = listed(value, separator)
    if kind == "choice":
        return ("choice", "".join(texts)) if len(texts) < 2 else ("choices", texts)  # noqa: PLR2004
    return kind, texts
