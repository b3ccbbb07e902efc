"""Who may open the pages: accounts with a role, a password and perhaps a second factor, made by one-time links.

A password is never shown nor sent: whoever is added sets it by a link that works once. Wrong ones are counted by the
address typed, whether or not there is such an account, and by where they come from.
"""

import secrets
from base64 import b32encode
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Semaphore
from typing import Any, Literal, Self, TypeAlias, cast, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bridge.errors import BridgeError
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.store.store import Store, lock
from bridge.store.tables import account
from bridge.store.vault import Vault
from schemas import normal

Role: TypeAlias = Literal["viewer", "staff", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may: look with values masked; see values, map, repair; people, secrets, erase."""

LINK = timedelta(days=3)
"""For so long a one-time link works."""
SHORTEST = 12
"""Characters of a password."""
_LONGEST = 1000
_STEP = 30
"""Seconds of one code of the second factor (RFC 6238)."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's smallest recommended setting of argon2id, 19 MiB: a small process must bear several logins at once."""
_AT_ONCE = Semaphore(2)
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""What is compared where there is no such account, so that the time tells nobody."""


class NotAllowed(BridgeError):
    """It cannot be done; the sentence says why and names nobody."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may open the pages. `stamp`: what their sessions name; a new password makes a new one."""

    id: str
    role: Role
    stamp: str
    mail: str = field(repr=False)
    name: str = field(repr=False)
    created_at: datetime
    seen_at: datetime | None = None
    link_until: datetime | None = None
    language: str | None = None
    password: str = field(default="", repr=False)
    """Its hash; empty until the first link was used."""
    second_factor: str = field(default="", repr=False)
    """The shared secret, in hexadecimal."""

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)

    def sealed(self, vault: Vault) -> bytes:
        said = {name: getattr(self, name) for name in ("mail", "name", "language", "password", "second_factor")}
        return vault.seal(said)

    @classmethod
    def from_row(cls, vault: Vault, row: Row[Any]) -> Self:
        """Raises BrokenSeal."""
        said = cast("dict[str, Any]", vault.unseal(row.sealed))
        seen, until = (None if at is None else normal.from_epoch_ms(at) for at in (row.seen_at, row.link_until))
        made = normal.from_epoch_ms(row.created_at)
        return cls(row.id, row.role, row.stamp, created_at=made, seen_at=seen, link_until=until, **said)


@dataclass(frozen=True, slots=True)
class Staff:
    """Reads and writes accounts, each time in a transaction of its own. Raises NotAllowed."""

    store: Store
    vault: Vault

    def any(self) -> bool:
        with self.store.read() as tx:
            return tx.execute(select(account.c.id).limit(1)).first() is not None

    def listed(self) -> list[Account]:
        with self.store.read() as tx:
            return self._all(tx)

    def of_session(self, id_: str, stamp: str) -> Account | None:
        with self.store.read() as tx:
            row = tx.execute(select(account).where(account.c.id == id_, account.c.stamp == stamp)).first()
        return None if row is None else Account.from_row(self.vault, row)

    def by_mail(self, mail: str) -> Account | None:
        with self.store.read() as tx:
            row = tx.execute(select(account).where(account.c.mail == self._print(mail))).first()
        return None if row is None else Account.from_row(self.vault, row)

    def by_id(self, id_: str) -> Account:
        with self.store.read() as tx:
            return self._found(tx, id_)

    def by_link(self, token: str, now: datetime) -> Account | None:
        """Whose one-time link this is, while it works."""
        with self.store.read() as tx:
            row = self._linked(tx, token, now)
        return None if row is None else Account.from_row(self.vault, row)

    def first(self, mail: str, name: str, password: str, by: By) -> Account:
        """The first account, an admin's: only while there is none."""
        hashed = _hash(password)
        with self.store.write() as tx:
            lock(tx, ["account"])
            if tx.execute(select(account.c.id).limit(1)).first() is not None:
                raise NotAllowed(_("There is an account already."))
            made = replace(self._insert(tx, mail, name, "admin", by.at), password=hashed)
            self._save(tx, made)
            audit.note(tx, self.vault, replace(by, who=made.name), "setup", made.id)
        return made

    def add(self, mail: str, name: str, role: Role, by: By) -> tuple[Account, str]:
        """A new account and its one-time link."""
        with self.store.write() as tx:
            lock(tx, ["account"])
            taken = tx.execute(select(account.c.id).where(account.c.mail == self._print(mail))).first()
            if taken is not None:
                raise NotAllowed(_("There is an account with this address already. Make it a new link."))
            made = self._insert(tx, mail, name, role, by.at)
            token = self._link(tx, made.id, by.at)
            audit.note(tx, self.vault, by, "staff_added", made.id, role=role)
        return made, token

    def link(self, id_: str, by: By, role: Role | None = None) -> str:
        """A new one-time link: whoever uses it sets a new password, and begins without a second factor."""
        with self.store.write() as tx:
            lock(tx, ["account"])
            self._found(tx, id_)
            if role is not None:
                self._change_role(tx, id_, role, by)
            token = self._link(tx, id_, by.at)
            audit.note(tx, self.vault, by, "staff_linked", id_)
        return token

    def use_link(self, token: str, password: str, by: By) -> Account:
        """The link's own account, with this password from now on; its other sessions are over."""
        hashed = _hash(password)
        with self.store.write() as tx:
            row = self._linked(tx, token, by.at)
            if row is None:
                raise NotAllowed(_("This link was used already, or it is too old. Ask an admin for a new one."))
            mine = Account.from_row(self.vault, row)
            mine = replace(mine, password=hashed, second_factor="", stamp=_stamp())
            self._save(tx, mine, link=None, link_until=None, step=None)
            audit.note(tx, self.vault, replace(by, who=mine.name), "password_changed", mine.id)
        return mine

    def change_role(self, id_: str, role: Role, by: By) -> None:
        with self.store.write() as tx:
            lock(tx, ["account"])
            self._change_role(tx, id_, role, by)

    def remove(self, id_: str, by: By) -> None:
        with self.store.write() as tx:
            lock(tx, ["account"])
            gone = self._found(tx, id_)
            self._keep_an_admin(tx, gone)
            tx.execute(delete(account).where(account.c.id == id_))
            audit.note(tx, self.vault, by, "staff_removed", id_, role=gone.role)

    def change_password(self, mine: Account, password: str, by: By) -> Account:
        """Sessions elsewhere are over."""
        hashed = _hash(password)
        with self.store.write() as tx:
            changed = replace(self._found(tx, mine.id), password=hashed, stamp=_stamp())
            self._save(tx, changed)
            audit.note(tx, self.vault, by, "password_changed", mine.id)
        return changed

    def speak(self, mine: Account, language: str) -> None:
        with self.store.write() as tx:
            self._save(tx, replace(self._found(tx, mine.id), language=language))

    def rename(self, mine: Account, name: str, by: By) -> Account:
        """As others see them. `by` is who they were: the audit tells one from the other."""
        with self.store.write() as tx:
            changed = replace(self._found(tx, mine.id), name=_name(name, mine.mail))
            if changed.name != mine.name:
                self._save(tx, changed)
                audit.note(tx, self.vault, by, "account_renamed", mine.id, now=changed.name)
        return changed

    def see(self, mine: Account, now: datetime) -> None:
        with self.store.write() as tx:
            tx.execute(update(account).where(account.c.id == mine.id).values(seen_at=normal.epoch_ms(now)))

    def set_second_factor(self, mine: Account, secret: str, code: str, by: By) -> Account:
        """Once its first code is right; sessions elsewhere are over. An empty `secret` switches it off."""
        if secret and _step_of(secret, code, by.at) is None:
            raise NotAllowed(_("That code is not right. Is the clock of the phone right?"))
        with self.store.write() as tx:
            changed = replace(self._found(tx, mine.id), second_factor=secret, stamp=_stamp())
            self._save(tx, changed, step=_step_of(secret, code, by.at) if secret else None)
            did = "second_factor_on" if secret else "second_factor_off"
            audit.note(tx, self.vault, by, did, mine.id)
        return changed

    def proves(self, mine: Account | None, password: str, code: str, now: datetime) -> bool:
        """Whether this is their password, and this the code of their second factor, if they have one; a code works
        once. It takes as long for nobody.
        """
        right = _matches(mine.password if mine and mine.password else _NOBODYS, password)
        if mine is None or not mine.password or not right:
            return False
        if not mine.second_factor:
            return True
        step = _step_of(mine.second_factor, code, now)
        if step is None:
            return False
        unused = account.c.step.is_(None) | (account.c.step < step)
        with self.store.write() as tx:
            used = update(account).where(account.c.id == mine.id, unused).values(step=step)
            return tx.execute(used.returning(account.c.id)).first() is not None

    def _all(self, tx: Connection) -> list[Account]:
        found = [Account.from_row(self.vault, row) for row in tx.execute(select(account)).all()]
        return sorted(found, key=lambda one: (normal.folded(one.name), one.mail))

    def _found(self, tx: Connection, id_: str) -> Account:
        row = tx.execute(select(account).where(account.c.id == id_)).first()
        if row is None:
            raise NotAllowed(_("There is no such account."))
        return Account.from_row(self.vault, row)

    def _linked(self, tx: Connection, token: str, now: datetime) -> Row[Any] | None:
        mine = (account.c.link == self.vault.fingerprint("link", token), account.c.link_until > normal.epoch_ms(now))
        return tx.execute(select(account).where(*mine)).first()

    def _insert(self, tx: Connection, mail: str, name: str, role: Role, now: datetime) -> Account:
        made = Account(secrets.token_hex(8), role, _stamp(), _mail(mail), _name(name, mail), now)
        row = {"id": made.id, "mail": self._print(mail), "role": role, "stamp": made.stamp}
        tx.execute(insert(account).values(**row, sealed=made.sealed(self.vault), created_at=normal.epoch_ms(now)))
        return made

    def _save(self, tx: Connection, changed: Account, **columns: Any) -> None:
        values = {"role": changed.role, "stamp": changed.stamp, "sealed": changed.sealed(self.vault), **columns}
        tx.execute(update(account).where(account.c.id == changed.id).values(**values))

    def _link(self, tx: Connection, id_: str, now: datetime) -> str:
        token = secrets.token_urlsafe(24)
        values = {"link": self.vault.fingerprint("link", token), "link_until": normal.epoch_ms(now + LINK)}
        tx.execute(update(account).where(account.c.id == id_).values(**values))
        return token

    def _change_role(self, tx: Connection, id_: str, role: Role, by: By) -> None:
        before = self._found(tx, id_)
        if before.role == role:
            return
        if role != "admin":
            self._keep_an_admin(tx, before)
        self._save(tx, replace(before, role=role))
        audit.note(tx, self.vault, by, "role_changed", id_, before=before.role, now=role)

    def _keep_an_admin(self, tx: Connection, leaving: Account) -> None:
        if leaving.role != "admin":
            return
        others = select(func.count()).where(account.c.role == "admin", account.c.id != leaving.id)
        if not tx.scalar(others):
            raise NotAllowed(_("This is the last admin: make somebody else one first."))

    def _print(self, mail: str) -> str:
        return self.vault.fingerprint("account", _mail(mail))


def new_second_factor() -> str:
    """A secret to be shared with a phone, in hexadecimal."""
    return secrets.token_hex(20)


def provisioning(mine: Account, secret: str) -> str:
    """The otpauth: address that authenticator apps read from a QR code."""
    return _totp(secret).get_provisioning_uri(mine.mail, "Qomon bridge")


def typed_key(secret: str) -> str:
    """What one types into an authenticator app that cannot read the QR code, in groups of four."""
    said = b32encode(bytes.fromhex(secret)).decode()
    return " ".join(said[begin : begin + 4] for begin in range(0, len(said), 4))


def why_no_password(password: str) -> str | None:
    """What is wrong with it as a new one, in words."""
    if not SHORTEST <= len(password) <= _LONGEST:
        return _("Choose a password of %(least)s characters or more.", least=SHORTEST)
    if len(set(password)) < SHORTEST // 2:
        return _("Choose a password of more different signs.")
    return None


def _hash(password: str) -> str:
    if why := why_no_password(password):
        raise NotAllowed(why)
    with _AT_ONCE:
        return _HASHER.hash(password)


def _matches(hashed: str, password: str) -> bool:
    try:
        with _AT_ONCE:
            return _HASHER.verify(hashed, password[:_LONGEST])
    except (VerifyMismatchError, InvalidHashError):
        return False


def _totp(secret: str) -> TOTP:
    return TOTP(bytes.fromhex(secret), 6, SHA1(), _STEP)  # noqa: S303 - what authenticator apps know (RFC 6238)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which half minute this code is of: this one, the one before or the next, for clocks that differ."""
    said = "".join(code.split()).encode()
    at = int(now.timestamp())
    for moment in (at, at - _STEP, at + _STEP):
        try:
            _totp(secret).verify(said, moment)
        except InvalidToken:
            continue
        return moment // _STEP
    return None


def _stamp() -> str:
    return secrets.token_hex(8)


def _mail(text: str) -> str:
    return normal.mail(text) or text.strip().casefold()


def _name(text: str, mail: str) -> str:
    return " ".join(text.split()) or mail.partition("@")[0]
