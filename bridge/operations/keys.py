"""Every seal under the first key, and who may then go: `flask keys` (docs/ledger.md 33).

Works beside processes that serve. It may be stopped anywhere: what is sealed anew and what is not yet open alike, and
the next run goes on with what is left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import select, update

from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.store import vault as sealing
from bridge.store.sealed_columns import SEALED, Found, SealedColumn
from bridge.store.store import Store, either, lock
from bridge.store.tables import vault as vault_table
from bridge.store.vault import BrokenSeal, NewerSeal, Vault

PASSES = 10
"""Over the whole store, before it is said that somebody goes on sealing under another key."""

Told: TypeAlias = Callable[[int, int], None]
"""Hears after each batch how many are sealed anew, and of how many."""

_FORMAT = either(lambda insert: insert(vault_table).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Left:
    """A record that could not be sealed anew, because it does not open. `key`: the one that it says it is under."""

    column: str
    row: str
    why: str
    newer: bool
    key: str | None


@dataclass(slots=True)
class Rotation:
    """`free`: keys that may be taken out of BRIDGE_KEY. `restless`: other processes go on sealing under old keys."""

    key: str
    resealed: int = 0
    left: list[Left] = field(default_factory=list)
    free: list[str] = field(default_factory=list)
    restless: bool = False

    @property
    def done(self) -> bool:
        """Whether everything is under the first key."""
        return not self.left and not self.restless


def rotate(store: Store, vault: Vault, by: By, told: Told) -> Rotation:
    """Seal everything anew under the first key, but for what does not open. `told` may take a moment, in which others
    write: in a file they only look now and then whether it is their turn. That it was done is noted at the end.
    """
    first, *others = vault.keys
    _name_keys(store, vault)
    with store.read() as tx:
        total = sum(column.count(tx, column.not_under([first])) for column in SEALED)
    made = Rotation(first, restless=True)
    for _turn in range(PASSES):
        made.left = []
        if not _pass(store, vault, made, lambda done: told(done, max(done, total))):
            made.restless = False
            break
    if not made.restless:
        blocking = {one.key for one in made.left}
        made.free = [key for key in others if not {None, key} & blocking]
    _end(store, vault, made, by)
    return made


@dataclass(frozen=True, slots=True)
class Count:
    """How many seals are under a key. `place`: where it stands in BRIDGE_KEY, from 1; None: nowhere."""

    key: str
    place: int | None
    seals: int
    retired: bool


def count(store: Store, vault: Vault) -> tuple[list[Count], int]:
    """Of each key, and how many do not open under any."""
    found, broken = dict.fromkeys(vault.keys, 0), 0
    for column in SEALED:
        with store.read() as tx:
            for key in vault.keys:
                found[key] += column.count(tx, column.under([key]))
        for page in column.pages(store, vault.keys):
            for one in page:
                try:
                    key = vault.key_of(one.sealed)
                    found[key] = found.get(key, 0) + 1
                except BrokenSeal:
                    broken += 1
    with store.read() as tx:
        retired = set(tx.scalars(select(vault_table.c.name)).all())
    places = {key: place for place, key in enumerate(vault.keys, 1)}
    return [Count(key, places.get(key), many, sealing.RETIRED + key in retired) for key, many in found.items()], broken


def _name_keys(store: Store, vault: Vault) -> None:
    """From now on seals say their key: the version before does not run any more, or nobody would have asked."""
    with store.write() as tx:
        tx.execute(_FORMAT(tx), {"name": sealing.FORMAT, "sealed": sealing.NAMED})
    vault.name_keys()


def _pass(store: Store, vault: Vault, made: Rotation, told: Callable[[int], None]) -> bool:
    """Once over everything: whether there was something that another pass has to look at."""
    again = False
    for column in SEALED:
        for page in column.pages(store, [made.key]):
            ready = [one for found in page if (one := _ready(vault, column, found, made.left)) is not None]
            again |= bool(ready) and _replace(store, column, ready, made)
            told(made.resealed)
    return again


def _replace(store: Store, column: SealedColumn, ready: Sequence[tuple[Found, bytes, str]], made: Rotation) -> bool:
    """In one short transaction. What was changed meanwhile is for the next pass."""
    with store.write() as tx:
        replaced = [column.replace(tx, found, sealed) for found, sealed, _key in ready]
    made.resealed += sum(replaced)
    return not all(replaced) or any(key != made.key for _found, _sealed, key in ready)


def _ready(vault: Vault, column: SealedColumn, found: Found, left: list[Left]) -> tuple[Found, bytes, str] | None:
    try:
        return found, *vault.resealed(found.sealed)
    except BrokenSeal as failure:
        left.append(Left(str(column.column), found.name, str(failure), isinstance(failure, NewerSeal), _named(found)))
        return None


def _named(found: Found) -> str | None:
    try:
        return sealing.key_named(found.sealed)
    except BrokenSeal:
        return None


def _end(store: Store, vault: Vault, made: Rotation, by: By) -> None:
    """The rows of free keys stay until they are no longer given, and the start found nothing under them: a process that
    still has such a key in front may seal under it meanwhile.
    """
    with store.write() as tx:
        lock(tx, ["vault"])
        for key in made.free:
            mine = vault_table.c.name == sealing.IN_USE + key
            tx.execute(update(vault_table).where(mine).values(name=sealing.RETIRED + key))
        audit.note(tx, vault, by, "keys_rotated", key=made.key, resealed=made.resealed, left=len(made.left))
