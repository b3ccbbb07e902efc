"""Who is calling: signatures over the raw body, and secrets in the path or in a header.

It decides yes or no and keeps nothing. A tool that signs the body alone is one line of _SCHEMES.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge import standard_webhooks
from bridge.errors import NotProven
from bridge.standard_webhooks import wire
from bridge.words import Delivery

TOLERANCE = timedelta(minutes=5)
_Expected = Callable[[bytes, str, "Proof"], bytes]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a hook asks of a caller. `header` names the caller's own header, `user` belongs to Basic, `tolerance` to
    signatures that carry a time: how far it may lie from ours."""

    scheme: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    header: str | None = None
    user: str | None = None
    tolerance: timedelta = TOLERANCE


@dataclass(frozen=True, slots=True)
class _Scheme:
    """`header` "" is the one that the hook names, None is the path. `noun` is what the message misses."""

    noun: str
    header: str | None
    expected: _Expected


def _base64(raw: bytes) -> bytes:
    return base64.b64encode(raw)


def _signature(prefix: bytes, encode: Callable[[bytes], bytes]) -> _Expected:
    """HMAC-SHA256 of the raw body, keyed with the secret's text (sources.md 2)."""

    def expected(body: bytes, secret: str, _proof: Proof) -> bytes:
        return prefix + encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())

    return expected


def _secret(_body: bytes, secret: str, _proof: Proof) -> bytes:
    return secret.encode()


def _bearer(_body: bytes, secret: str, _proof: Proof) -> bytes:
    return b"Bearer " + secret.encode()


def _basic(_body: bytes, secret: str, proof: Proof) -> bytes:
    return b"Basic " + _base64(f"{proof.user or ''}:{secret}".encode())


_SCHEMES: Mapping[str, _Scheme] = {
    "tally-v1": _Scheme("Signature", "Tally-Signature", _signature(b"", _base64)),
    "typeform-sha256-b64": _Scheme("Signature", "Typeform-Signature", _signature(b"sha256=", _base64)),
    "url": _Scheme("Secret", None, _secret),
    "header": _Scheme("Secret", "", _secret),
    "basic": _Scheme("User or password", "Authorization", _basic),
    "bearer": _Scheme("Token", "Authorization", _bearer),
}

TIMED: frozenset[str] = frozenset({"standard-webhooks-v1"})
"""The schemes whose signature covers a time."""

SCHEMES: frozenset[str] = frozenset(_SCHEMES) | TIMED | {"none"}


def verify(delivery: Delivery, proof: Proof, now: datetime) -> None:
    """Raises NotProven unless one of the secrets explains the call: without a secret nobody is proven."""
    if proof.scheme == "none":
        return
    if proof.scheme in TIMED:
        standard_webhooks.check(delivery, proof.secrets, now, proof.tolerance)
        return
    scheme = _scheme(proof)
    given = _given(delivery, scheme, proof)
    # Every secret is tried, so that the time taken does not tell which one is in use.
    matches = [hmac.compare_digest(given, scheme.expected(delivery.body, secret, proof)) for secret in _usable(proof)]
    if not any(matches):
        raise NotProven(f"{scheme.noun} missing or not ours. Looked for {_place(scheme, proof)}.")


def sign(body: bytes, proof: Proof, now: datetime, id_: str | None = None) -> dict[str, str]:
    """The headers that the tool would send, under the newest secret; {} where nothing goes into a header.

    `id_`: of the call, where the scheme signs one.
    """
    if proof.scheme in {"none", "url"}:
        return {}
    if proof.scheme in TIMED:
        return standard_webhooks.signed(body, next(iter(proof.secrets), ""), now, id_)
    scheme, secrets = _scheme(proof), _usable(proof)
    if not secrets:
        raise NotProven("This hook has no secret to sign with.")
    return {_header(scheme, proof): scheme.expected(body, secrets[0], proof).decode("latin-1")}


def _scheme(proof: Proof) -> _Scheme:
    scheme = _SCHEMES.get(proof.scheme)
    if scheme is None or (scheme.header == "" and not proof.header):
        raise NotProven("The proof of this hook is not complete: nobody can be recognised.")
    return scheme


def _usable(proof: Proof) -> list[str]:
    return [secret for secret in proof.secrets if secret.strip()]


def _header(scheme: _Scheme, proof: Proof) -> str:
    return scheme.header or proof.header or ""


def _place(scheme: _Scheme, proof: Proof) -> str:
    return "it at the end of the address" if scheme.header is None else f"the header {_header(scheme, proof)}"


def _given(delivery: Delivery, scheme: _Scheme, proof: Proof) -> bytes:
    """What the caller showed, as bytes; empty when it showed nothing, which no usable secret explains."""
    if scheme.header is None:
        return (delivery.path_secret or "").encode("utf-8", "surrogatepass")
    name = _header(scheme, proof)
    shown = wire(delivery.headers.get(name.lower(), ""))
    return _with_scheme_word(shown) if scheme.header == "Authorization" else shown


def _with_scheme_word(shown: bytes) -> bytes:
    """`basic` and `BEARER` are as good as ours (RFC 9110, 11.1); what follows is compared as it is."""
    word, _, rest = shown.partition(b" ")
    return word.capitalize() + b" " + rest.strip()
