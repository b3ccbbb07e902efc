"""A delivery's bytes into plain JSON values, strictly and within bounds. It knows no tool.

Half-understood text is worse than none: what is not valid is Unreadable, and a person looks.
"""

import json
import math
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from flask_babel import gettext as _
from werkzeug.http import parse_options_header

from bridge.errors import Unreadable
from bridge.model import Delivery, Json

MAX_DEPTH = 64
MAX_VALUES = 50_000
MAX_FIELDS = 5_000
MAX_KEY = 255
HEADERS = ("idempotency-key", "webhook-id", "svix-id")
"""Where hand-made senders, and who speaks Standard Webhooks, name a call."""
MAX_NAME = 1_000
"""Signs of one name or label: where many answers lie under one name, each of them repeats it."""

_PIECE = 16 * 1024
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")

# Browsers read Latin-1 as Windows-1252 (WHATWG), and French apostrophes live where the two differ.
_CHARSETS: Mapping[str, str] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
}


def parse_json(body: bytes) -> Json:
    """The JSON of a body in UTF-8 (a BOM is taken off). Unreadable tells the place and the fault, not the text.

    A template puts in what people typed as it is: their line breaks and tabs are read, and kept.
    """
    text = decoded(body.removeprefix(b"\xef\xbb\xbf"), "utf-8")
    if not text.strip():
        raise Unreadable(_("The body is empty."))
    if "\0" in text:
        raise Unreadable(_("The body holds a NUL, which is in no text."))
    measure(text)
    try:
        parsed: Json = json.loads(
            text, strict=False, object_pairs_hook=_object, parse_float=_number, parse_constant=_no
        )
    except json.JSONDecodeError as fault:
        found = {"line": fault.lineno, "column": fault.colno, "fault": fault.msg}
        raise Unreadable(_("The body is not JSON (line %(line)s, column %(column)s): %(fault)s.", **found)) from None
    except ValueError:
        raise Unreadable(_("The JSON holds a number that is too large.")) from None
    return _mended(parsed) if "\\ud" in text or "\\uD" in text else parsed


def parse_query(encoded: bytes, content_type: str = "") -> list[tuple[str, str]]:
    """The pairs of a URL-encoded body or query, in their order, in the charset that the sender declared."""
    charset = parse_options_header(content_type)[1].get("charset", "utf-8")
    if encoded.count(b"&") > 2 * MAX_FIELDS:  # some may be blank
        raise Unreadable(_("The form holds more than %(most)s fields.", most=MAX_FIELDS))
    parts = [part for part in encoded.split(b"&") if part.strip()]
    if len(parts) > MAX_FIELDS:
        raise Unreadable(_("The form holds more than %(most)s fields.", most=MAX_FIELDS))
    halves = [part.replace(b"+", b" ").partition(b"=") for part in parts]
    return [(decoded(_unquoted(name), charset), decoded(_unquoted(value), charset)) for name, _, value in halves]


def _unquoted(encoded: bytes) -> bytes:
    """Piece by piece, none ending within an escape: Python makes an object of each, ten times its size."""
    pieces, at = [], 0
    while at < len(encoded):
        end = at + _PIECE
        inside = encoded.find(b"%", end - 2, end)
        end = inside if inside >= 0 else end
        pieces.append(unquote_to_bytes(encoded[at:end]))
        at = end
    return b"".join(pieces)


def decoded(raw: bytes, charset: str) -> str:
    codec = _CHARSETS.get(charset.strip().lower())
    if codec is None:
        raise Unreadable(_("The body declares a charset that the bridge does not read. Send UTF-8."))
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as fault:
        raise Unreadable(
            _("The body is not valid %(codec)s (byte %(start)s of a text).", codec=codec, start=fault.start)
        ) from None


def header_key(delivery: Delivery, *names: str) -> str | None:
    """The event id that stands in one of these headers (in small letters), else in HEADERS; None when there is none
    that could be one, or the proof does not cover it."""
    for name in names or HEADERS:
        key = delivery.id_in(name)
        if key and len(key) <= MAX_KEY:
            return key
    return None


def named(name: str) -> str:
    """The name of a field, an element or a part, if it is short enough to be one."""
    if len(name) > MAX_NAME:
        raise Unreadable(_("A name is longer than %(most)s signs.", most=MAX_NAME))
    return name


def _object(pairs: list[tuple[str, Json]]) -> Json:
    members = {named(name): value for name, value in pairs}
    if len(members) != len(pairs):
        raise Unreadable(_("The JSON says the same key twice in one object: one answer would be lost."))
    return members


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _no(name: str) -> Json:
    raise Unreadable(_("The JSON holds %(name)s, which is not JSON.", name=name))


def measure(text: str) -> None:
    """Counts values and levels in the text, before anything is built of it. What is no JSON is told by the parser.

    Raises Unreadable.
    """
    bare = _STRING.sub("", text)
    count = 1 + bare.count(",") + bare.count("{") + bare.count("[")
    if count > MAX_VALUES:
        raise Unreadable(_("The JSON holds more than %(most)s values.", most=MAX_VALUES))
    depth = 0
    for sign in _NO_BRACKET.sub("", bare):
        depth += 1 if sign in "{[" else -1
        if depth > MAX_DEPTH:
            raise Unreadable(_("The JSON is nested deeper than %(most)s levels.", most=MAX_DEPTH))


def _mended(parsed: Json) -> Json:
    """A text that a tool cut in the middle of an emoji leaves half a character, which no store accepts."""
    mended: Json = json.loads(json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace"))
    return mended
