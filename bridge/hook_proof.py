"""The `proof` of a hook file: the scheme, what it needs, and the secrets from the environment.

Whether a call holds is `verify`'s business.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bridge import standard_webhooks
from bridge.hook_rules import Told
from bridge.verify import SCHEMES, TIMED, TOLERANCE, Proof
from schemas.hook import LATER
from schemas.lines import near

Secret = Callable[[str], str | None]
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "header": ("secret", "header"),
    "basic": ("secret", "user"),
}
_SECRET = ("secret",)


def read_proof(said: Mapping[str, Any], secret: Secret) -> tuple[Proof, list[Told]]:
    scheme = str(said.get("scheme", ""))
    needed = _NEEDS.get(scheme, _SECRET)
    secrets, told = _secrets(said.get("secret", ()), secret)
    if scheme in SCHEMES:
        missing = (key for key in needed if key not in said)
        timed = ("tolerance",) if scheme in TIMED else ()
        extra = (key for key in said if key not in (*needed, *timed, "scheme"))
        told += [(f"proof.{key}", f"is missing: the scheme `{scheme}` needs it.") for key in missing]
        told += [(f"proof.{key}", f"has no effect with the scheme `{scheme}`. Remove it.") for key in extra]
        told += _keyless(scheme, secrets)
    elif scheme:
        known = ", ".join(sorted(SCHEMES))
        told.append(("proof.scheme", f"`{scheme}` {LATER}.{near(scheme, SCHEMES)} There are {known}."))
    return Proof(scheme, secrets, said.get("header"), said.get("user"), said.get("tolerance", TOLERANCE)), told


def _keyless(scheme: str, secrets: tuple[str, ...]) -> list[Told]:
    if scheme != "standard-webhooks-v1" or all(standard_webhooks.key(secret) for secret in secrets):
        return []
    return [("proof.secret", "holds no key: it is `whsec_` and base64. `whpk_` (v1a, asymmetric) is not supported.")]


def _secrets(written: tuple[str, ...], secret: Secret) -> tuple[tuple[str, ...], list[Told]]:
    """The values of the `$NAME`s. What was written is not repeated: it may be the secret itself."""
    found, told = [], []
    for text in written:
        name = re.fullmatch(r"\$([A-Za-z_][A-Za-z0-9_]*)", text)
        value = (secret(name[1]) or "").strip() if name else ""
        if value:
            found.append(value)
        elif name:
            told.append(f"{text} is not set. Set this variable in the environment and start again.")
        elif text == "stored":
            told.append(f"`stored` {LATER}: write $NAME and set that variable in the environment.")
        else:
            told.append("must not stand in the file. Write $NAME and set that variable in the environment.")
    return tuple(found), [("proof.secret", sentence) for sentence in told]
