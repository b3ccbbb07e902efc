"""Checks and makes any signature that is said as data: `vendors` holds the tools', a hook may say its own.

Pure: the time is passed in. Everything is compared in constant time, and every secret is tried, so that the time
taken does not tell which one is in use.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext as ngettext
from werkzeug.http import parse_options_header

from bridge.errors import NotProven, Unreadable
from bridge.model import Delivery
from bridge.proofs.proof import Proof, Signature, wire
from bridge.sources.kit.json_body import parse_query
from bridge.sources.kit.php_names import rebuild

_PART = re.compile(r"\{(\w+)\}")
_STAMP = re.compile(r"[0-9]{1,16}")
_MILLIS_FROM = 10**11
"""A larger stamp counts milliseconds: as seconds it would lie 3000 years ahead."""


def _base64_key(secret: str) -> bytes:
    return base64.b64decode(secret, validate=True)


KEYS: Mapping[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "base64": _base64_key,
    "hex": bytes.fromhex,
    "whsec": lambda secret: _base64_key(secret.removeprefix("whsec_")),
}
ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {"hex": lambda raw: raw.hex().encode(), "base64": base64.b64encode}
_DECODED = {f"%{ord(sign):02X}": sign for sign in ":/?@!$'()*,;"}
_ESCAPE = re.compile("|".join(_DECODED), re.IGNORECASE)
PARTS = ("body", "ts", "id", "method", "url")
"""What a hook's own signature may cover; the tools' table knows a few more."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the caller's headers say of one way; blank where a header is missing."""

    marks: list[str]
    stamp: str
    id: str


def key(way: Signature, secret: str) -> bytes | None:
    """None when the secret is no key of this kind."""
    try:
        return KEYS[way.key](secret.strip()) or None
    except ValueError:
        return None


def check(call: Delivery, ways: Sequence[Signature], proof: Proof, now: datetime) -> str:
    """The secret that explains the call. Raises NotProven."""
    found = [(way, shown) for way in ways if _whole(way, shown := _shown(way, call))]
    if not found:
        raise _refused(ways)
    way, shown = found[0]
    if way.foreign and all(mark.startswith(way.foreign) for mark in shown.marks):
        raise NotProven(
            _("Signed with an asymmetric key (v1a): not supported. Give the tool a shared secret (whsec_).")
        )
    made = [(secret, _mark(way, secret, call, shown.stamp, shown.id)) for secret in proof.usable]
    expected = [(secret, mark) for secret, mark in made if mark]
    theirs = [wire(mark) for mark in shown.marks]
    matches = [secret for secret, ours in expected for mark in theirs if hmac.compare_digest(ours, mark)]
    if not matches:
        raise _refused(ways)
    if "{ts}" in way.signed:
        _fresh(shown.stamp, now, proof.tolerance or way.tolerance)
    return matches[0]


def covered(call: Delivery, ways: Sequence[Signature]) -> frozenset[str]:
    """The headers that name a proven call and are signed, in small letters: of the way that counted."""
    counted = next((way for way in ways if _whole(way, _shown(way, call))), None)
    return frozenset({counted.id.lower()} if counted and "{id}" in counted.signed else ())


def sign(call: Delivery, way: Signature, proof: Proof, now: datetime) -> dict[str, str]:
    """The headers that a tool would send, under the newest secret. Without an id of the call its body gives one: a
    tool repeats it when it tries again. Raises NotProven without a secret."""
    seconds = now.timestamp()
    stamp = str(int(seconds * 1000) if way.millis else int(seconds))
    id_ = call.headers.get(way.id.lower()) or f"msg_{hashlib.sha256(call.body).hexdigest()[:27]}"
    mark = _mark(way, next(iter(proof.usable), ""), call, stamp, id_)
    if mark is None:
        raise NotProven(_("This hook has no secret to sign with."))
    text = mark.decode("latin-1")
    headers = {way.id: id_, way.timestamp: stamp, way.header: f"t={stamp},{way.pair}={text}" if way.pair else text}
    return {name: value for name, value in headers.items() if name} | dict(way.sends)


def _shown(way: Signature, call: Delivery) -> _Shown:
    text, stamp, id_ = (call.headers.get(name.lower(), "") for name in (way.header, way.timestamp, way.id))
    if way.pair:
        pairs = [part.strip().partition("=") for part in text.split(",")]
        stamp = next((value for name, _, value in pairs if name == "t"), "")
        return _Shown([value for name, _, value in pairs if name == way.pair], stamp, id_)
    return _Shown(text.split() if way.several else [text], stamp, id_)


def _whole(way: Signature, shown: _Shown) -> bool:
    marked = any(shown.marks)
    return marked and bool(shown.stamp or "{ts}" not in way.signed) and bool(shown.id or "{id}" not in way.signed)


def _mark(way: Signature, secret: str, call: Delivery, stamp: str, id_: str) -> bytes | None:
    """The signature as this secret makes it; None when it is no key, which nothing matches then."""
    found = key(way, secret)
    if found is None:
        return None
    parts = {"ts": wire(stamp), "id": wire(id_), "secret": secret.encode()}
    texts = _PART.split(way.signed)  # text, name, text, name, ..., text
    message = b"".join(
        text.encode() if at % 2 == 0 else parts[text] if text in parts else _OF_THE_CALL[text](call)
        for at, text in enumerate(texts)
    )
    keyless = "{secret}" in way.signed
    digest = hashlib.new(way.hash, message).digest() if keyless else hmac.digest(found, message, way.hash)
    return way.prefix.encode() + ENCODINGS[way.encoding](digest)


def _php_body(call: Delivery) -> bytes:
    """What WPForms signs when it sends a form: the JSON of its parameters, as PHP writes it; else the body
    (docs/tools.md 2). Raises NotProven for a form that cannot be read.
    """
    if parse_options_header(call.content_type)[0].lower() != "application/x-www-form-urlencoded":
        return call.body
    try:
        parameters = rebuild(parse_query(call.body, call.content_type), programs=True)
    except Unreadable:
        raise NotProven(_("Signature not ours: the form that it covers cannot be read.")) from None
    return json.dumps(parameters, separators=(",", ":")).replace("/", r"\/").encode()


def _hubspot_url(url: str) -> str:
    """HubSpot's third version decodes a few escapes of the query first (docs/tools.md 2)."""
    path, mark, query = url.partition("?")
    return path + mark + _ESCAPE.sub(lambda found: _DECODED[found[0].upper()], query)


_OF_THE_CALL: Mapping[str, Callable[[Delivery], bytes]] = {
    "body": lambda call: call.body,
    "php_body": _php_body,
    "method": lambda call: call.method.encode(),
    "url": lambda call: wire(call.url),
    "hubspot_url": lambda call: wire(_hubspot_url(call.url)),
}


def _fresh(stamp: str, now: datetime, tolerance: timedelta) -> None:
    at = int(stamp) if _STAMP.fullmatch(stamp) else 0
    seconds = at / 1000 if at >= _MILLIS_FROM else at
    if abs(now.timestamp() - seconds) > tolerance.total_seconds():
        far = f"{tolerance.total_seconds():.0f}"
        raise NotProven(_("Signed by ours, but at a time more than %(far)s s from our clock.", far=far))


def _refused(ways: Sequence[Signature]) -> NotProven:
    first, *others = ways
    names = [name for name in (first.id, first.timestamp, first.header) if name]
    listed = ", ".join(names)
    if not others:
        return NotProven(
            ngettext(
                "Signature missing or not ours. Looked for the header %(names)s.",
                "Signature missing or not ours. Looked for the headers %(names)s.",
                len(names),
                names=listed,
            )
        )
    return NotProven(
        ngettext(
            "Signature missing or not ours. Looked for the header %(names)s (or %(other)s).",
            "Signature missing or not ours. Looked for the headers %(names)s (or %(other)s).",
            len(names),
            names=listed,
            other=others[0].header,
        )
    )
