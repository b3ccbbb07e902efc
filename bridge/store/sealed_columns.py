"""Where seals lie in the store, and which of them are not under a key (docs/ledger.md 33).

A new sealed column is added to SEALED: `flask keys rotate` and the start look nowhere else.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Column, ColumnElement, Connection, Table, Text, bindparam, func, select, true, tuple_, update

from bridge.store import vault as sealing
from bridge.store.prepared import Statement
from bridge.store.store import Store
from bridge.store.tables import (
    account,
    audit,
    card,
    event,
    intent,
    job,
    mark,
    receipt,
    refused,
    revision,
    secret,
    undo,
    vault,
)
from bridge.store.vault import BrokenSeal, Vault

MOST = 100
"""Rows that are read at a time, and changed in one transaction: a call that is accepted meanwhile waits for no more."""

Key: TypeAlias = tuple[Any, ...]
"""A row's primary key."""


@dataclass(frozen=True, slots=True)
class Found:
    """A seal, and the row that holds it; `stored` as it lies there. `name`: what people call the row."""

    key: Key
    name: str
    stored: bytes | str

    @property
    def sealed(self) -> bytes:
        """Raises BrokenSeal for a text that never was one."""
        return sealing.from_text(self.stored) if isinstance(self.stored, str) else self.stored


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """`where`: of which rows. `named`: how people call a row, else by its primary key."""

    column: Column[Any]
    where: ColumnElement[bool] = field(default_factory=true)
    named: Column[Any] | None = None

    @property
    def table(self) -> Table:
        return self.column.table

    def under(self, keys: Sequence[str]) -> ColumnElement[bool]:
        """Rows whose seal says that it is under one of these keys."""
        return self._begins(keys) & self.where

    def not_under(self, keys: Sequence[str]) -> ColumnElement[bool]:
        """Rows with another seal, of whatever kind. An empty one is none: what was erased."""
        return ~self._begins(keys) & (func.length(self.column) > 0) & self.where

    def pages(self, store: Store, keys: Sequence[str]) -> Iterator[list[Found]]:
        """What is not under these keys, from the first row to the last; nothing is locked in between."""
        page: list[Found] | None = None
        while page is None or len(page) == MOST:
            with store.read() as tx:
                page = self._page(tx, keys, page[-1].key if page else None)
            yield page

    def count(self, tx: Connection, rows: ColumnElement[bool]) -> int:
        return tx.scalar(select(func.count()).select_from(self.table).where(rows)) or 0

    def replace(self, tx: Connection, found: Found, sealed: bytes) -> bool:
        """Whether it was still there, and free: who holds the row is not waited for, because he might wait for us."""
        stored = sealing.as_text(sealed) if self._text else sealed
        key = {f"b_key_{at}": value for at, value in enumerate(found.key)}
        return _replacing(self.column).first(tx, {**key, "b_old": found.stored, "b_new": stored}) is not None

    @property
    def _text(self) -> bool:
        return isinstance(self.column.type, Text)

    def _page(self, tx: Connection, keys: Sequence[str], after: Key | None) -> list[Found]:
        key = [*self.table.primary_key]
        asked = select(*key, self.column, *([] if self.named is None else [self.named]))
        asked = asked.where(self.not_under(keys)).order_by(*key).limit(MOST)
        if after is not None:
            asked = asked.where(tuple_(*key) > tuple_(*after))
        rows = [(tuple(row[: len(key)]), *row[len(key) :]) for row in tx.execute(asked)]
        return [Found(key, named[0] if named else "/".join(map(str, key)), stored) for key, stored, *named in rows]

    def _begins(self, keys: Sequence[str]) -> ColumnElement[bool]:
        heads = [sealing.head_of(key) for key in keys]
        begins = [text for head in heads for text in _texts(head)] if self._text else heads
        return func.substr(self.column, 1, _LETTERS if self._text else sealing.HEAD, type_=self.column.type).in_(begins)


@cache
def _replacing(column: Column[Any]) -> Statement:
    key = [*column.table.primary_key]
    mine = [one == bindparam(f"b_key_{at}", type_=one.type) for at, one in enumerate(key)]
    old, new = (bindparam(name, type_=column.type) for name in ("b_old", "b_new"))
    same = select(*key).where(*mine, column == old).with_for_update(skip_locked=True)
    return Statement(update(column.table).where(*mine, tuple_(*key).in_(same)).values({column: new}).returning(key[0]))


_LETTERS = -(-sealing.HEAD * 8 // 6)
"""Of a text that the head of a seal is in; the last one holds bits of what follows too."""


def _texts(head: bytes) -> set[str]:
    return {base64.urlsafe_b64encode(head + bytes([following])).decode("ascii")[:_LETTERS] for following in range(256)}


SEALED = (
    SealedColumn(event.c.record, named=event.c.id),
    SealedColumn(event.c.report, named=event.c.id),
    SealedColumn(event.c.decision, named=event.c.id),
    SealedColumn(intent.c.sealed),
    SealedColumn(undo.c.sealed),
    SealedColumn(receipt.c.sealed),
    SealedColumn(mark.c.sent, (mark.c.field == "address") & (mark.c.element == "")),  # written by merge/history
    SealedColumn(refused.c.sealed),
    SealedColumn(job.c.sealed),
    SealedColumn(audit.c.sealed),
    SealedColumn(account.c.sealed),
    SealedColumn(card.c.sealed),
    SealedColumn(revision.c.form),
    SealedColumn(secret.c.sealed),
    SealedColumn(vault.c.sealed, vault.c.name.in_([sealing.CANARY, sealing.FINGERPRINT])),
)
"""All of them, in the order in which they are sealed anew."""


def still_under(store: Store, opened: Vault, keys: Sequence[str]) -> set[str]:
    """Which of these keys, that are no longer given, something may still be sealed under: exactly, seal by seal."""
    used: set[str] = set()
    for column in SEALED:
        for page in column.pages(store, opened.keys):
            for found in page:
                used |= {key for key in keys if _may_be_under(opened, found, key)}
    return used


def _may_be_under(opened: Vault, found: Found, key: str) -> bool:
    """What names no key is under an unknown one if none of ours opens it. What was never a seal is under none."""
    try:
        sealed = found.sealed
    except BrokenSeal:
        return False
    try:
        return opened.key_of(sealed) == key
    except BrokenSeal:
        return sealing.is_seal(sealed)


def in_use(tx: Connection, id_: str) -> bool:
    """Whether a process seals under the key with this id, or did so."""
    return tx.scalar(select(vault.c.name).where(vault.c.name == sealing.IN_USE + id_)) is not None
