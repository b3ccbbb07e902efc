"""The store in one SQLite file: its connections, its writers' queue, its lock for upgrades (docs/ledger.md 25, 26)."""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, Engine, bindparam, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bridge.errors import StoreDown
from bridge.store.prepared import Now, Statement

_making = threading.Lock()
_THREADS = 24
"""16 of gunicorn and 8 that cross; the few more are for the sweep and for a read inside a write."""
_PATIENCE = 5.0
"""Seconds to wait for a connection, for the other writers of this process, then for those of another."""
_EACH_CONNECTION = (
    f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}",
    "PRAGMA synchronous = FULL",
    f"PRAGMA journal_size_limit = {16 * 1024 * 1024}",
    "PRAGMA wal_autocheckpoint = 4000",  # pages, as many as the limit holds: who commits then waits for the copying
)
_ONCE = ("PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL")
"""In this order, before the first table: the journal mode writes the first page, which fixes the other."""
_READING, _WRITING = Statement(text("BEGIN")), Statement(text("BEGIN IMMEDIATE"))


class Sqlite:
    """One file. Made without touching it; the file and its folder appear at the first connection."""

    shared = False

    def __init__(self, url: str) -> None:
        self.path = Path(make_url(url).database or "").absolute()
        self.engine = _engine(url, self.path).execution_options(database=self)
        self._writers = threading.Lock()
        self._readers, self._writer = deque[Connection](), deque[Connection]()

    @property
    def made(self) -> bool:
        return self.path.exists()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._lent(self._readers) as connection:
            _READING.run(connection, {})
            yield connection
            _end(connection, "rollback")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """BEGIN IMMEDIATE. Writers of this process queue here: in SQLite they would poll."""
        if not self._writers.acquire(timeout=_PATIENCE):
            raise StoreDown("other writers take too long")
        try:
            with self._lent(self._writer) as connection:
                _WRITING.run(connection, {})
                yield connection
                _end(connection, "commit")
        finally:
            self._writers.release()

    @contextmanager
    def _lent(self, kept: deque[Connection]) -> Iterator[Connection]:
        """One that is kept for the next who asks, unless something went wrong on it: to open one, and to give it back,
        costs more than what is mostly asked."""
        try:
            connection = kept.pop()
        except IndexError:
            connection = self.engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        kept.append(connection)

    def touch(self, tx: Connection) -> None:
        """A number that nothing reads, on the disk."""
        tx.exec_driver_sql("PRAGMA user_version = 1")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process upgrades meanwhile."""
        _make_file(self.path)
        with open(f"{self.path}.lock", "w", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def prepare(self) -> None:
        """What has to be set before the first table, while nobody else is connected."""
        self._give_back()
        connection = self.engine.raw_connection()
        try:
            for pragma in _ONCE:
                connection.cursor().execute(pragma)
        finally:
            connection.close()

    def lock(self, _tx: Connection, _names: Sequence[str]) -> None:
        """Nothing to do: a write has the whole file."""

    def close(self) -> None:
        self._give_back()
        self.engine.dispose()

    def _give_back(self) -> None:
        for kept in (self._readers, self._writer):
            while kept:
                kept.pop().close()


@compiles(Now, "sqlite")
def _now(_now: Now, compiler: SQLCompiler, **asked: Any) -> str:
    """The caller's time: all who share a file share a machine."""
    return compiler.process(bindparam("b_now", type_=BigInteger()), **asked)


def _engine(url: str, path: Path) -> Engine:
    """`hide_parameters`: an error of SQLAlchemy would otherwise print what was to be stored."""
    engine = create_engine(url, pool_size=_THREADS, max_overflow=8, pool_timeout=_PATIENCE, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def _before(*_parts: object) -> None:
        _make_file(path)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        for pragma in _EACH_CONNECTION:
            connection.execute(pragma)

    return engine


def _end(connection: Connection, how: Literal["commit", "rollback"]) -> None:
    """SQLAlchemy begins a transaction of its own, around ours, with the first statement that it runs itself."""
    if connection.in_transaction():
        getattr(connection, how)()
    else:
        getattr(connection.connection, how)()


def _make_file(path: Path) -> None:
    """Makes it when it is not there, for its owner only; SQLite gives its journal files the same mode.

    A file that is there is never opened: closing it would drop the locks of all connections of this process
    (POSIX), and the next process to leave would delete the journal under us.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _making, suppress(FileExistsError):
        os.close(_private(str(path), os.O_RDWR | os.O_EXCL))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)
