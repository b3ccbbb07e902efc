"""Personal links: a contact's number that nobody can change for another one, because a MAC goes with it. Pure.

The key is the hook's own (`Hooks`): it outlives revisions, and opens no link of another hook.
"""

import hashlib
import hmac
import re

from schemas.normal import bare

SIGNED_ID = "signed_id"
"""The `as` of such an answer."""
_TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{32})")


def token(key: bytes, contact: int) -> str:
    """`9000017.4f1c...`, for the end of a link to the form."""
    return f"{contact}.{_mac(key, str(contact))}"


def opened(key: bytes, token: str) -> str | None:
    """The contact's number, None where the MAC is not of this number and key; without a key, always."""
    found = _TOKEN.fullmatch(bare(token).lower())
    if not key or found is None:
        return None
    return found[1] if hmac.compare_digest(_mac(key, found[1]), found[2]) else None


def _mac(key: bytes, number: str) -> str:
    return hashlib.blake2b(number.encode(), key=key, digest_size=16, person=b"qomon link").hexdigest()
