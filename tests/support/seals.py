"""A store full of seals, one of the version before, and what opens of it."""

from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, Text, delete, insert, select, update

from bridge.store import tables
from bridge.store.sealed_columns import SEALED, SealedColumn
from bridge.store.store import Store
from bridge.store.vault import BrokenSeal, Vault

OLD, NEW = "an invented key: the old one for tests", "an invented key: the new one for tests"
OTHER = "an invented key that no store was ever given"


def id_of(key: str) -> str:
    return Vault([key], b"").keys[0]


def fill(store: Store, vault: Vault, many: int) -> None:
    """So many rows in each table that holds seals, the same ones in each."""
    with store.write() as tx:
        for column in SEALED:
            if column.table not in (tables.vault, tables.event):
                add(tx, column.table, [row(column.table, vault, at) for at in range(many)])
        add(tx, tables.event, [row(tables.event, vault, at) for at in range(many)])


def add(tx: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    tx.execute(insert(table), rows)


def row(table: Table, vault: Vault, at: int) -> dict[str, Any]:
    """Something in every column that must not be empty, and a seal in every one that may hold one."""
    made: dict[str, Any] = {}
    for column in table.c:
        if isinstance(column.type, LargeBinary):
            made[column.name] = vault.seal({"n": at})
        elif not column.nullable and column.name != "seq":
            made[column.name] = f"{column.name} {at:04}" if isinstance(column.type, Text) else at
    if table is tables.mark:
        made |= {"field": "address", "element": "", "sent": vault.seal_text({"n": at})}
    return made


def sealed(store: Store) -> dict[tuple[str, str], bytes | str]:
    """Every seal as it lies there, by its column and row."""
    found: dict[tuple[str, str], bytes | str] = {}
    for column in SEALED:
        key = [*column.table.primary_key]
        with store.read() as tx:
            rows = tx.execute(select(*key, column.column).where(column.where & column.column.is_not(None))).all()
        found |= {(str(column.column), "/".join(map(str, row[:-1]))): row[-1] for row in rows if row[-1]}
    return found


def opened(store: Store, vault: Vault) -> dict[tuple[str, str], Any]:
    """What is in them; None where it does not open."""
    return {place: _opened(vault, one, place) for place, one in sealed(store).items()}


def _opened(vault: Vault, one: bytes | str, place: tuple[str, str]) -> Any:
    try:
        if place[0] == "vault.sealed":  # bytes, not JSON
            return vault.key_of(vault.resealed(one)[0]) and True  # type: ignore[arg-type]
        return vault.unseal_text(one) if isinstance(one, str) else vault.unseal(one)
    except BrokenSeal:
        return None


def as_before(store: Store, keys: list[str]) -> None:
    """What the version before would have left of a new store: no row but its two, and those not naming their key."""
    before = Vault(keys, b"", named=False)
    now = Vault(keys, b"")
    mine = tables.vault.c
    with store.write() as tx:
        for name, row in tx.execute(select(mine.name, mine.sealed)).all():
            if name in ("canary", "fingerprint"):
                plain = now._seals.opened(row)[1]  # noqa: SLF001  # bytes, not JSON
                resealed = before._seals.put(plain)  # noqa: SLF001
                tx.execute(update(tables.vault).where(mine.name == name).values(sealed=resealed))
            else:
                tx.execute(delete(tables.vault).where(mine.name == name))


def overwrite(store: Store, column: SealedColumn, row: str, value: bytes | str) -> None:
    """By its first key."""
    key = next(iter(column.table.primary_key))
    with store.write() as tx:
        tx.execute(update(column.table).where(key == row).values({column.column: value}))
