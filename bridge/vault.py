"""Sealing what is stored about people, and fingerprints that find it again without telling what it is.

No SQL here: the rows of the table `vault` come in and go out as a mapping.
Losing the key loses what was sealed.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import BridgeError
from bridge.words import Json

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

CANARY = "canary"
FINGERPRINT = "fingerprint"


class BrokenSeal(BridgeError):
    """None of the keys opens this: it was sealed under another one, or its bytes were changed."""


class WrongKey(BridgeError):
    """The store was sealed under another BRIDGE_KEY: the bridge must not start, it could read nothing."""


class Vault:
    """Seals under the first key, opens with any. `fingerprint_key` never changes in the life of a store."""

    def __init__(self, keys: Sequence[str], fingerprint_key: bytes) -> None:
        self._fernet = MultiFernet([_fernet(key) for key in keys])
        self._fingerprint_key = fingerprint_key

    def seal(self, value: Json) -> bytes:
        """Compact JSON under an authenticated cipher. Not compressed: that costs more than sealing."""
        return self._fernet.encrypt(_compact(value).encode("utf-8", "surrogatepass"))

    def unseal(self, sealed: bytes) -> Json:
        """What was sealed. Raises BrokenSeal."""
        value: Json = json.loads(_opened(self._fernet, sealed).decode("utf-8", "surrogatepass"))
        return value

    def fingerprint(self, *parts: str) -> str:
        """32 hexadecimal digits, keyed, no way back. Parts keep apart: ("ab", "c") is not ("a", "bc")."""
        digest = hashlib.blake2b(key=self._fingerprint_key, digest_size=16)
        for part in parts:
            text = part.encode("utf-8", "surrogatepass")
            digest.update(len(text).to_bytes(8, "big") + text)
        return digest.hexdigest()


def open_vault(keys: Sequence[str], rows: Mapping[str, bytes]) -> tuple[Vault, Mapping[str, bytes]]:
    """The vault of a store, and the rows to write back: all at the first start, those still sealed under a
    later key when the first is new, else none. Raises WrongKey when the canary does not open.
    """
    if not rows:
        fingerprint_key = secrets.token_bytes(32)
        return Vault(keys, fingerprint_key), {
            CANARY: _fernet(keys[0]).encrypt(CANARY.encode()),
            FINGERPRINT: _fernet(keys[0]).encrypt(fingerprint_key),
        }
    fernet = MultiFernet([_fernet(key) for key in keys])
    try:
        opened = {name: _opened(fernet, rows[name]) for name in (CANARY, FINGERPRINT)}
    except (BrokenSeal, KeyError):
        raise WrongKey(
            "BRIDGE_KEY does not open this store. Set the key that it was made with; after a change of key, "
            "put the old one behind the new one, separated by a comma. Without BRIDGE_KEY it is the file "
            "bridge.key beside the database."
        ) from None
    stale = [name for name in opened if not _opens(keys[0], rows[name])]
    return Vault(keys, opened[FINGERPRINT]), {name: _fernet(keys[0]).encrypt(opened[name]) for name in stale}


def kept_key(path: Path) -> str:
    """The key in this file, made at the first call (mode 0600). Two processes that race read the same one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        mine.touch(mode=0o600)
        mine.write_text(secrets.token_urlsafe(32), encoding="ascii")
        _place(mine, path)
    return path.read_text(encoding="ascii").strip()


def _place(mine: Path, path: Path) -> None:
    """Whole or not at all, and never over a key that is there: a link fails where a rename would replace."""
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        mine.unlink()


def _fernet(key: str) -> Fernet:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"qomon-bridge seal").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _opened(fernet: Fernet | MultiFernet, sealed: bytes) -> bytes:
    try:
        return fernet.decrypt(sealed)
    except InvalidToken:
        raise BrokenSeal("sealed under another key, or damaged") from None


def _opens(key: str, sealed: bytes) -> bool:
    try:
        _opened(_fernet(key), sealed)
    except BrokenSeal:
        return False
    return True
