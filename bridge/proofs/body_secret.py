"""A secret that travels in the body: found, compared, and cut out before anybody else sees the body (docs/laws.md 8.1).

What stands beside it stays as it came, letter by letter. It knows JSON objects and URL-encoded forms, and no tool.
"""

import hmac
import json
from dataclasses import replace
from datetime import datetime
from json.decoder import JSONDecoder
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from flask_babel import lazy_gettext as _

from bridge.errors import NotProven, Unreadable
from bridge.model import Delivery
from bridge.proofs.proof import Proof
from bridge.sources.kit.json_body import MAX_FIELDS, MAX_NAME, measure

_BLANKS = " \t\n\r"
_DECODER = JSONDecoder(strict=False)
_BYTES = ("utf-8", "surrogateescape")
"""Whatever the bytes are, they come out as they went in."""

MAX_PAIRS = 2 * MAX_FIELDS
"""Of a form with more of them, which nobody reads, no secret is looked for."""

_Apart = tuple[str, list[str]]
"""A text without the secret, and what stood in its place, once per place; "" for what is no text."""


def check(call: Delivery, proof: Proof, _now: datetime) -> str:
    """The secret that explains the call. Raises NotProven. Where a field stands twice, both must be right."""
    values = _apart(call, proof)[1]
    shown = [value.encode("utf-8", "surrogatepass") for value in values]
    matches = [[one for one in proof.usable if hmac.compare_digest(value, one.encode())] for value in shown]
    if not shown or not all(matches):
        raise NotProven(_("Secret missing or not ours. Looked for the field %(path)s of the body.", path=proof.path))
    return matches[0][0]


def there(call: Delivery, proof: Proof) -> bool:
    return bool(_apart(call, proof)[1])


def without(call: Delivery, proof: Proof) -> Delivery:
    text, values = _apart(call, proof)
    return _with(call, text) if values else call


def within(call: Delivery, secret: str, proof: Proof) -> Delivery:
    """The call as the tool would send it: with the secret in its place, and nowhere else. Raises NotProven."""
    text, path = _apart(call, proof)[0], proof.path or ""
    if not _is_json(text):
        pair = f"{quote_plus(_names(path)[-1])}={quote_plus(secret)}"
        return _with(call, f"{text}&{pair}" if text else pair)
    said: Any = json.loads(text.removeprefix("\ufeff"))
    *way, last = path.split(".")
    node = said
    for step in way:
        node = node.setdefault(step, {}) if isinstance(node, dict) else None
    if not isinstance(node, dict):
        raise NotProven(_("This payload has no place for %(path)s.", path=path))
    node[last] = secret
    return _with(call, json.dumps(said, ensure_ascii=False))


def _with(call: Delivery, text: str) -> Delivery:
    return replace(call, query=text) if call.method == "GET" else replace(call, body=text.encode(*_BYTES))


def _apart(call: Delivery, proof: Proof) -> _Apart:
    """Nothing is found in a body that cannot be read, and in a list."""
    text = call.query if call.method == "GET" else call.body.decode(*_BYTES)
    path = proof.path or ""
    if not _is_json(text):
        return _of_form(text, _names(path))
    try:
        measure(text)
        return _of_json(text, path.split("."))
    except (Unreadable, ValueError, IndexError):
        return text, []


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff" + _BLANKS)[:1] in ("{", "[")


def _names(path: str) -> list[str]:
    """`a.b` in a form: as it is, or with PHP's brackets."""
    first, *rest = path.split(".")
    return [path, first + "".join(f"[{part}]" for part in rest)]


def _of_form(text: str, names: list[str]) -> _Apart:
    kept, values = [], []
    if text.count("&") > MAX_PAIRS:
        return text, []
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if len(name) <= MAX_NAME and unquote_plus(name) in names:
            values.append(unquote_plus(value))
        else:
            kept.append(pair)
    return "&".join(kept), values


def _of_json(text: str, path: list[str]) -> _Apart:
    """Raises ValueError or IndexError for what is no JSON."""
    start = text.index("{")
    if text[:start].strip("\ufeff" + _BLANKS):
        return text, []
    without_, end, values = _object(text, start, path)
    if text[end:].strip(_BLANKS):
        raise ValueError
    return text[:start] + without_, values


def _object(text: str, at: int, path: list[str]) -> tuple[str, int, list[str]]:
    """The object at `at` without what `path` names, where it ends, and what was there."""
    kept: list[str] = []
    values: list[str] = []
    at = _skipped(text, at + 1)
    while text[at] != "}":
        start = at
        name, at = _DECODER.raw_decode(text, at)
        begin = _skipped(text, _past(text, at, ":"))
        if name == path[0] and len(path) > 1 and text[begin] == "{":
            inner, at, more = _object(text, begin, path[1:])
            kept.append(text[start:begin] + inner)
            values += more
        else:
            value, at = _DECODER.raw_decode(text, begin)
            if path == [name]:
                values.append(value if isinstance(value, str) else "")
            else:
                kept.append(text[start:at])
        at = _skipped(text, at)
        if text[at] != "}":
            at = _skipped(text, _past(text, at, ","))
            _DECODER.raw_decode(text, at)  # a name must follow
    return "{" + ",".join(kept) + "}", at + 1, values


def _skipped(text: str, at: int) -> int:
    while text[at] in _BLANKS:
        at += 1
    return at


def _past(text: str, at: int, sign: str) -> int:
    at = _skipped(text, at)
    if text[at] != sign:
        raise ValueError
    return at + 1
