"""Secrets that a caller shows as they are: at the end of the address, in a header, as Basic or Bearer credentials.

Every secret is compared, in constant time, so that the time taken does not tell which one is in use.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.proof import Proof, wire


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """`header` "" is the one that the hook names, None is the path. `asks` is what a refusal asks for in
    WWW-Authenticate (RFC 9110, 11.6.1)."""

    header: str | None
    expected: Callable[[str, Proof], bytes]
    asks: str | None = None


SHOWN: Mapping[str, SharedSecret] = {
    "url": SharedSecret(None, lambda secret, _proof: secret.encode()),
    "header": SharedSecret("", lambda secret, _proof: secret.encode()),
    "basic": SharedSecret(
        "Authorization",
        lambda secret, proof: b"Basic " + base64.b64encode(f"{proof.user or ''}:{secret}".encode()),
        'Basic realm="webhook", charset="UTF-8"',
    ),
    "bearer": SharedSecret(
        "Authorization", lambda secret, _proof: f"Bearer {secret}".encode(), 'Bearer realm="webhook"'
    ),
}


def check(call: Delivery, proof: Proof, _now: datetime) -> str:
    """The secret that explains the call. Raises NotProven."""
    way = SHOWN[proof.scheme]
    given = _given(call, way, proof)
    matches = [secret for secret in proof.usable if hmac.compare_digest(given, way.expected(secret, proof))]
    if not given or not matches:
        raise NotProven(_missing(proof.scheme, header(proof)), way.asks)
    return matches[0]


def _missing(scheme: str, header: str) -> LazyString:
    if scheme == "url":
        return _("Secret missing or not ours. Looked for it at the end of the address.")
    if scheme == "basic":
        return _("User or password missing or not ours. Looked for the header %(header)s.", header=header)
    if scheme == "bearer":
        return _("Token missing or not ours. Looked for the header %(header)s.", header=header)
    return _("Secret missing or not ours. Looked for the header %(header)s.", header=header)


def headers(secret: str, proof: Proof) -> dict[str, str]:
    """What a caller with this secret sends; {} where it stands in the address."""
    name = header(proof)
    return {name: SHOWN[proof.scheme].expected(secret, proof).decode("latin-1")} if name else {}


def header(proof: Proof) -> str:
    """The header that shows the secret; "" where none does."""
    way = SHOWN.get(proof.scheme)
    return (way.header or proof.header or "") if way else ""


def _given(call: Delivery, way: SharedSecret, proof: Proof) -> bytes:
    """What the caller showed; empty when it showed nothing."""
    if way.header is None:
        return (call.path_secret or "").encode("utf-8", "surrogatepass")
    shown = wire(call.headers.get(header(proof).lower(), ""))
    if way.header != "Authorization":
        return shown
    word, _blank, rest = shown.partition(b" ")  # `basic` and `BEARER` are as good as ours (RFC 9110, 11.1)
    return word.capitalize() + b" " + rest.strip()
