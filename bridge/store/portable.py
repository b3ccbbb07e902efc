"""A store as one file that can be carried, and rows from one store to another: both databases the same.

The file is a SQLite database with the tables of `tables`, still sealed, whoever it was made from. Two numbers that
SQLite leaves to the application in its header say what it is: the one of the kind, and a checksum over all other bytes.
It is written beside its place and appears there whole or not at all.
"""

import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from sqlalchemy import Column, Connection, NullPool, Table, create_engine, func, insert, select, text, tuple_
from sqlalchemy.exc import DBAPIError

from bridge.errors import BridgeError, StoreDown
from bridge.store.store import MIGRATIONS, Store
from bridge.store.tables import audit, event, mark, metadata

KIND = int.from_bytes(b"QoBr")
"""In the place for `application_id`: bytes 68 to 71 of the header."""
_CHECKSUM = slice(60, 64)
"""The place for `user_version`: nothing that SQLite does changes it, and it is left out when the sum is made."""
_HEADER = 100
_PIECE = 1 << 20
MANY = 500
"""Rows at a time: what is in memory does not grow with the store."""
_LOOKS = 5

Row = dict[str, Any]


class NotPortable(BridgeError):
    """The file cannot be written, or is not one to be read; the message says why. Nothing is left half done."""


def save(store: Store, path: Path) -> dict[str, int]:
    """Everything as it is at one moment, while the store serves: rows by table. Never over a file that is there."""
    if not path.parent.is_dir():
        raise NotPortable(_("%(folder)s: there is no such folder.", folder=str(path.parent)))
    if path.exists():
        raise NotPortable(_("%(file)s is there already, and is left as it is. Name another file.", file=str(path)))
    try:
        with TemporaryDirectory(prefix=".store-", dir=path.parent) as folder, _written(path):
            draft = Path(folder, "draft.db")
            draft.touch(mode=0o600)
            copied: Mapping[str, int] = {}
            if store.path is not None:
                _vacuum(store.path, draft)
            else:
                copied = _gather(store, draft)
            _close(draft)
            with opened(draft) as tx:
                counts = count(tx)
            if copied and copied != counts:
                raise NotPortable(_("%(file)s was not written: it does not hold every row.", file=str(path)))
            os.link(draft, path)  # whole or not at all, and never over a file that is there
            _flush(path.parent)
    except OSError as error:
        raise NotPortable(_unwritten(path, error.strerror or "")) from None
    return counts


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """The rows of such a file, which is not changed, nor is anything made beside it. One of an older version is brought
    up as a store would be, as a copy. Raises NotPortable."""
    _check(path)
    with TemporaryDirectory(prefix="store-") as folder, _reading(path) as tx:
        number, newest = version(tx), _newest()
        if number > newest:
            told = {"file": str(path), "number": number, "newest": newest}
            raise NotPortable(
                _(
                    "%(file)s is of a newer version (%(number)s) than this bridge (%(newest)s). Upgrade it first.",
                    **told,
                )
            )
        if number == newest:
            yield tx
            return
        copy = Path(folder, "upgraded.db")
        shutil.copyfile(path, copy)
        store = Store(f"sqlite:///{copy}")
        with closing(store):
            store.upgrade()
            with store.read() as upgraded:
                yield upgraded


def version(tx: Connection) -> str:
    """The number of the last migration."""
    return tx.scalar(text("SELECT version_num FROM alembic_version")) or ""


def too_new(store: Store) -> bool:
    """Whether a later version of the bridge made it: what that keeps there is not known here."""
    with store.read() as tx:
        return version(tx) > _newest()


def count(tx: Connection) -> dict[str, int]:
    return {table.name: tx.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables}


def rows(tx: Connection, table: Table, *where: Any) -> Iterator[list[Row]]:
    """All of them, some at a time; events in their order."""
    asked = select(table).where(*where)
    if "seq" in table.primary_key.columns:
        asked = asked.order_by(table.c.seq)
    with closing(tx.execute(asked, execution_options={"yield_per": MANY})) as found:
        for part in found.mappings().partitions(MANY):
            yield [dict(row) for row in part]


def fill(tx: Connection, table: Table, parts: Iterable[list[Row]]) -> int:
    """How many they were."""
    filled = 0
    for part in parts:
        tx.execute(insert(table), part)
        filled += len(part)
    return filled


def listed(tx: Connection, table: Table, column: str, values: Sequence[Any]) -> Iterator[list[Row]]:
    """The rows where the column is any of these."""
    for wanted in some(values):
        found = tx.execute(select(table).where(table.c[column].in_(wanted)))
        if part := [dict(row) for row in found.mappings()]:
            yield part


def present(tx: Connection, column: Column[Any], values: Sequence[Any]) -> set[Any]:
    """Which of the values are there."""
    return {found for part in some(values) for found in tx.execute(select(column).where(column.in_(part))).scalars()}


def some(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """No statement takes any number of values."""
    yield from (values[begin : begin + MANY] for begin in range(0, len(values), MANY))


def missing(old: Connection, new: Connection, table: Table, *where: Any) -> int:
    """How many rows of the old store, of these, have none of the same key in the new one."""
    key = [*table.primary_key]
    lacks = 0
    with closing(old.execute(select(*key).where(*where), execution_options={"yield_per": MANY})) as all_:
        for part in all_.partitions(MANY):
            wanted = {tuple(row) for row in part}
            found = new.execute(select(*key).where(tuple_(*key).in_(sorted(wanted))))
            lacks += len(wanted - {tuple(row) for row in found})
    return lacks


NUMBERED = (event, audit)
"""Whose rows the store numbers."""


def last_number(tx: Connection, table: Table) -> int:
    """The highest that a row of it has; that an event has, or had when a mark was made by it."""
    columns = (event.c.seq, mark.c.seq) if table is event else (table.c.seq,)
    return max(tx.scalar(select(func.max(column))) or 0 for column in columns)


def number_after(tx: Connection, table: Table, last: int) -> None:
    """Rows to come are numbered from there on."""
    name = {"name": table.name}
    if tx.dialect.name == "postgresql":
        said = text("SELECT setval(pg_get_serial_sequence(:name, 'seq'), :last)")
        tx.execute(said, {**name, "last": max(last, 1)})
    else:
        tx.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), name)
        tx.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {**name, "last": last})


def served(store: Store) -> bool:
    """Whether another process has this store open. Behind a pooler a server may go on saying so for some minutes."""
    store.close()  # what this process has open would count too
    if store.path is not None:
        return store.path.exists() and _held(store.path)
    return all(_has_guests(store) for _ in range(_LOOKS))


def _has_guests(store: Store) -> bool:
    """Each look is a transaction of its own, in which the server shows one moment. Where there is one it waits: who
    has just hung up stays in the list until its process has ended.
    """
    others = "application_name = 'qomon-bridge' AND datname = current_database() AND pid <> pg_backend_pid()"
    with store.read() as tx:
        seen = bool(tx.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")))  # noqa: S608 - no values
        if seen:
            tx.execute(text("SELECT pg_sleep(0.2)"))
        return seen


def _held(path: Path) -> bool:
    """Each connection holds a lock that is shared, as long as it is open; whoever gets the other kind is alone."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        return False


def _vacuum(source: Path, draft: Path) -> None:
    """One statement, one moment; writers go on beside it. SQLite's other way, page by page, begins anew whenever
    somebody writes, and would take the free pages along, where what was erased can still be read.
    """
    with closing(sqlite3.connect(source, isolation_level=None, timeout=5)) as connection:
        connection.execute("VACUUM INTO ?", (str(draft),))


def _gather(store: Store, draft: Path) -> dict[str, int]:
    """Row by row, at one moment of the server's."""
    target = Store(f"sqlite:///{draft}")
    with closing(target):
        target.upgrade()
        with store.read() as source, target.write() as tx:
            return {table.name: fill(tx, table, rows(source, table)) for table in metadata.sorted_tables}


def _close(draft: Path) -> None:
    """Marked, proved sound, and on the disk; should somebody put it in the place of a store, it is a right one."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {KIND}")
        (told,) = connection.execute("PRAGMA integrity_check").fetchone()
        if told != "ok":
            raise sqlite3.DatabaseError(told)
        connection.execute("PRAGMA journal_mode = WAL")
    with draft.open("r+b") as file:
        checksum = _sum(draft)
        file.seek(_CHECKSUM.start)
        file.write(checksum.to_bytes(4))
        file.flush()
        os.fsync(file.fileno())


def _check(path: Path) -> None:
    """That it is one of ours, and whole. A file that was cut or changed has another checksum."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
        whole = len(head) == _HEADER and int.from_bytes(head[_CHECKSUM]) == _sum(path)
    except OSError as error:
        raise NotPortable(_("%(file)s cannot be read: %(why)s.", file=str(path), why=error.strerror)) from None
    if not head.startswith(b"SQLite format 3\0") or int.from_bytes(head[68:72]) != KIND:
        raise NotPortable(_("%(file)s was not made by `flask store export` or `backup`.", file=str(path)))
    if not whole:
        raise NotPortable(_("%(file)s is damaged or not whole: nothing of it is used.", file=str(path)))


def _sum(path: Path) -> int:
    with path.open("rb") as file:
        head = bytearray(file.read(_PIECE))
        head[_CHECKSUM] = bytes(4)
        checksum = zlib.crc32(head)
        while piece := file.read(_PIECE):
            checksum = zlib.crc32(piece, checksum)
    return checksum


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    """`immutable`: no lock, and no journal beside it: the folder may be one in which nothing can be written."""
    address = f"file:{quote(str(path.absolute()))}?immutable=1"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)
    try:
        with engine.connect() as tx:
            yield tx
    finally:
        engine.dispose()


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """What SQLite says of the file that is written; what the store says that is read is told as of any store."""
    try:
        yield
    except sqlite3.Error as error:
        raise NotPortable(_unwritten(path, str(error))) from None
    except (StoreDown, DBAPIError) as error:
        cause = error.__cause__ if isinstance(error, StoreDown) else error
        if isinstance(cause, DBAPIError) and isinstance(cause.orig, sqlite3.Error):
            raise NotPortable(_unwritten(path, str(cause.orig))) from None
        raise


def _unwritten(path: Path, why: str) -> str:
    return _("%(file)s could not be written, and no part of it is left: %(why)s.", file=str(path), why=why)


def _newest() -> str:
    return max(path.stem.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def _flush(folder: Path) -> None:
    """The name is on the disk too."""
    opened_ = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened_)
    finally:
        os.close(opened_)
