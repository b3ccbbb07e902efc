"""How much room the store takes, table by table, and how it is given back (docs/ledger.md 31).

SQLite keeps what is freed for itself until it is told to cut the file. A server reuses it, once its own autovacuum
has been there; only what is free at the end of a table does it give back to the disk.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Column, Connection, Table, func, literal, select, text
from sqlalchemy.exc import OperationalError

from bridge.store.store import Store
from bridge.store.tables import metadata

_CUT = 100
"""Pages that are cut off in one transaction: 0.4 MB, some milliseconds also where other threads want the processor."""
_SHORTENED = 5
"""Transactions after which the file itself gets shorter, for which everybody who writes waits."""
_PAGES = """
    SELECT coalesce(s.tbl_name, d.name) AS name, sum(d.pgsize) AS bytes
    FROM dbstat AS d LEFT JOIN sqlite_schema AS s ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY 1
"""
_RELATIONS = """
    SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes FROM pg_class AS c
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
"""
_SAMPLE = 1000
"""Rows from whose length a table's is guessed where SQLite was built without `dbstat`."""


@dataclass(frozen=True, slots=True)
class TableSize:
    """`bytes` with its indices. `rows` None: the table is not ours."""

    name: str
    rows: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Size:
    """`whole`: of file, or database. `unused`: what of it is free and kept for the next rows, where that is known.
    `room`: what is left on the disk, None for a server's. `guessed`: the tables' share is estimated."""

    tables: tuple[TableSize, ...]
    whole: int
    unused: int | None
    room: int | None
    guessed: bool = False


def measure(store: Store) -> Size:
    """Largest table first. Reads all of a file: seconds where it has gigabytes."""
    with store.read() as tx:
        rows = {
            name: tx.scalar(select(func.count()).select_from(table)) or 0 for name, table in metadata.tables.items()
        }
        if store.path is None:
            unused, room, guessed = None, None, False
            whole = int(tx.scalar(text("SELECT pg_database_size(current_database())")) or 0)
            sizes = {row.name: int(row.bytes) for row in tx.execute(text(_RELATIONS))}
        else:
            page, many, free = (_pragma(tx, name) for name in ("page_size", "page_count", "freelist_count"))
            whole, unused, room = page * many, page * free, shutil.disk_usage(store.path.parent).free
            sizes, guessed = _pages(tx, rows, whole - unused)
    tables = (TableSize(name, rows.get(name), size) for name, size in sizes.items())
    return Size(tuple(sorted(tables, key=lambda one: (-one.bytes, one.name))), whole, unused, room, guessed)


def give_back(store: Store, spare: int = 0) -> Iterator[int]:
    """Cut what is free off a file, in short transactions, so that writers come in between; the bytes that each cut.
    `spare`: bytes that may stay free for what comes next. On a server nothing: autovacuum does what can be done.
    """
    if store.path is None or not _free(store, spare):
        return
    for turn in count(1):
        with store.write() as tx:
            page = _pragma(tx, "page_size")
            cut = min(_CUT, _pragma(tx, "freelist_count") - spare // page)
            cursor = tx.connection.cursor()
            for _page in range(cut):  # Python's driver takes one step of it, which is one page, whatever number it says
                cursor.execute("PRAGMA incremental_vacuum(1)").fetchall()
        if cut <= 0 or turn % _SHORTENED == 0:
            store.checkpoint()  # only then does the file get shorter
        if cut <= 0:
            return
        yield cut * page


def _free(store: Store, spare: int) -> bool:
    """Whether more is free than may stay so. Whoever only asks takes nobody's turn to write."""
    with store.read() as tx:
        return _pragma(tx, "freelist_count") > spare // _pragma(tx, "page_size")


def pack(tx: Connection, table: Table, key: Column[Any], rows: Sequence[Any]) -> None:
    """Let rows that were made shorter lie closer. SQLite leaves such a row in its page, which nothing else then uses:
    deleted and put in again it shares one. All columns stay, those too that a newer version added.
    """
    if tx.dialect.name != "sqlite" or not rows:
        return
    places = ", ".join("?" * len(rows))
    taken = tx.exec_driver_sql(f"DELETE FROM {table.name} WHERE {key.name} IN ({places}) RETURNING *", tuple(rows))  # noqa: S608  # our own table
    names = ", ".join(f'"{name}"' for name in taken.keys())  # noqa: SIM118  # a result, no mapping
    values = ", ".join("?" * len(taken.keys()))
    tx.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({values})", [tuple(row) for row in taken.all()])  # noqa: S608  # the same


@contextmanager
def overwritten(tx: Connection) -> Iterator[None]:
    """What is deleted here is overwritten in the file, where SQLite would only mark its place as free. On a server it
    goes with the next autovacuum.
    """
    if tx.dialect.name != "sqlite":
        yield
        return
    before = _pragma(tx, "secure_delete")
    tx.exec_driver_sql("PRAGMA secure_delete = ON").close()
    try:
        yield
    finally:
        tx.exec_driver_sql(f"PRAGMA secure_delete = {before}").close()


def _pragma(tx: Connection, name: str) -> int:
    return int(tx.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def _pages(tx: Connection, rows: Mapping[str, int], used: int) -> tuple[dict[str, int], bool]:
    """Bytes by table, and whether they are guessed: Python's SQLite may lack what counts pages."""
    try:
        return {row.name: int(row.bytes) for row in tx.execute(text(_PAGES))}, False
    except OperationalError:
        weights = {name: many * _row(tx, metadata.tables[name]) for name, many in rows.items()}
    share = used / (sum(weights.values()) or 1)
    return {name: int(weight * share) for name, weight in weights.items()}, True


def _row(tx: Connection, table: Table) -> float:
    """The mean length of a row, by the first ones."""
    first = select(table).limit(_SAMPLE).subquery()
    length = sum((func.coalesce(func.length(column), 0) for column in first.c), start=literal(0))
    return float(tx.scalar(select(func.avg(length))) or 0)
