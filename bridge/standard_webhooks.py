"""Standard Webhooks, which Svix and Formbricks speak too: id, time and body signed together (sources.md 2, 3.24).

Pure: the time is passed in. Which hook has which secrets is not known here.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from bridge.errors import NotProven
from bridge.words import Delivery

_FAMILIES = ("webhook", "svix")
_PARTS = ("id", "timestamp", "signature")
_STAMP = re.compile(r"[0-9]{1,12}")


def key(secret: str) -> bytes | None:
    """The key of a secret `whsec_<base64>`, with or without that word; None when it is none (`whpk_`: v1a)."""
    try:
        return base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True) or None
    except ValueError:
        return None


def check(delivery: Delivery, secrets: Iterable[str], now: datetime, tolerance: timedelta) -> None:
    """Raises NotProven. Every key is tried against every signature, so that the time taken tells nothing."""
    id_, stamp, signatures = _shown(delivery)
    listed = [signature.partition(",") for signature in signatures.split()]
    given = [wire(mark) for version, _, mark in listed if version == "v1"]
    if listed and {version for version, _, _ in listed} == {"v1a"}:
        raise NotProven("Signed with an asymmetric key (v1a): not supported. Give the tool a shared secret (whsec_).")
    keys = [found for found in map(key, secrets) if found is not None]
    expected = [_mark(one, id_, stamp, delivery.body) for one in keys]
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in given]
    if not any(matches):
        headers = ", ".join(f"webhook-{part}" for part in _PARTS)
        raise NotProven(f"Signature missing or not ours. Looked for the headers {headers} (or svix-).")
    if not _STAMP.fullmatch(stamp) or abs(now.timestamp() - int(stamp)) > tolerance.total_seconds():
        raise NotProven(f"Signed by ours, but at a time more than {tolerance.total_seconds():.0f} s from our clock.")


def signed(body: bytes, secret: str, now: datetime, id_: str | None = None) -> dict[str, str]:
    """The headers that a tool would send. Without an id the body gives one: a tool repeats it when it tries again."""
    found = key(secret)
    if found is None:
        raise NotProven("This hook has no secret to sign with.")
    name = id_ or f"msg_{hashlib.sha256(body).hexdigest()[:27]}"
    stamp = str(int(now.timestamp()))
    mark = _mark(found, name, stamp, body).decode()
    return dict(zip((f"webhook-{part}" for part in _PARTS), (name, stamp, f"v1,{mark}"), strict=True))


def wire(value: str) -> bytes:
    """A header's bytes: WSGI hands them over as Latin-1 text, whatever their encoding."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def _shown(delivery: Delivery) -> tuple[str, str, str]:
    """Id, time and signatures of one family of headers, which is there as a whole; else three blanks."""
    for family in _FAMILIES:
        id_, stamp, signatures = (delivery.headers.get(f"{family}-{part}", "") for part in _PARTS)
        if id_ and stamp and signatures:
            return id_, stamp, signatures
    return "", "", ""


def _mark(secret: bytes, id_: str, stamp: str, body: bytes) -> bytes:
    message = b".".join((wire(id_), wire(stamp), body))
    return base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest())
