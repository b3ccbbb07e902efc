"""Who is calling: signatures, and secrets in the path, in a header or in the body. It decides yes or no, keeps nothing.

The ways to prove a call are in `proofs`; this is the door to them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from flask_babel import lazy_gettext as _

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs import body_secret, jwt, shared_secret, signatures
from bridge.proofs.proof import Proof, Signature, Stored, stored_name
from bridge.proofs.vendors import NAMED

__all__ = ["Proof", "Signature", "Stored", "stored_name"]  # handed on, beside what stands here

HELD_BY_VISITORS = ("none", "url", "body")
"""Proofs that whoever holds the address, or is passed a body, has; nothing of them goes into a header."""
HMAC = ("signed", "prefix", "hash", "encoding", "key", "timestamp", "id", "tolerance")
"""What a hook may say of its own signature."""


@dataclass(frozen=True, slots=True)
class Asks:
    """What a hook must and may say beside its scheme."""

    needs: tuple[str, ...] = ("secret",)
    takes: tuple[str, ...] = ()


_ASKS: Mapping[str, Asks] = {
    "none": Asks(()),
    "url": Asks(),
    "bearer": Asks(),
    "header": Asks(("secret", "header")),
    "basic": Asks(("secret", "user")),
    "body": Asks(("secret", "field")),
    "netlify-jws": Asks(),
    "hmac": Asks(("secret", "header"), HMAC),
    **{name: Asks(takes=("tolerance",) if "{ts}" in found[0].signed else ()) for name, found in NAMED.items()},
}
_CHECKS: Mapping[str, Callable[[Delivery, Proof, datetime], str]] = {
    "body": body_secret.check,
    "netlify-jws": jwt.check,
    **dict.fromkeys(shared_secret.SHOWN, shared_secret.check),
}

SCHEMES: frozenset[str] = frozenset(_ASKS)


def asks(scheme: str) -> Asks:
    return _ASKS[scheme]


def ways(proof: Proof) -> Sequence[Signature]:
    """How calls are signed, the usual way first; empty where nothing is signed as `Signature` says it."""
    return (proof.signature,) if proof.scheme == "hmac" and proof.signature else NAMED.get(proof.scheme, ())


def signs(proof: Proof) -> bool:
    """Whether calls are signed, and not proven by a secret that they show."""
    return bool(ways(proof)) or proof.scheme == "netlify-jws"


def brings(call: Delivery, proof: Proof) -> bool:
    """Whether what the proof looks for is there at all, right or wrong; the body is looked into for `body` only."""
    if proof.scheme == "url":
        return bool(call.path_secret)
    if proof.scheme == "body":
        return body_secret.there(call, proof)
    marks = [way.header for way in ways(proof)] or looked_for(proof)
    return not marks or any(call.headers.get(name.lower()) for name in marks)


def looked_for(proof: Proof) -> list[str]:
    """The headers that decide whether a call is proven, in small letters; none where no header does."""
    if proof.scheme == "netlify-jws":
        return [jwt.HEADER.lower()]
    names = [name for way in ways(proof) for name in (way.header, way.timestamp, way.id)]
    return [name.lower() for name in (names or [shared_secret.header(proof)]) if name]


def verify(call: Delivery, proof: Proof, now: datetime) -> str:
    """How the call is proven, as its delivery says it: the scheme, and the variable of the secret that explains it.

    Raises NotProven unless one of the secrets does: without a secret nobody is proven.
    """
    if proof.scheme == "none":
        return proof.scheme
    lasting = proof.at(now)
    try:
        secret = _explains(call, lasting, now)
    except NotProven as refusal:
        if lasting is not proof and _would(call, proof, now):
            told = _("Proven by a secret whose time is over: give the tool the new one.")
            raise NotProven(told, refusal.asks) from None
        raise
    return f"{proof.scheme} ${proof.variables[secret]}" if secret in proof.variables else proof.scheme


def variable_of(proven: str) -> str:
    """The variable that `verify` named; "" where it named none, as in deliveries of earlier versions."""
    return proven.partition(" $")[2]


def _would(call: Delivery, proof: Proof, now: datetime) -> bool:
    """Whether any secret explains the call, be its time over."""
    try:
        _explains(call, proof, now)
    except NotProven:
        return False
    return True


def _explains(call: Delivery, proof: Proof, now: datetime) -> str:
    """The secret. Raises NotProven."""
    if found := ways(proof):
        # A GET brings its answers in the address: who saw one signature of an empty body could send any.
        covering = [way for way in found if call.method == "POST" or "url}" in way.signed]
        return signatures.check(call, covering or _no_get(), proof, now)
    if proof.scheme == "netlify-jws" and call.method != "POST":
        _no_get()
    check = _CHECKS.get(proof.scheme)
    if check is None or (proof.scheme == "header" and not proof.header) or (proof.scheme == "body" and not proof.path):
        raise NotProven(_("The proof of this hook is not complete: nobody can be recognised."))
    return check(call, proof, now)


def _no_get() -> NoReturn:
    raise NotProven(
        _("This webhook's signature covers the body, and a GET has its answers in the address: nothing is proven.")
    )


def stripped(call: Delivery, proof: Proof) -> Delivery:
    """A proven call as everybody else may see it: without the secret in its body, if that is where it was, and named by
    no header that a signature leaves open: who saw one call could send it under ever new names."""
    if found := ways(proof):
        return replace(call, vouched=signatures.covered(call, found))
    if proof.scheme == "netlify-jws":
        return replace(call, vouched=frozenset())
    return body_secret.without(call, proof) if proof.scheme == "body" else call


def sign(
    body: bytes, proof: Proof, now: datetime, headers: Mapping[str, str] | None = None, url: str = ""
) -> dict[str, str]:
    """The headers that the tool would send, under the newest secret; {} where nothing goes into a header.

    `headers`, by lower-case name, may say the call's id; `url` is what HubSpot signs. Raises NotProven.
    """
    proof, found = proof.at(now), ways(proof)
    if proof.scheme in HELD_BY_VISITORS:
        return {}
    if found:
        return signatures.sign(Delivery("POST", headers or {}, body, url=url), found[0], proof, now)
    if proof.scheme not in _CHECKS or not proof.usable:
        raise NotProven(_("This hook has no secret to sign with."))
    secret = proof.usable[0]
    return jwt.sign(body, secret) if proof.scheme == "netlify-jws" else shared_secret.headers(secret, proof)


def as_sent(call: Delivery, proof: Proof, now: datetime) -> Delivery:
    """The call as the tool would send it: signed, or with its secret in the body or in the path. Raises NotProven."""
    proof = proof.at(now)
    if proof.scheme in {"url", "body"} and not proof.usable:
        raise NotProven(_("This hook has no secret to sign with."))
    if proof.scheme == "body":
        return body_secret.within(call, proof.usable[0], proof)
    signed = {name.lower(): value for name, value in sign(call.body, proof, now, call.headers, call.url).items()}
    secret = proof.usable[0] if proof.scheme == "url" else None
    return replace(call, headers={**call.headers, **signed}, path_secret=secret)
