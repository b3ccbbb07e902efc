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

_Expected = Callable[[str, Proof], bytes]


@dataclass(frozen=True, slots=True)
class Showing:
    """`header` "" is the one that the hook names, None is the path. `asks` is what a refusal asks for in
    WWW-Authenticate (RFC 9110, 11.6.1)."""

    header: str | None
    expected: _Expected
    asks: str | None = None


def _as_it_is(secret: str, _proof: Proof) -> bytes:
    return secret.encode()


def _bearer(secret: str, _proof: Proof) -> bytes:
    return b"Bearer " + secret.encode()


def _basic(secret: str, proof: Proof) -> bytes:
    return b"Basic " + base64.b64encode(f"{proof.user or ''}:{secret}".encode())


SHOWN: Mapping[str, Showing] = {
    "url": Showing(None, _as_it_is),
    "header": Showing("", _as_it_is),
    "basic": Showing("Authorization", _basic, 'Basic realm="webhook", charset="UTF-8"'),
    "bearer": Showing("Authorization", _bearer, 'Bearer realm="webhook"'),
}


def check(call: Delivery, proof: Proof, _now: datetime) -> None:
    """Raises NotProven."""
    way = SHOWN[proof.scheme]
    given = _given(call, way, proof)
    matches = [hmac.compare_digest(given, way.expected(secret, proof)) for secret in proof.usable]
    if not given or not any(matches):
        raise NotProven(_missing(proof.scheme, _header(way, proof)), way.asks)


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
    way = SHOWN[proof.scheme]
    name = _header(way, proof)
    return {name: way.expected(secret, proof).decode("latin-1")} if name else {}


def header(proof: Proof) -> str:
    """The header that shows the secret; "" where none does."""
    return _header(SHOWN[proof.scheme], proof) if proof.scheme in SHOWN else ""


def _header(way: Showing, proof: Proof) -> str:
    return way.header or proof.header or ""


def _given(call: Delivery, way: Showing, proof: Proof) -> bytes:
    """What the caller showed; empty when it showed nothing."""
    if way.header is None:
        return (call.path_secret or "").encode("utf-8", "surrogatepass")
    shown = wire(call.headers.get(_header(way, proof).lower(), ""))
    return _with_scheme_word(shown) if way.header == "Authorization" else shown


def _with_scheme_word(shown: bytes) -> bytes:
    """`basic` and `BEARER` are as good as ours (RFC 9110, 11.1); what follows is compared as it is."""
    word, _, rest = shown.partition(b" ")
    return word.capitalize() + b" " + rest.strip()
