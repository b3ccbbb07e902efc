"""The store: transactions and migrations, the same for both databases.

Each room owns the SQL of its tables. What differs between the two is in `sqlite` and `postgres`; no other file
knows which database it is.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, Table, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from bridge.errors import StoreBehind, StoreDown, UpgradeFailed
from bridge.store import faults
from bridge.store.patience import SECONDS, Patience
from bridge.store.postgres import CONNECTIONS, Postgres
from bridge.store.sqlite import Sqlite
from bridge.store.tables import health, vault

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
_TRIES = 30
"""The version before serves meanwhile and locks the same tables in another order: a server ends a ring by failing one
of its sides, after a second.
"""


Database: TypeAlias = Postgres | Sqlite


class Store:
    """Made without touching anything. `connections`: the most that this process opens to a server.

    `path` is the SQLite file, None with a server. `shared`: other machines may work on it too. `patience`: seconds that
    a caller waits in all for whoever has the store.
    """

    def __init__(self, url: str, connections: int = CONNECTIONS, patience: float = SECONDS) -> None:
        of_server = url.startswith("postgresql")
        self._made_of = url, connections, patience
        self._database: Database = Postgres(url, connections, patience) if of_server else Sqlite(url, patience)
        self._renewing = threading.Lock()
        self.path = self._database.path
        self.shared = self._database.shared
        self.admit: Callable[[Store], None] = lambda _found: None
        """Asked of a file that was put in the place of ours, while we run: raises StoreDown if it is not our store."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One moment's view of the store, without a lock. Raises StoreDown."""
        with self._down(), self._current().read(self.patience()) as connection:
            yield connection

    @contextmanager
    def write(self, patience: Patience | None = None) -> Iterator[Connection]:
        """One transaction: one commit, on the disk, or nothing when the block raises. Raises StoreDown.

        Not to be nested in one thread. `patience`: of one who waits already.
        """
        with self._down(), self._current().write(patience or self.patience()) as connection:
            yield connection

    def patience(self) -> Patience:
        """Of a caller who comes now."""
        return Patience(self._made_of[2])

    def prove(self) -> None:
        """Write a row, which takes what any row takes: the right to, room, and the disk. Raises StoreDown."""
        with self.write() as tx:
            tx.execute(_PROOF(tx))

    def writable(self) -> bool:
        """Whether a row really reaches the disk now."""
        try:
            self.prove()
        except StoreDown:
            return False
        return True

    def checkpoint(self, *, emptied: bool = False) -> None:
        """Bring what was committed to its place, where the database leaves that to whoever writes. `emptied`: what was
        written on the way there goes too, unless somebody still reads it.
        """
        with self._down():
            self._current().checkpoint(emptied=emptied)

    def _current(self) -> Database:
        """Raises StoreDown while the file that we had open does not lie under its path any more, and nothing that may
        take its place does: an empty store in its place would lack everything that was promised.
        """
        if not self._database.moved():
            return self._database
        if not self._renewing.acquire(blocking=False):
            raise self._database.elsewhere()
        try:
            return self._renewed() if self._database.moved() else self._database
        finally:
            self._renewing.release()

    def _renewed(self) -> Database:
        if not self._database.leave():
            raise self._database.elsewhere()
        found = Store(*self._made_of)
        if not found._database.made:
            raise self._database.elsewhere()
        try:
            found._holds_a_store()
            self.admit(found)
            found.ready()  # it may be a backup of the version before
        except BaseException:
            found.close()
            raise
        log.warning("another file lies where the store was: it is used from now on")
        self._database = found._database
        return self._database

    def _holds_a_store(self) -> None:
        with self.read() as tx:
            if not inspect(tx).has_table(vault.name):
                raise StoreDown("another file lies where the store was", "replaced")

    def pending(self) -> list[str]:
        """Names of the migrations that the store lacks, oldest first; none when it is newer than we are."""
        now = ""  # the number of the last one that it had
        if self._database.made:
            with self.read() as tx:
                if inspect(tx).has_table("alembic_version"):
                    now = tx.scalar(text("SELECT version_num FROM alembic_version")) or ""
        return [path.stem for path in _migrations() if _number(path) > now]

    def behind(self) -> bool:
        return bool(self.pending())

    def upgrade(self) -> None:
        """Brings the tables up to this code, in one transaction. Of two processes the second waits and has
        nothing to do. Raises UpgradeFailed. Alembic is loaded only when there is something to do: it would slow each
        start.
        """
        with self._down(), self._database.alone():
            if pending := self.pending():
                self._database.prepare()
                self._migrate(pending)
                log.info("store upgraded", extra={"to": _number(_migrations()[-1])})

    def ready(self) -> None:
        """A file is brought up to date; a server that is behind raises StoreBehind: old processes may still serve from
        it, so it is upgraded once, in the release phase (docs/ledger.md 26).
        """
        if not self.behind():  # whoever only looks needs no disk that takes a lock
            return
        if not self.shared:
            self.upgrade()
        else:
            raise StoreBehind(["DATABASE_URL: this database lacks tables of this version. Run `flask upgrade` first."])

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def _down(self) -> Iterator[None]:
        """A database that cannot serve becomes StoreDown; an error of ours (a constraint, bad SQL) stays."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            reason = faults.reason(error)
            if reason is None:
                raise
            if reason == "away" and self.path is not None and self.path.exists():  # SQLite says no more than that
                reason = reason if os.access(self.path.parent, os.W_OK) else "read_only"
            raise StoreDown("the database does not serve", reason) from error

    def _migrate(self, pending: list[str]) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))

        def migrate() -> None:
            with self.write() as connection:
                config.attributes["connection"] = connection
                try:
                    command.upgrade(config, "head")
                except Exception as error:
                    if not faults.of_migration(error):
                        raise
                    log.exception("the store was not upgraded: nothing was changed")
                    raise UpgradeFailed(", ".join(pending)) from error

        for _ in range(_TRIES if self.shared else 0):
            with suppress(StoreDown):
                migrate()
                return
        migrate()


def lock(tx: Connection, names: Sequence[str]) -> None:
    """Hold these names until the end of the transaction: who else asks for one of them waits. Once per transaction,
    before any row is locked (docs/ledger.md 4).
    """
    cast("Database", tx.get_execution_options()["database"]).lock(tx, names)


def lock_list(tx: Connection, names: Sequence[str]) -> None:
    """The same for a list of any length, whose names are of one kind and locked in no other way."""
    cast("Database", tx.get_execution_options()["database"]).lock_list(tx, names)


def either(build: Callable[[Callable[[Table], Any]], Any]) -> Callable[[Connection], Any]:
    """A statement with ON CONFLICT, made once for each database: `build` is given the INSERT to begin with."""
    made = {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}
    return lambda tx: made[tx.dialect.name]


def upsert(table: Table, *newer: str, **made: Callable[[Any], Any]) -> Callable[[Connection], Any]:
    """`either`: an INSERT that writes these columns anew where the row is there; `made`: what of the new value."""

    def build(insert: Callable[[Table], Any]) -> Any:
        row = insert(table)
        values = {name: row.excluded[name] for name in newer}
        values |= {name: make(row.excluded[name]) for name, make in made.items()}
        return row.on_conflict_do_update(index_elements=[*table.primary_key], set_=values)

    return either(build)


def _counted(insert: Callable[[Table], Any]) -> Any:
    row = insert(health).values(name="store", writes=1)
    return row.on_conflict_do_update(index_elements=["name"], set_={"writes": health.c.writes + 1})


_PROOF = either(_counted)


def _migrations() -> list[Path]:
    return sorted(MIGRATIONS.glob("versions/[0-9]*.py"))


def _number(migration: Path) -> str:
    return migration.stem.partition("_")[0]
