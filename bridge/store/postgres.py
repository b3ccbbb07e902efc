"""The store in a Postgres database, shared by processes: its connections, locks and clock (docs/ledger.md 24 to 26)."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, create_engine, event, func, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bridge.errors import StoreDown
from bridge.store.patience import SECONDS, Patience
from bridge.store.prepared import LISTED, Among, Now

CONNECTIONS = 4
"""Of a web process, which has one more for jobs: the smallest plans give 20, and a release doubles what web and worker
have (docs/ledger.md 24)."""
_NOTICED = 0.25
"""Seconds of waiting that are worth a statement more. To connect takes less."""
_UPGRADE = "upgrade"
_STOOD_STILL = "SET idle_in_transaction_session_timeout = 60000"
"""Milliseconds: a process that was stopped half way must not hold its locks."""
_STRIPES = 256
"""A stripe is locked by its number, which no name has."""
CONNECT: dict[str, Any] = {
    "connect_timeout": int(SECONDS),
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # a server that vanished is noticed in seconds, not in the kernel's 15 minutes
    "prepare_threshold": None,  # prepared statements do not survive PgBouncer's transaction mode
    "application_name": "qomon-bridge",
}


class Postgres:
    """One database. Opens nothing before the first connection; a restarted server is noticed and connected to anew."""

    shared = True
    path = None
    made = True

    def __init__(self, url: str, connections: int = CONNECTIONS, patience: float = SECONDS) -> None:
        """`hide_parameters`: an error of SQLAlchemy would otherwise print what was to be stored."""
        engine = create_engine(
            url,
            pool_size=connections,
            max_overflow=0,  # one more would be opened and closed again at each turn
            pool_timeout=patience,
            pool_pre_ping=True,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            connect_args=CONNECT,
        )
        event.listen(engine, "connect", self._configure)
        event.listen(engine, "handle_error", _unquoted)
        self._patience = patience
        self._engine = engine.execution_options(database=self)
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def moved(self) -> bool:
        """Never: whoever connects anew asks the same address."""
        return False

    def leave(self) -> bool:
        """Nothing to do."""
        return True

    def elsewhere(self) -> StoreDown:
        """Never told: nothing moves."""
        return StoreDown("the database is not reached")

    @contextmanager
    def read(self, patience: Patience) -> Iterator[Connection]:
        """REPEATABLE READ: one moment for the whole block."""
        with self._reading.connect() as connection:
            connection.begin()
            self._shorten(connection, patience.left)
            yield connection

    @contextmanager
    def write(self, patience: Patience) -> Iterator[Connection]:
        """READ COMMITTED: each statement sees what was committed before it, so that what follows a lock is fresh."""
        with self._engine.begin() as connection:
            self._shorten(connection, patience.left)
            yield connection

    def _configure(self, connection: Any, _record: object) -> None:
        for setting in (f"SET lock_timeout = {int(self._patience * 1000)}", _STOOD_STILL):
            connection.execute(setting)
        connection.commit()

    def _shorten(self, connection: Connection, left: float) -> None:
        """Who waited for a connection waits so much less for a lock."""
        if left < self._patience - _NOTICED:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(left * 1000) + 1}")  # 0 were for ever

    def checkpoint(self, *, emptied: bool = False) -> None:
        """Nothing to do: the server does it."""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process upgrades meanwhile. In a transaction: PgBouncer may hand the next one to another."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            self.lock(connection, [_UPGRADE])
            yield

    def prepare(self) -> None:
        """Nothing to do."""

    def lock(self, tx: Connection, names: Sequence[str]) -> None:
        """Each name is this transaction's alone until it ends; taken in one order, so that nobody waits in a ring."""
        tx.execute(select(func.pg_advisory_xact_lock(_each(_keys(names)))))

    def lock_list(self, tx: Connection, names: Sequence[str]) -> None:
        """The same, however many there are: a server keeps a lock in a table of some thousand places, for everybody.

        Each name belongs to a stripe. A few names are taken beside others' in their stripes; many, by the whole stripe.
        """
        keys = _keys(names)
        stripes = _each(sorted({key % _STRIPES for key in keys}))
        if len(keys) > _STRIPES:
            tx.execute(select(func.pg_advisory_xact_lock(stripes)))
            return
        beside = select(func.pg_advisory_xact_lock_shared(stripes))
        tx.execute(beside.union_all(select(func.pg_advisory_xact_lock(_each(keys)))))  # in this order

    def close(self) -> None:
        self._engine.dispose()


@compiles(Now, "postgresql")
def _now(_now: Now, _compiler: SQLCompiler, **_asked: Any) -> str:
    """The server's, at the moment when the row is looked at: the machines of web and worker may differ."""
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(Among, "postgresql")
def _among(among: Among, compiler: SQLCompiler, **asked: Any) -> str:
    listed = compiler.process(bindparam(LISTED), **asked)
    return f"{compiler.process(among.column, **asked)} = ANY (CAST({listed} AS TEXT[]))"


def _keys(names: Sequence[str]) -> list[int]:
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return sorted({int.from_bytes(digest, "big", signed=True) for digest in digests})


def _each(numbers: Sequence[int]) -> Any:
    return func.unnest(literal(numbers, postgresql.ARRAY(BigInteger))).column_valued()


def _unquoted(context: ExceptionContext) -> None:
    """The server quotes the row in its errors: what is left says which kind of error, and of which constraint."""
    diagnosis = getattr(context.original_exception, "diag", None)
    named = [getattr(diagnosis, name, None) for name in ("sqlstate", "table_name", "constraint_name")]
    message = " ".join([type(context.original_exception).__name__, *(name for name in named if name)])
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = (message,)
