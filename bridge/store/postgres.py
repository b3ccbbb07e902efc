"""The store in a Postgres database, shared by processes: its connections, locks and clock (docs/ledger.md 24 to 26)."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, Connection, create_engine, event, func, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bridge.store.prepared import Now

CONNECTIONS = 4
"""Of a web process, which has one more for jobs: the smallest plans give 20, and a release doubles what web and worker
have (docs/ledger.md 24)."""
_PATIENCE = 5.0
"""Seconds to wait for a connection: of the pool, then of the server."""
_UPGRADE = "upgrade"
_EACH_CONNECTION = (
    f"SET lock_timeout = {int(_PATIENCE * 1000)}",
    "SET idle_in_transaction_session_timeout = 60000",  # a process that was stopped half way must not hold its locks
)
CONNECT: dict[str, Any] = {
    "connect_timeout": int(_PATIENCE),
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

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        """`hide_parameters`: an error of SQLAlchemy would otherwise print what was to be stored."""
        engine = create_engine(
            url,
            pool_size=connections,
            max_overflow=0,  # one more would be opened and closed again at each turn
            pool_timeout=_PATIENCE,
            pool_pre_ping=True,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            connect_args=CONNECT,
        )
        event.listen(engine, "connect", _configure)
        event.listen(engine, "handle_error", _unquoted)
        self._engine = engine.execution_options(database=self)
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """REPEATABLE READ: one moment for the whole block."""
        with self._reading.connect() as connection:
            connection.begin()
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """READ COMMITTED: each statement sees what was committed before it, so that what follows a lock is fresh."""
        with self._engine.begin() as connection:
            yield connection

    def touch(self, tx: Connection) -> None:
        """A line in the server's log of writes that nothing reads; its commit waits for the disk."""
        tx.execute(select(func.pg_logical_emit_message(True, "bridge", "")))

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
        digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
        keys = sorted({int.from_bytes(digest, "big", signed=True) for digest in digests})
        taken = func.unnest(literal(keys, postgresql.ARRAY(BigInteger))).column_valued("key")
        tx.execute(select(func.pg_advisory_xact_lock(taken)))

    def close(self) -> None:
        self._engine.dispose()


@compiles(Now, "postgresql")
def _now(_now: Now, _compiler: SQLCompiler, **_asked: Any) -> str:
    """The server's, at the moment when the row is looked at: the machines of web and worker may differ."""
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


def _configure(connection: Any, _record: object) -> None:
    for setting in _EACH_CONNECTION:
        connection.execute(setting)
    connection.commit()


def _unquoted(context: ExceptionContext) -> None:
    """The server quotes the row in its errors: what is left says which kind of error, and of which constraint."""
    diagnosis = getattr(context.original_exception, "diag", None)
    named = [getattr(diagnosis, name, None) for name in ("sqlstate", "table_name", "constraint_name")]
    message = " ".join([type(context.original_exception).__name__, *(name for name in named if name)])
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = (message,)
