"""Sealing what is stored about people, and fingerprints that find it again without telling what it is.

No SQL here: the rows of the table `vault` come in and go out as a mapping.
Losing the key loses what was sealed.
"""

import base64
import binascii
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import BridgeError
from bridge.model import Json

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

CANARY = "canary"
FINGERPRINT = "fingerprint"

_FORMAT = b"\x01"
"""How it was sealed: AES-256-GCM, nonce first."""
_NONCE = 12
_BROKEN = "sealed under another key, or damaged"
SHORTEST = 32
"""Characters of a key that could be one."""


class BrokenSeal(BridgeError):
    """None of the keys opens this: it was sealed under another one, or its bytes were changed."""


class WrongKey(BridgeError):
    """The store was sealed under another BRIDGE_KEY: the bridge must not start, it could read nothing."""


class Vault:
    """Seals under the first key, opens with any. `fingerprint_key` never changes in the life of a store."""

    def __init__(self, keys: Sequence[str], fingerprint_key: bytes) -> None:
        self._seals = _Seals(keys)
        self._fingerprint_key = fingerprint_key
        self._keyed = hashlib.blake2b(key=fingerprint_key, digest_size=16)

    def seal(self, value: Json) -> bytes:
        """Compact JSON under an authenticated cipher. Not compressed: that costs more than sealing."""
        return self._seals.put(_compact(value).encode("utf-8", "surrogatepass"))

    def unseal(self, sealed: bytes) -> Json:
        """What was sealed. Raises BrokenSeal."""
        opened = self._seals.opened(sealed)
        if opened is None:
            raise BrokenSeal(_BROKEN)
        value: Json = json.loads(opened.decode("utf-8", "surrogatepass"))
        return value

    def seal_text(self, value: Json) -> str:
        """The same for a column of text."""
        return base64.urlsafe_b64encode(self.seal(value)).decode("ascii")

    def unseal_text(self, sealed: str) -> Json:
        """What was sealed so. Raises BrokenSeal."""
        try:
            return self.unseal(base64.b64decode(sealed.encode("ascii", "replace"), b"-_", validate=True))
        except binascii.Error:
            raise BrokenSeal(_BROKEN) from None

    def fingerprint(self, *parts: str) -> str:
        """32 hexadecimal digits, keyed, no way back. Parts keep apart: ("ab", "c") is not ("a", "bc")."""
        digest = self._keyed.copy()
        digest.update(b"".join(map(_measured, parts)))
        return digest.hexdigest()

    def fingers(self, *parts: str) -> Callable[[str], str]:
        """The same for many last parts."""
        begun = self._keyed.copy()
        begun.update(b"".join(map(_measured, parts)))

        def fingerprint(last: str) -> str:
            digest = begun.copy()
            digest.update(_measured(last))
            return digest.hexdigest()

        return fingerprint

    def link_key(self, hook: str) -> bytes:
        """The key of a hook's personal links."""
        return hashlib.blake2b(
            hook.encode(), key=self._fingerprint_key, digest_size=32, person=b"qomon link key"
        ).digest()


class _Seals:
    """One authenticated cipher for each key; the first one seals."""

    def __init__(self, keys: Sequence[str]) -> None:
        derived = (
            HKDF(hashes.SHA256(), 32, salt=None, info=b"qomon-bridge aes-gcm").derive(key.encode()) for key in keys
        )
        self._ciphers = [AESGCM(key) for key in derived]

    def put(self, opened: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return _FORMAT + nonce + self._ciphers[0].encrypt(nonce, opened, _FORMAT)

    def opened(self, sealed: bytes) -> bytes | None:
        begin = len(_FORMAT) + _NONCE
        for cipher in self._ciphers if sealed.startswith(_FORMAT) else ():
            with suppress(InvalidTag, ValueError):  # ValueError: shorter than a nonce
                return cipher.decrypt(sealed[len(_FORMAT) : begin], sealed[begin:], _FORMAT)
        return None


def open_vault(keys: Sequence[str], rows: Mapping[str, bytes]) -> tuple[Vault, Mapping[str, bytes]]:
    """The vault of a store, and the rows to write back: all at the first start, those that the first key does not
    open, else none. Raises WrongKey when the canary does not open.
    """
    first = _Seals(keys[:1])
    if not rows:
        fingerprint_key = secrets.token_bytes(32)
        made = {CANARY: CANARY.encode(), FINGERPRINT: fingerprint_key}
        return Vault(keys, fingerprint_key), {name: first.put(row) for name, row in made.items()}
    seals = _Seals(keys)
    opened = {name: seals.opened(rows.get(name, b"")) for name in (CANARY, FINGERPRINT)}
    known = {name: row for name, row in opened.items() if row is not None}
    if len(known) < len(opened):
        raise WrongKey(
            "BRIDGE_KEY does not open this store. Set the key that it was made with; after a change of key, "
            "put the old one behind the new one, separated by a comma. Without BRIDGE_KEY it is the file "
            "bridge.key beside the database."
        )
    stale = [name for name in known if first.opened(rows[name]) is None]
    return Vault(keys, known[FINGERPRINT]), {name: first.put(known[name]) for name in stale}


def kept_key(path: Path, *, new: bool) -> str:
    """The key in this file (mode 0600). It is made only for a `new` store; two processes that race read the same one.

    Raises WrongKey where it is lost or holds no key: another one would never open what the store holds.
    """
    if new and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32), encoding="ascii")
        try:  # whole or not at all, and never over a key that is there: a link fails where a rename would replace
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        key = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        key = ""
    if len(key) < SHORTEST:
        raise WrongKey(
            "The file bridge.key beside the database is missing, empty or damaged. Put it back from your backup, or "
            "set BRIDGE_KEY to what it held. No new key is made: it would not open what the store holds."
        )
    return key


def _measured(part: str) -> bytes:
    text = part.encode("utf-8", "surrogatepass")
    return len(text).to_bytes(8, "big") + text
