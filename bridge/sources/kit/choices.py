"""What was chosen, in all the ways that tools write it (docs/tools.md 4), as the texts that the person read."""

import re
from collections.abc import Iterable, Mapping

from bridge.model import Json
from bridge.sources.kit.values import tables, text_of, texts_of

MAX_CHOICES = 500
"""Pieces of one text that can still have been chosen: of more, it was typed."""

_TEXTS = ("label", "text", "title", "name", "value", "id")
_TICKED = frozenset({"1", "true", "on"})


def listed(value: Json, separator: str = "") -> tuple[str, ...]:
    """Every text of a list, of a text joined by the separator, of `{key: key}` or of `{key: "1"}`; objects give their
    label, text, title, name or value. Nothing chosen is nothing, never a no."""
    if isinstance(value, dict):
        return tuple(key for key, mark in value.items() if ticked(key, mark))
    if isinstance(value, list):
        return texts_of(map(_said, value))
    pieces = text_of(value).split(separator) if separator else [text_of(value)]
    return tuple(piece.strip() for piece in pieces if piece.strip())


def are_joined(value: Json, separator: str) -> bool:
    """Whether a text is choices joined by a bare separator: after one in a sentence stands a blank."""
    pieces = value.split(separator, MAX_CHOICES) if isinstance(value, str) else []
    return 1 < len(pieces) <= MAX_CHOICES and all(piece and piece == piece.strip() for piece in pieces)


def ticked(key: str, mark: Json) -> bool:
    """Whether a box of a set is on: it repeats its own name, or says 1, true or on."""
    return mark is True or (mark is not False and text_of(mark).casefold() in _TICKED | {key.casefold()})


def is_box_set(value: Json) -> bool:
    """`{key: key}`: nothing else looks like it. Boxes that are off are empty, false or 0."""
    return isinstance(value, dict) and bool(value) and all(key == mark for key, mark in value.items())


def texts_by_id(options: Json, key: str = "id", text: str = "text") -> dict[str, str]:
    """What a question offers: `[{id, text}]` as texts by id. An option without a text is its id."""
    return {text_of(one[key]): text_of(one.get(text)) or text_of(one[key]) for one in tables(options) if key in one}


def resolved(ids: Json, texts: Mapping[str, str]) -> tuple[str, ...]:
    """The texts of the ids, in the answer's order; a bare id is a list of one.

    An id that the question does not list stays as it is, rather than be lost.
    """
    return tuple(texts.get(one, one) for one in texts_of(ids if isinstance(ids, list) else [ids]))


def exploded(fields: Mapping[str, Json], between: str = "_") -> dict[str, Json]:
    """Boxes that came as one field each, `Help_Posters: "1"`, gathered into `Help: [Posters]`; others stay."""
    gathered: dict[str, Json] = {}
    for name, value in fields.items():
        group, found, choice = name.partition(between)
        held = gathered.get(group) if found and group and choice and value == "1" else None
        if not (found and group and choice) or value != "1" or (group in fields):
            gathered[name] = value
        elif isinstance(held, list):
            held.append(choice)
        else:
            gathered[group] = [choice]
    return gathered


def _said(choice: Json) -> Json:
    if not isinstance(choice, dict):
        return choice
    return next((choice[name] for name in _TEXTS if choice.get(name) not in (None, "")), None)


def is_option(value: Json) -> bool:
    """{id, name} or {id, value}: what tables call a choice, and a row that is linked to."""
    return isinstance(value, dict) and "id" in value and bool({"name", "value", "label", "text"} & value.keys())


def links(value: Json) -> tuple[str, ...]:
    """The addresses of files, else their names or ids; they are never fetched (docs/tools.md 1.14)."""
    return texts_of(map(_link, value if isinstance(value, list) else [value]))


def is_files(value: Json) -> bool:
    """Whether these are objects with an address or a name of a file."""
    files: Iterable[Json] = value if isinstance(value, list) else [value]
    return bool(value) and all(isinstance(file, dict) and any(name in file for name in _LINKS[:-2]) for file in files)


def is_uploads(value: Json) -> bool:
    """Whether these are addresses of files that WordPress keeps."""
    texts = texts_of(value if isinstance(value, list) else [value])
    return bool(texts) and all(len(text) <= _LONGEST_LINK and _UPLOADED.match(text) for text in texts)


_LONGEST_LINK = 2_000
_UPLOADED = re.compile(r"https?://[^\s/]+/\S*wp-content/uploads/\S+$")
_LINKS = ("url", "link", "download_url", "href", "filename", "visible_name", "name", "id")


def _link(file: Json) -> Json:
    if not isinstance(file, dict):
        return file
    return next((file[name] for name in _LINKS if file.get(name)), None)
