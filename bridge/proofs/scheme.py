"""The `proof` of a hook file: the scheme, what it needs, and the secrets from the environment. What is `stored` of
them the registry adds.

Whether a call holds is `verify`'s business.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from bridge.errors import Fault
from bridge.proofs.signatures import PARTS, key
from bridge.proofs.verify import HMAC, SCHEMES, Proof, Signature, asks, ways
from schemas.lines import near

Secret = Callable[[str], str | None]
"""The value of an environment variable."""
STORED = "stored"
"""In the place of a `$NAME`: the secrets that the store keeps for this hook."""

_KEYLESS: Mapping[str, Any] = {
    "text": _("holds no key: it is text in UTF-8."),
    "whsec": _("holds no key: it is `whsec_` and base64. `whpk_` (v1a, asymmetric) is not supported."),
    "base64": _("holds no key: it is base64."),
    "hex": _("holds no key: it is hexadecimal."),
}


def read_proof(said: Mapping[str, Any], secret: Secret, zone: tzinfo) -> tuple[Proof, list[Fault]]:
    """`zone`: in which a secret's last day ends."""
    scheme, written, days = str(said.get("scheme", "")), said.get("secret", ()), said.get("until", {})
    pairs, told = _secrets(written, secret)
    told += _endless(written, days)
    proof = Proof(
        scheme,
        tuple(value for value, _name in pairs),
        said.get("header"),
        said.get("user"),
        said.get("tolerance"),
        said.get("field"),
        _own(said),
        dict(reversed(pairs)),  # of two variables with one secret the first
        _ends(pairs, days, zone),
        _place_of_stored(written),
    )
    if scheme in SCHEMES:
        told += [*_fitting(scheme, said), *_keyless(proof), *_own_faults(proof), *_addressless(proof, secret)]
    elif scheme:
        parts = {"scheme": scheme, "near": near(scheme, SCHEMES), "known": ", ".join(sorted(SCHEMES))}
        told.append(
            ("proof.scheme", gettext("`%(scheme)s` is not available yet.%(near)s There are %(known)s.", **parts))
        )
    return proof, told


def _own(said: Mapping[str, Any]) -> Signature | None:
    """The signature that the hook describes itself (docs/tools.md 6 e)."""
    if said.get("scheme") != "hmac" or "header" not in said:
        return None
    return Signature(said["header"], **{name: said[name] for name in HMAC if name in said})


def _fitting(scheme: str, said: Mapping[str, Any]) -> Iterator[Fault]:
    asked = asks(scheme)
    for name in asked.needs:
        if name not in said:
            yield f"proof.{name}", gettext("is missing: the scheme `%(scheme)s` needs it.", scheme=scheme)
    goes_on = ["until"] if "secret" in asked.needs else []
    for name in said:
        if name not in (*asked.needs, *asked.takes, *goes_on, "scheme"):
            yield f"proof.{name}", gettext("has no effect with the scheme `%(scheme)s`. Remove it.", scheme=scheme)


def _keyless(proof: Proof) -> Iterator[Fault]:
    for way in ways(proof)[:1]:
        if any(key(way, secret) is None for secret in proof.secrets):
            yield "proof.secret", str(_KEYLESS[way.key])


def _own_faults(proof: Proof) -> Iterator[Fault]:
    """A signature must cover the body; what it covers beside must be found, and what is named must be covered."""
    if proof.signature is None:
        return
    said = proof.signature
    covered = re.findall(r"\{(\w*)\}", said.signed)
    if "body" not in covered or not set(covered) <= set(PARTS):
        parts = ", ".join(map("{{{}}}".format, PARTS[1:]))
        yield "proof.signed", gettext("must hold {body}, and of other parts only %(parts)s.", parts=parts)
    for part, name, header in (("ts", "timestamp", said.timestamp), ("id", "id", said.id)):
        if part in covered and not header:
            yield (
                f"proof.{name}",
                gettext("is missing: `signed` covers {%(part)s}. Write the name of its header.", part=part),
            )
        elif header and part not in covered:
            yield f"proof.{name}", _uncovered(part)
    if proof.tolerance is not None and "ts" not in covered:
        yield "proof.tolerance", _uncovered("ts")


def _uncovered(part: str) -> str:
    return gettext("has no effect: `signed` does not cover {%(part)s}.", part=part)


def _addressless(proof: Proof, variable: Secret) -> Iterator[Fault]:
    signs_url = any("url}" in way.signed for way in ways(proof))
    if signs_url and not (variable("PUBLIC_URL") or "").strip():
        yield (
            "proof.scheme",
            gettext(
                "`%(scheme)s` signs the address that the tool calls: set PUBLIC_URL to the address of this bridge as "
                "the tool sees it, such as https://bridge.example.org.",
                scheme=proof.scheme,
            ),
        )


def _ends(pairs: Sequence[tuple[str, str]], days: Mapping[str, date], zone: tzinfo) -> dict[str, datetime]:
    """When a secret's last day is over. One that two variables hold goes on as long as either."""
    held = [(value, days.get(f"${name}")) for value, name in pairs]
    lasting = {value for value, day in held if day is None}
    ordered = sorted((day, value) for value, day in held if day is not None and value not in lasting)
    return {value: datetime.combine(day + timedelta(days=1), time(), zone) for day, value in ordered}


def _place_of_stored(written: Sequence[str]) -> int | None:
    return written.index(STORED) if STORED in written else None


def _endless(written: Sequence[str], days: Mapping[str, date]) -> Iterator[Fault]:
    if not written:
        return
    if STORED in days:
        yield "proof.until", gettext("names `stored`, whose secrets end by themselves: flask hooks secret HOOK --new")
    elif not set(days) <= set(written):
        yield "proof.until", gettext("names what is none of its secrets. Remove it there, or add it to `secret`.")
    elif days and set(written) <= set(days):
        yield "proof.until", gettext("ends every secret: one must go on, else no call would be proven any more.")


def _secrets(written: tuple[str, ...], secret: Secret) -> tuple[list[tuple[str, str]], list[Fault]]:
    """The values of the `$NAME`s, each with its NAME. What was written is not repeated: it may be the secret itself."""
    found, told = [], []
    for text in written:
        name = re.fullmatch(r"\$([A-Za-z_][A-Za-z0-9_]*)", text)
        value = (secret(name[1]) or "").strip() if name else ""
        if name and value:
            found.append((value, name[1]))
        elif name:
            told.append(
                gettext("%(name)s is not set. Set this variable in the environment and start again.", name=text)
            )
        elif text != STORED:
            told.append(
                gettext(
                    "must not stand in the file. Write $NAME and set that variable in the environment, or write stored "
                    "for a secret that is made here."
                )
            )
    return found, [("proof.secret", sentence) for sentence in told]
