"""The store: transactions and migrations, the same for both databases.

Each room owns the SQL of its tables. What differs between the two is in `sqlite` and `postgres`; no other file
knows which database it is.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, Table, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolEmpty

from bridge.errors import Faults, StoreDown
from bridge.store.postgres import CONNECTIONS, Postgres
from bridge.store.sqlite import Sqlite

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


Database: TypeAlias = Postgres | Sqlite


class Store:
    """Made without touching anything. `connections`: the most that this process opens to a server.

    `path` is the SQLite file, None with a server. `shared`: other machines may work on it too.
    """

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        of_server = url.startswith("postgresql")
        self._database: Database = Postgres(url, connections) if of_server else Sqlite(url)
        self.path = self._database.path
        self.shared = self._database.shared

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One moment's view of the store, without a lock. Raises StoreDown."""
        with _down(), self._database.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: one commit, on the disk, or nothing when the block raises. Raises StoreDown.

        Not to be nested in one thread.
        """
        with _down(), self._database.write() as connection:
            yield connection

    def writable(self) -> bool:
        """Whether a write really reaches the disk now."""
        try:
            with self.write() as tx:
                self._database.touch(tx)
        except StoreDown:
            return False
        return True

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
        nothing to do. Alembic is loaded only when there is something to do: it would slow each start.
        """
        with _down(), self._database.alone():
            if self.behind():
                self._database.prepare()
                self._migrate()
                log.info("store upgraded", extra={"to": _number(_migrations()[-1])})

    def ready(self) -> None:
        """A file is brought up to date; a server that is behind raises Faults: old processes may still serve from it,
        so it is upgraded once, in the release phase (docs/ledger.md 26).
        """
        if not self.behind():  # whoever only looks needs no disk that takes a lock
            return
        if not self.shared:
            self.upgrade()
        else:
            raise Faults(["DATABASE_URL: this database lacks tables of this version. Run `flask upgrade` first."])

    def close(self) -> None:
        self._database.close()

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def lock(tx: Connection, names: Sequence[str]) -> None:
    """Hold these names until the end of the transaction: who else asks for one of them waits. Once per transaction,
    before any row is locked (docs/ledger.md 4).
    """
    cast("Database", tx.get_execution_options()["database"]).lock(tx, names)


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


@contextmanager
def _down() -> Iterator[None]:
    """A database that cannot serve becomes StoreDown; an error of ours (a constraint, bad SQL) stays."""
    try:
        yield
    except (IntegrityError, DataError, ProgrammingError):
        raise
    except (DatabaseError, PoolEmpty, OSError) as error:
        raise StoreDown("the database does not answer") from error


def _migrations() -> list[Path]:
    return sorted(MIGRATIONS.glob("versions/[0-9]*.py"))


def _number(migration: Path) -> str:
    return migration.stem.partition("_")[0]
