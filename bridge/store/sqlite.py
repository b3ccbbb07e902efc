"""The store in one SQLite file: its connections, its writers' queue, its lock for upgrades (docs/ledger.md 25, 26)."""

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from sqlalchemy import BigInteger, Connection, Engine, bindparam, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bridge.errors import StoreDown
from bridge.store import faults
from bridge.store.patience import SECONDS, Patience
from bridge.store.prepared import LISTED, Among, Now, Statement

_making = threading.Lock()
_THREADS = 24
"""16 of gunicorn and 8 that cross; the few more are for the sweep and for a read inside a write."""
_EACH_CONNECTION = (
    "PRAGMA synchronous = FULL",
    f"PRAGMA journal_size_limit = {16 * 1024 * 1024}",
    "PRAGMA wal_autocheckpoint = 4000",  # pages, as many as the limit holds: who commits then waits for the copying
)
_ONCE = ("PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL")
"""In this order, before the first table: the journal mode writes the first page, which fixes the other."""
_READING, _WRITING = Statement(text("BEGIN")), Statement(text("BEGIN IMMEDIATE"))
_NOTICED = 0.05
"""Seconds of waiting that are worth a statement more: to tell SQLite that less than the whole patience is left."""
_LOOK = 0.1
"""Seconds."""

_File: TypeAlias = tuple[int, int]
"""Which file it is, whatever its name: device and number."""
_LEFT: _File = (-1, -1)


class Sqlite:
    """One file. Made without touching it; the file and its folder appear at the first connection.

    It stays with that very file: once another lies under the path, or none, it lends nothing any more, because what
    is written to a file without a name is lost (docs/ledger.md 27b).
    """

    shared = False

    def __init__(self, url: str, patience: float = SECONDS) -> None:
        self.path = Path(make_url(url).database or "").absolute()
        self._journal_path = self.path.with_name(f"{self.path.name}-wal")
        self.patience = patience
        self.engine = _engine(self, url).execution_options(database=self)
        self._file: _File | None = None
        self._journal: _File | None = None
        self._writers = threading.Lock()
        self._found_locked = False
        self._readers, self._writer = deque[Connection](), deque[Connection]()
        self._counting = threading.Lock()
        self._lent_out = 0

    @property
    def made(self) -> bool:
        return self.path.exists()

    def moved(self) -> bool:
        """Whether the file that is open, or its journal, does not lie under its path any more.

        Costs 5 µs: asked at each use.
        """
        if self._file is None:
            return False
        return self._file != _file(self.path) or self._journal not in (None, _file(self._journal_path))

    def elsewhere(self) -> StoreDown:
        """What to tell whoever asks for the file that has moved, until another one took its place."""
        if _file(self.path):
            return StoreDown("another file lies where the store was", "replaced")
        return StoreDown("the store's file is gone")

    @contextmanager
    def read(self, _patience: Patience) -> Iterator[Connection]:
        with self._lent(self._readers) as connection:
            _READING.run(connection, {})
            yield connection
            _end(connection, "rollback")

    @contextmanager
    def write(self, patience: Patience) -> Iterator[Connection]:
        """BEGIN IMMEDIATE. Writers of this process queue here: in SQLite they would poll, each for its whole time."""
        if not self._writers.acquire(timeout=patience.left):
            raise StoreDown("other writers take too long", "locked")
        try:
            with self._lent(self._writer) as connection:
                self._begin(connection, patience.left)
                yield connection
                _end(connection, "commit")
            if self.moved():
                raise self.elsewhere()
        finally:
            self._writers.release()

    def _begin(self, connection: Connection, left: float) -> None:
        """Who waited for others of this process waits so much less for another one; and once somebody found the file
        locked for the whole time, the others only look, until one gets it: a caller who waits holds a thread.
        """
        whole = left > self.patience - _NOTICED and not self._found_locked
        if not whole:
            _wait(connection.connection, min(left, _LOOK) if self._found_locked else left)
        try:
            _WRITING.run(connection, {})
            self._found_locked = False
        except DBAPIError as error:
            self._found_locked |= whole and faults.reason(error) == "locked"
            raise
        finally:
            if not whole:
                _wait(connection.connection, self.patience)

    @contextmanager
    def _lent(self, kept: deque[Connection]) -> Iterator[Connection]:
        """One that is kept for the next who asks, unless something went wrong on it: to open one, and to give it back,
        costs more than what is mostly asked."""
        with self._counting:
            if self._file == _LEFT:  # since its caller asked whether it moved
                raise self.elsewhere()
            self._lent_out += 1
        try:
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
            if self._journal is None:
                self._journal = _file(self._journal_path)
        finally:
            with self._counting:
                self._lent_out -= 1

    def connect(self) -> sqlite3.Connection:
        """Opens what is there; only the first one may make the file. Raises StoreDown when it is not the one that the
        others have open, or changes meanwhile."""
        if self._file is None:
            _make_file(self.path)
        before = _file(self.path)
        where = f"file:{quote(str(self.path))}?mode=rw"
        made = sqlite3.connect(where, uri=True, timeout=self.patience, check_same_thread=False)
        if before is None or _file(self.path) != before or before != (self._file or before):
            made.close()
            raise self.elsewhere()
        if self._file is None:
            self._file = before
            _keep_journal(made)
        return made

    def leave(self) -> bool:
        """Close the file that has moved; False while that cannot be yet, because somebody still reads from it, or what
        its journal holds does not go into it.

        The journal lies under the path: whoever opened another file there would take it for that one's.
        """
        with self._counting:
            if self._lent_out:
                return False
            self._give_back()
            with suppress(DBAPIError, StoreDown), self.engine.connect() as last:
                last.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            journal = self._journal_path
            if self._journal is not None and self._journal == _file(journal) and journal.stat().st_size:
                return False
            self.engine.dispose()
            self._file = _LEFT  # a new file may be given the number of one that is closed
        return True

    def checkpoint(self, *, emptied: bool = False) -> None:
        """Copy the journal into the file beside the writers; else whoever fills it waits for all of it."""
        connection = self.engine.raw_connection()
        try:
            how = "TRUNCATE" if emptied else "PASSIVE"
            connection.cursor().execute(f"PRAGMA wal_checkpoint({how})").fetchall()
        finally:
            connection.close()

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

    lock_list = lock

    def close(self) -> None:
        self._give_back()
        self.engine.dispose()
        self._journal = None  # who closes last deletes it

    def _give_back(self) -> None:
        for kept in (self._readers, self._writer):
            while kept:
                kept.pop().close()


@compiles(Now, "sqlite")
def _now(_now: Now, compiler: SQLCompiler, **asked: Any) -> str:
    """The caller's time: all who share a file share a machine."""
    return compiler.process(bindparam("b_now", type_=BigInteger()), **asked)


@compiles(Among, "sqlite")
def _among(among: Among, compiler: SQLCompiler, **asked: Any) -> str:
    """The list is one text of JSON: as many binds as texts would be another statement for each length."""
    listed = compiler.process(bindparam(LISTED), **asked)
    return f"{compiler.process(among.column, **asked)} IN (SELECT value FROM json_each({listed}))"  # noqa: S608


def _engine(of: Sqlite, url: str) -> Engine:
    """`hide_parameters`: an error of SQLAlchemy would otherwise print what was to be stored."""
    engine = create_engine(url, pool_size=_THREADS, max_overflow=8, pool_timeout=of.patience, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def _connect(*_parts: object) -> sqlite3.Connection:
        return of.connect()

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        for pragma in _EACH_CONNECTION:
            connection.execute(pragma)

    return engine


def _keep_journal(connection: sqlite3.Connection) -> None:
    """A backup that was made with VACUUM has lost the mode, and readers would wait for the writer.

    An empty file gets it from `_ONCE`. Where it cannot be now, it will be at the next start.
    """
    with suppress(sqlite3.Error):
        if connection.execute("PRAGMA page_count").fetchone()[0]:
            connection.execute("PRAGMA journal_mode = WAL")


def _file(path: Path) -> _File | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # twice as fast, at each use
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _wait(connection: Any, seconds: float) -> None:
    connection.cursor().execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


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
