"""Netlify's signature: a JSON Web Token (HS256) that says the hash of the body (docs/tools.md 2)."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.proof import Proof, wire

HEADER = "X-Webhook-Signature"
_HEAD = {"typ": "JWT", "alg": "HS256"}


def check(call: Delivery, proof: Proof, _now: datetime) -> str:
    """The secret that explains the call. Raises NotProven. The token's own word for its algorithm must be HS256: no
    other is computed."""
    signed, _dot, mark = wire(call.headers.get(HEADER.lower(), "")).rpartition(b".")
    matches = [secret for secret in proof.usable if hmac.compare_digest(mark, _mark(signed, secret))]
    if not matches or not _says(signed, call.body):
        raise NotProven(_("Signature missing or not ours. Looked for the header %(header)s.", header=HEADER))
    return matches[0]


def sign(body: bytes, secret: str) -> dict[str, str]:
    claims = {"iss": "netlify", "sha256": hashlib.sha256(body).hexdigest()}
    signed = b".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (_HEAD, claims))
    return {HEADER: (signed + b"." + _mark(signed, secret)).decode()}


def _says(signed: bytes, body: bytes) -> bool:
    """Whether the token, which is ours, is about this body."""
    head, _, claims = signed.partition(b".")
    said, told = _decoded(head), _decoded(claims)
    return (
        said.get("alg") == "HS256"
        and told.get("iss") == "netlify"
        and told.get("sha256") == hashlib.sha256(body).hexdigest()
    )


def _mark(signed: bytes, secret: str) -> bytes:
    return _encoded(hmac.digest(secret.encode(), signed, "sha256"))


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _decoded(part: bytes) -> dict[str, Any]:
    try:
        said = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
