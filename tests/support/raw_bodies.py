"""A recorded body looked at without the bridge's own readers: every text in it with its place, and bodies made from it.

A place is the names on the way joined by dots, numbers of list elements left out.
"""

import json
import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

from bridge.sources import SOURCES, Source
from schemas.normal import visible
from tests.support.recorded_calls import Payload

EXTRA = "zz_extra"

Leaf = tuple[str, str]


def leaves(payload: Payload, whole: Collection[str] = ()) -> list[Leaf]:
    """Every text, number and truth value that is not blank. JSON inside a text is unpacked, unless the text is one of
    `whole`."""
    if payload.is_json:
        return list(_walk(json.loads(payload.body, strict=False), "", whole))
    if payload.body.lstrip().startswith(b"<"):
        return [leaf for leaf in _elements(ET.fromstring(payload.body), "") if leaf[1]]
    return [leaf for name, value in pairs(payload) for leaf in _walk(value, _dotted(name), whole)]


def named_beside(payload: Payload, said: Collection[str]) -> set[str]:
    """Ids and codes of choices whose text is said: they stand in one object with it."""
    found: set[str] = set()
    for node in _objects(json.loads(payload.body, strict=False)) if payload.is_json else ():
        texts = {name: text(inner) for name, inner in node.items() if not isinstance(inner, dict | list)}
        if any(visible(texts.get(name, "")) in said for name in ("text", "label", "name", "title")):
            found.update(texts.values())
    return found


def pairs(payload: Payload) -> list[tuple[str, str]]:
    """The fields of a form, files by their names."""
    content_type = payload.headers.get("content-type", "")
    if not content_type.startswith("multipart/"):
        return parse_qsl(payload.body.decode(), keep_blank_values=True)
    boundary = payload.body.split(b"\r\n", 1)[0]
    return [_part(part) for part in payload.body.split(boundary)[1:-1]]


def stands(payload: Payload, word: str, *names: str) -> bool:
    """Whether the body says this word of something that has one of these names, as its key or beside it."""
    if payload.body.lstrip().startswith(b"<"):
        return any(place.endswith(names) and leaf == word for place, leaf in leaves(payload))
    if not payload.is_json:
        return any(_dotted(name).endswith(names) and value.strip() == word for name, value in pairs(payload))
    nodes = [
        {name: text(inner) for name, inner in node.items()} for node in _objects(json.loads(payload.body, strict=False))
    ]
    return any(
        word in node.values()
        and (any(node.get(name) == word for name in names) or not set(node.values()).isdisjoint(names))
        for node in nodes
    )


def lacking(payload: Payload) -> Iterator[bytes]:
    """The body again and again, each time without one of its places."""
    if payload.is_json:
        whole = json.loads(payload.body, strict=False)
        for path in paths(whole):
            yield json.dumps(cut(whole, path)).encode()
    elif payload.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        fields = pairs(payload)
        for at in range(len(fields)):
            yield urlencode(fields[:at] + fields[at + 1 :]).encode()
    else:
        yield from _without_parts(payload)


def enriched(payload: Payload) -> bytes:
    """The body with a key in every object that the tool does not know yet."""
    if payload.is_json:
        return json.dumps(_with_extra(json.loads(payload.body, strict=False))).encode()
    if payload.headers.get("content-type", "").startswith("multipart/"):
        boundary = payload.body.split(b"\r\n", 1)[0]
        part = boundary + f'\r\nContent-Disposition: form-data; name="{EXTRA}"\r\n\r\n{EXTRA}\r\n'.encode()
        return part + payload.body
    if payload.body.lstrip().startswith(b"<"):
        return re.sub(rb"(</[\w:]*sObject>)", rb"<sf:zz_extra>zz_extra</sf:zz_extra>\1", payload.body)
    return payload.body + f"&{EXTRA}={EXTRA}".encode()


def paths(node: Any) -> Iterator[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in inner:
        yield (name,)
        for path in paths(value):
            yield (name, *path)


def cut(node: Any, path: tuple[Any, ...]) -> Any:
    copy = node.copy()
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = cut(copy[path[0]], path[1:])
    return copy


def text(leaf: Any) -> str:
    if isinstance(leaf, bool):
        return "true" if leaf else "false"
    return "" if leaf is None else str(leaf).strip()


def _walk(node: Any, place: str, whole: Collection[str]) -> Iterator[Leaf]:
    node = _opened(node) if isinstance(node, str) and node not in whole else node
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from _walk(inner, f"{place}.{name}".lstrip("."), whole)
    elif isinstance(node, list):
        for inner in node:
            yield from _walk(inner, place, whole)
    elif text(node):
        yield place, text(node)


def _opened(written: str) -> Any:
    if written.lstrip()[:1] not in ("{", "["):
        return written
    try:
        return json.loads(written, strict=False)
    except ValueError:
        return written


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(inner)


def _elements(node: ET.Element, place: str) -> Iterator[Leaf]:
    name = node.tag.rpartition("}")[2]
    yield f"{place}.{name}".lstrip("."), (node.text or "").strip()
    for inner in node:
        yield from _elements(inner, f"{place}.{name}".lstrip("."))


def _dotted(name: str) -> str:
    steps = [step for step in re.split(r"[\[\]]+", name) if step and not step.isdigit()]
    return ".".join(steps) or name


def _part(part: bytes) -> tuple[str, str]:
    """A field's name and text; of a file its name."""
    head, _, content = part.decode().partition("\r\n\r\n")
    named = dict(re.findall(r'(\w+)="([^"]*)"', head))
    return named["name"], named.get("filename", content.removesuffix("\r\n"))


def _with_extra(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_extra(one) for one in node]
    if isinstance(node, dict):
        return {**{name: _with_extra(value) for name, value in node.items()}, EXTRA: EXTRA}
    return node


def _without_parts(payload: Payload) -> Iterator[bytes]:
    """A multipart body without one of its parts, XML without one of its lines of text."""
    between = payload.body.split(b"\r\n", 1)[0] if payload.body.startswith(b"--") else b"\n"
    pieces = payload.body.split(between)
    for at in range(1, len(pieces) - 1):
        yield between.join(pieces[:at] + pieces[at + 1 :])


def said_texts(answers: Any) -> list[str]:
    """Every text of every answer that `flask read` prints."""
    return [one for answer in answers for one in (text(part) for part in _parts(answer["value"])) if one]


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield from value.values() if isinstance(value, dict) else value
    else:
        yield value


def all_texts(said: Any) -> list[str]:
    return [one for event in said for one in said_texts(event["answers"])]


def hidden(source: Source, place: str) -> bool:
    """Whether a place of the raw body is one that the source takes out of each record."""
    listed = (*source.hides, source.proof_field)
    return any(one and fnmatchcase(f".{place}.", f"*.{one}.*") for one in listed)


def secrets(payload: Payload) -> set[str]:
    """What the source must hide, as far as it can be told from everything else."""
    source = SOURCES[payload.source]
    open_ = "\n".join(leaf for place, leaf in leaves(payload) if not hidden(source, place))
    kept = {leaf for place, leaf in leaves(payload) if hidden(source, place)}
    return {leaf for leaf in kept if len(leaf) > 7 and leaf not in open_}
