"""The secrets that the store keeps for hooks whose proof says `stored`: made here, sealed, and never in a file.

Their rows, and what tells another process that they changed. Who makes and ends them is `operations/secrets`.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, cast

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, func, insert, select, update

from bridge.errors import Faults
from bridge.hooks.hook import Hook, of_key
from bridge.proofs.verify import Stored
from bridge.store.tables import hook as hooks
from bridge.store.tables import secret
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal

_SUM = func.sum(secret.c.made_at * 31 + func.coalesce(secret.c.until, 0))
STAMP = select(_SUM).where(secret.c.hook == hooks.c.id).correlate(hooks).scalar_subquery().label("stamp")
"""Beside the row of a hook: another number whenever a secret of it was made, ended or deleted."""
_NEWEST = (secret.c.made_at.desc(), secret.c.id.desc())


class Kept(NamedTuple):
    """A secret as people are told of it. `until`: from when on it proves nothing."""

    id: str
    made_at: datetime
    until: datetime | None

    def over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


class StoredSecrets:
    """Opens them for a hook that is asked who calls. `opened` says None while no key is at hand, as for people's brake:
    nobody is proven then."""

    def __init__(self, opened: Callable[[bytes], str | None]) -> None:
        self._opened = opened
        self._kept: dict[str, tuple[Hook, Any, Hook]] = {}
        """By the hook's id: a revision, the stamp of its secrets, and that revision with them."""

    def forget(self) -> None:
        self._kept.clear()

    def beside(self, tx: Connection, hook: Hook, stamp: Any) -> Hook:
        """A revision with its hook's secrets, read again only when one was made or ended since, be it by another
        process. `stamp`: as it is now. Raises Faults where it has none at all, as for a `$NAME` that is not set: what
        comes is then kept until there is one.
        """
        if hook.proof.stored is None:
            return hook
        kept = self._kept.get(hook.id)
        if kept is not None and kept[0] is hook and kept[1] == stamp:
            return kept[2]
        found = self._of(tx, hook.id)
        if found is None:
            return hook
        whole = replace(hook, proof=hook.proof.knowing(found))
        if not whole.proof.secrets:
            name = hook.name
            says = _("`stored` is written, and no secret was made here: flask hooks secret %(hook)s --new", hook=name)
            raise Faults([of_key("proof.secret", says)])
        self._kept[hook.id] = (hook, stamp, whole)
        return whole

    def _of(self, tx: Connection, hook: str) -> list[Stored] | None:
        """Newest first; None while no key is at hand. One that does not open proves nobody."""
        found = list[Stored]()
        for row in tx.execute(select(secret).where(secret.c.hook == hook).order_by(*_NEWEST)).all():
            try:
                value = self._opened(row.sealed)
            except BrokenSeal:
                continue
            if value is None:
                return None
            found.append(Stored(row.id, value, None if row.until is None else normal.from_epoch_ms(row.until)))
        return found


def stamp(tx: Connection, hook: str) -> Any:
    """The same of one hook, by its id."""
    return tx.scalar(select(_SUM).where(secret.c.hook == hook))


def listed(tx: Connection, hook: str) -> list[Kept]:
    """Newest first; no key is asked."""
    asked = select(secret.c.id, secret.c.made_at, secret.c.until).where(secret.c.hook == hook).order_by(*_NEWEST)
    return [
        Kept(
            row.id,
            normal.from_epoch_ms(row.made_at),
            None if row.until is None else normal.from_epoch_ms(row.until),
        )
        for row in tx.execute(asked)
    ]


def value(vault: Vault, sealed: bytes) -> str:
    """Raises BrokenSeal."""
    return str(cast("dict[str, Any]", vault.unseal(sealed))["secret"])


def value_of(tx: Connection, vault: Vault, hook: str, id_: str) -> str | None:
    """Raises BrokenSeal."""
    sealed = tx.scalar(select(secret.c.sealed).where(secret.c.hook == hook, secret.c.id == id_))
    return None if sealed is None else value(vault, sealed)


def add(tx: Connection, vault: Vault, hook: str, said: str, now: datetime) -> str:
    """Its id. Newer than all there are, even should the clock have been put back."""
    newest = tx.scalar(select(func.max(secret.c.made_at)).where(secret.c.hook == hook)) or 0
    at = max(normal.epoch_ms(now), newest + 1)
    id_ = secrets.token_hex(6)
    tx.execute(insert(secret).values(id=id_, hook=hook, made_at=at, until=None, sealed=vault.seal({"secret": said})))
    return id_


def end(tx: Connection, hook: str, at: datetime, ids: Sequence[str]) -> None:
    """These prove nothing from then on; one that ends earlier stays so."""
    then = normal.epoch_ms(at)
    mine = (secret.c.hook == hook) & secret.c.id.in_(ids)
    later = secret.c.until.is_(None) | (secret.c.until > then)
    tx.execute(update(secret).where(mine, later).values(until=then))


def drop_over(tx: Connection, hook: str, before: datetime) -> None:
    """Those whose time was over before then."""
    tx.execute(delete(secret).where(secret.c.hook == hook, secret.c.until < normal.epoch_ms(before)))
