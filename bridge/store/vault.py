"""Sealing what is stored about people, and fingerprints that find it again without telling what it is.

No SQL here: the rows of the table `vault` come in and go out as a mapping; where seals lie is `sealed_columns`.
Losing the key loses what was sealed.
"""

import base64
import binascii
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask_babel import gettext as _

from bridge.errors import BridgeError
from bridge.model import Json

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PLAIN = b" "
"""What orjson wrote begins so, which every reader of JSON passes over. It reads whole numbers of more than 64 bits as
others than they are: only what it wrote itself holds none for certain."""

CANARY = "canary"
FINGERPRINT = "fingerprint"
FORMAT = "format"
"""The row that is there once seals name their key. A store without it is written for the version before, which reads no
others and may run beside this one, until `flask keys rotate` is asked for (docs/ledger.md 33)."""
IN_USE, RETIRED = "key:", "retired:"
"""What the row of a key is called: before the first seal under it, and when `flask keys rotate` left none."""

_UNNAMED = b"\x01"
"""How it was sealed: AES-256-GCM, then the nonce and what was encrypted."""
NAMED = b"\x02"
"""The same with the id of the key before the nonce."""
_NEWER = range(NAMED[0] + 1, 32)
"""What the next versions may begin a seal with; anything else was never one."""
_ID = 4
HEAD = len(NAMED) + _ID
"""Bytes of a seal that say its key."""
_NONCE = 12
SHORTEST = 32
"""Characters of a key that could be one."""


class BrokenSeal(BridgeError):
    """None of the keys opens this: it was sealed under another one, or its bytes were changed."""


class NewerSeal(BrokenSeal):
    """A newer version of the bridge sealed this in a way that we do not know."""


class WrongKey(BridgeError):
    """Records are sealed under a key that BRIDGE_KEY lacks: the bridge must not start, it could not read them."""


class Vault:
    """Seals under the first key, opens with any. `fingerprint_key` never changes in the life of a store.

    `named`: seals say the id of their key.
    """

    def __init__(self, keys: Sequence[str], fingerprint_key: bytes, *, named: bool = True) -> None:
        self._seals = _Seals(keys, named=named)
        self._fingerprint_key = fingerprint_key
        self._keyed = hashlib.blake2b(key=fingerprint_key, digest_size=16)

    @property
    def keys(self) -> Sequence[str]:
        """Ids of the keys, the one that seals first."""
        return [id_.hex() for id_ in self._seals.ids]

    def name_keys(self) -> None:
        """Seals say the id of their key from now on."""
        self._seals.named = True

    def seal(self, value: Json) -> bytes:
        """Compact JSON under an authenticated cipher. Not compressed: that costs more than sealing."""
        return self._seals.put(_written(value))

    def unseal(self, sealed: bytes) -> Json:
        """What was sealed. Raises BrokenSeal."""
        _id, opened = self._seals.opened(sealed)
        try:
            value: Json = _read(opened)
        except ValueError:  # it is authentic, so somebody who has the key wrote it so
            raise NewerSeal(_newer()) from None
        return value

    def seal_text(self, value: Json) -> str:
        """The same for a column of text."""
        return as_text(self.seal(value))

    def lacks(self, sealed: bytes) -> str | None:
        """The id of the key that this says it is under, if that is none of ours."""
        id_ = sealed[len(NAMED) : HEAD]
        return id_.hex() if sealed.startswith(NAMED) and id_ not in self._seals.ids else None

    def unseal_text(self, sealed: str) -> Json:
        """What was sealed so. Raises BrokenSeal."""
        return self.unseal(from_text(sealed))

    def resealed(self, sealed: bytes) -> tuple[bytes, str]:
        """The same under the first key, unread, and the id of the key that it was under. Raises BrokenSeal."""
        id_, opened = self._seals.opened(sealed)
        return self._seals.put(opened), id_.hex()

    def key_of(self, sealed: bytes) -> str:
        """The id of the key that it is under, ours or not. Raises BrokenSeal where that cannot be told."""
        return key_named(sealed) or self._seals.opened(sealed)[0].hex()

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

    def is_of(self, rows: Mapping[str, bytes]) -> bool:
        """Whether it opens the store that holds these rows, and knows its people by the same fingerprints."""
        with suppress(BrokenSeal):
            return self._seals.opened(rows.get(FINGERPRINT, b""))[1] == self._fingerprint_key
        return False

    def link_key(self, hook: str) -> bytes:
        """The key of a hook's personal links."""
        return hashlib.blake2b(
            hook.encode(), key=self._fingerprint_key, digest_size=32, person=b"qomon link key"
        ).digest()

    def session_key(self) -> bytes:
        """What the sessions of the pages are signed with: the same in all processes, and after a rotation."""
        return hashlib.blake2b(key=self._fingerprint_key, digest_size=32, person=b"qomon sessions").digest()


def _written(value: Json) -> bytes:
    """Half characters and numbers of any length too, which orjson does not take."""
    try:
        return _PLAIN + orjson.dumps(value)
    except TypeError:
        return _compact(value).encode("utf-8", "surrogatepass")


def _read(text: bytes) -> Json:
    """Raises ValueError."""
    value: Json = orjson.loads(text) if text.startswith(_PLAIN) else json.loads(text.decode("utf-8", "surrogatepass"))
    return value


class _Seals:
    """One authenticated cipher for each key, by the key's id; the first one seals."""

    def __init__(self, keys: Sequence[str], *, named: bool) -> None:
        self._ciphers = {_derived(key, b"qomon-bridge key id", _ID): AESGCM(_derived(key, _CIPHER, 32)) for key in keys}
        self.ids = tuple(self._ciphers)
        self.named = named
        self._first = self._ciphers[self.ids[0]]

    def put(self, opened: bytes) -> bytes:
        head = NAMED + self.ids[0] if self.named else _UNNAMED
        nonce = os.urandom(_NONCE)
        return head + nonce + self._first.encrypt(nonce, opened, head)

    def opened(self, sealed: bytes) -> tuple[bytes, bytes]:
        """The id of its key, and what was sealed. Raises BrokenSeal."""
        if sealed.startswith(NAMED):
            id_ = sealed[len(NAMED) : HEAD]
            if id_ not in self._ciphers:
                raise BrokenSeal(_("Sealed under the key %(key)s, which BRIDGE_KEY lacks, or damaged.", key=id_.hex()))
            opened = self._try([id_], sealed, HEAD)
            self.named = True  # somebody was asked for it: no process of the version before runs any more
            return opened
        if sealed.startswith(_UNNAMED):
            return self._try(self.ids, sealed, len(_UNNAMED))
        raise NewerSeal(_newer()) if is_newer(sealed) else BrokenSeal(_broken())

    def _try(self, ids: Iterable[bytes], sealed: bytes, begin: int) -> tuple[bytes, bytes]:
        head, nonce, body = sealed[:begin], sealed[begin : begin + _NONCE], sealed[begin + _NONCE :]
        for id_ in ids:
            with suppress(InvalidTag, ValueError):  # ValueError: shorter than a nonce
                return id_, self._ciphers[id_].decrypt(nonce, body, head)
        raise BrokenSeal(_broken())


_CIPHER = b"qomon-bridge aes-gcm"


def _derived(key: str, purpose: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=purpose).derive(key.encode())


def _broken() -> str:
    return _("Sealed under another key, or damaged.")


def _newer() -> str:
    return _("Sealed by a newer version of the bridge.")


def head_of(key: str) -> bytes:
    """What seals under the key with this id begin with, where they name it."""
    return NAMED + bytes.fromhex(key)


def key_named(sealed: bytes) -> str | None:
    """The id of the key that it says it is under, if it says one."""
    return sealed[len(NAMED) : HEAD].hex() if sealed.startswith(NAMED) and len(sealed) >= HEAD else None


def is_newer(sealed: bytes) -> bool:
    """Whether it begins as a seal of a newer version."""
    return sealed[:1] != b"" and sealed[0] in _NEWER


def is_seal(sealed: bytes) -> bool:
    """Whether it begins as any seal."""
    return sealed.startswith((_UNNAMED, NAMED)) or is_newer(sealed)


def as_text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def from_text(sealed: str) -> bytes:
    """Raises BrokenSeal for what never was one."""
    try:
        return base64.b64decode(sealed.encode("ascii", "replace"), b"-_", validate=True)
    except binascii.Error:
        raise BrokenSeal(_broken()) from None


@dataclass(frozen=True, slots=True)
class Opened:
    """The vault of a store, and which of its rows to write, None: to delete.

    `dropped`: retired keys that are no longer given; what may still be under them is to be looked for first.
    """

    vault: Vault
    renewed: Mapping[str, bytes | None]
    dropped: Sequence[str]


def open_vault(keys: Sequence[str], rows: Mapping[str, bytes]) -> Opened:
    """All rows are made at the first start; later one for each new first key. Raises WrongKey when a key that is in use
    is missing, or the canary does not open.
    """
    seals = _Seals(keys, named=FORMAT in rows or not rows)
    if not rows:
        fingerprint_key = secrets.token_bytes(32)
        made = {CANARY: seals.put(CANARY.encode()), FINGERPRINT: seals.put(fingerprint_key), FORMAT: NAMED}
        return Opened(Vault(keys, fingerprint_key), {**made, **_registered(keys[:1])}, [])
    given = [id_.hex() for id_ in seals.ids]
    in_use, retired = (
        [name.removeprefix(kind) for name in rows if name.startswith(kind)] for kind in (IN_USE, RETIRED)
    )
    if missing := [key for key in in_use if key not in given]:
        raise WrongKey(still_in_use(missing))
    try:
        for name in (CANARY, *(IN_USE + key for key in in_use)):
            seals.opened(rows.get(name, b""))
        _id, fingerprint_key = seals.opened(rows.get(FINGERPRINT, b""))
    except BrokenSeal:
        raise WrongKey(_wrong()) from None
    # a store of before knows no keys: its seals may be under any of those that it was given
    new = _registered(keys[:1] if in_use or retired else keys)
    renewed: dict[str, bytes | None] = {name: row for name, row in new.items() if name not in rows}
    dropped = [key for key in retired if key not in given]
    again = [key for key in retired if IN_USE + key in renewed]
    renewed |= {RETIRED + key: None for key in (*dropped, *again)}
    return Opened(Vault(keys, fingerprint_key, named=FORMAT in rows), renewed, dropped)


def _registered(keys: Sequence[str]) -> dict[str, bytes]:
    """A canary for each key, by the name of its row."""
    each = (_Seals([key], named=True) for key in keys)
    return {IN_USE + seals.ids[0].hex(): seals.put(CANARY.encode()) for seals in each}


def still_in_use(keys: Sequence[str]) -> str:
    return _(
        "BRIDGE_KEY does not open this store: records are still sealed under the key %(keys)s, which is no longer "
        "there. Put it back behind the new one, separated by a comma, restart, then run `flask keys rotate`. Without "
        "BRIDGE_KEY the key is the file bridge.key beside the database.",
        keys=", ".join(keys),
    )


def _wrong() -> str:
    return _(
        "BRIDGE_KEY does not open this store. Set the key that it was made with; after a change of key, put the old "
        "one behind the new one, separated by a comma. Without BRIDGE_KEY the key is the file bridge.key beside the "
        "database."
    )


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
            _(
                "The file bridge.key beside the database is missing, empty or damaged. Put it back from your backup, "
                "or set BRIDGE_KEY to what it held. No new key is made: it would not open what the store holds."
            )
        )
    return key


def _measured(part: str) -> bytes:
    text = part.encode("utf-8", "surrogatepass")
    return len(text).to_bytes(8, "big") + text
