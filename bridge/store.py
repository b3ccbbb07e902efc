"""The store's engine: transactions, the database's own settings, migrations.

Each room owns the SQL of its tables. All that is true of SQLite only stands here (ledger.md 25, 26);
no other file knows which database it is.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolEmpty

from bridge.errors import StoreDown

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"

_making = threading.Lock()
_THREADS = 24
"""16 of gunicorn and 8 that cross; the few more are for the sweep and for a read inside a write."""
_PATIENCE = 5.0
"""Seconds to wait for a connection, for the other writers of this process, then for those of another."""
_EACH_CONNECTION = (
    f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}",
    "PRAGMA synchronous = FULL",
    f"PRAGMA journal_size_limit = {16 * 1024 * 1024}",
)
_ONCE = ("PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL")
"""In this order, before the first table: the journal mode writes the first page, which fixes the other."""


class Store:
    """One SQLite file. Made without touching it; the file and its folder appear at the first connection."""

    def __init__(self, url: str) -> None:
        self.path = Path(make_url(url).database or "").absolute()
        self._engine = _engine(url, self.path)
        self._immediate = self._engine.execution_options(immediate=True)
        self._writers = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One moment's view of the store, without a lock. Raises StoreDown."""
        with _down(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """BEGIN IMMEDIATE, then one commit (an fsync), or nothing when the block raises. Raises StoreDown.

        Writers of this process queue here: in SQLite they would poll. Not to be nested in one thread.
        """
        if not self._writers.acquire(timeout=_PATIENCE):
            raise StoreDown("other writers take too long")
        try:
            with _down(), self._immediate.begin() as connection:
                yield connection
        finally:
            self._writers.release()

    def writable(self) -> bool:
        """Whether a write really reaches the disk now: it writes a number that nothing reads."""
        try:
            with self.write() as connection:
                connection.exec_driver_sql("PRAGMA user_version = 1")
        except StoreDown:
            return False
        return True

    def pending(self) -> list[str]:
        """Names of the migrations that the store lacks, oldest first; none when it is newer than we are."""
        now = ""
        if self.path.exists():
            with self.read() as connection:
                now = _version(connection)
        return [path.stem for path in _migrations() if _number(path) > now]

    def behind(self) -> bool:
        """Whether `upgrade` has something to do."""
        return bool(self.pending())

    def upgrade(self) -> None:
        """Brings the tables up to this code, in one transaction. Of two processes the second waits and has
        nothing to do. Alembic is loaded only when there is something to do: it would slow each start.
        """
        with self._alone():
            if self.behind():
                self._prepare()
                self._migrate()
                log.info("store upgraded", extra={"to": _number(_migrations()[-1])})

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        _make_file(self.path)
        with open(f"{self.path}.lock", "w", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        connection = self._engine.raw_connection()
        try:
            for pragma in _ONCE:
                connection.cursor().execute(pragma)
        finally:
            connection.close()

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


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

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@contextmanager
def _down() -> Iterator[None]:
    """A database that cannot serve becomes StoreDown; an error of ours (a constraint, bad SQL) stays."""
    try:
        yield
    except (IntegrityError, DataError, ProgrammingError):
        raise
    except (DatabaseError, PoolEmpty, OSError) as error:
        raise StoreDown("the database does not answer") from error


def _version(connection: Connection) -> str:
    """The number of the last migration that the store had; empty before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def _migrations() -> list[Path]:
    return sorted(MIGRATIONS.glob("versions/[0-9]*.py"))


def _number(migration: Path) -> str:
    return migration.stem.partition("_")[0]


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
