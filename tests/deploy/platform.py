"""What a platform does to the bridge: its environment, the processes of the Procfile by honcho, a database, a Qomon."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psycopg
import requests

from bridge.commands.sandbox import server as qomon_server
from bridge.qomon.sandbox import TOKEN, create_sandbox
from tests.support.json_hook import PROOF
from tests.support.json_hook import TOKEN as JSON_TOKEN

if TYPE_CHECKING:
    from bridge.qomon.sandbox.state import Sandbox

ROOT = Path(__file__).parents[2]
KEY = "an invented key of thirty-two or more"
ALLOWED = 25.0
"""Seconds in which all processes must be gone after SIGTERM: platforms kill after 30."""
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Built:
    """A version of the application as a platform has it: its files, and the programs of its packages."""

    app: Path
    programs: Path


HERE = Built(ROOT, Path(sys.executable).parent)


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Waits for what must come."""
    over = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < over, f"did not come within {seconds:.0f} s"
        threading.Event().wait(0.03)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def answered(answer: requests.Response) -> Answer:
    with suppress(json.JSONDecodeError):
        return answer.status_code, cast("dict[str, Any]", answer.json())
    return answer.status_code, {}


class Running:
    """honcho, and over it the processes that it started, until `stop`."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self._process, self._log = process, log
        self.url = f"http://127.0.0.1:{port}"

    def health(self) -> Answer:
        """(0, {}) while nobody listens."""
        assert self._process.poll() is None, f"it ended by itself\n{self.told()}"
        with suppress(requests.RequestException):
            return answered(requests.get(f"{self.url}/health", timeout=10))
        return 0, {}

    def serving(self) -> "Running":
        until(lambda: self.health()[0] == 200)
        return self

    def post(self, body: bytes) -> Answer:
        headers = {"Content-Type": "application/json", **PROOF}
        return answered(requests.post(f"{self.url}/hooks/essai234", body, headers=headers, timeout=30))

    def told(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ask_to_end(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def stop(self) -> float:
        """SIGTERM, as a platform does; the seconds until the last one was gone."""
        began = time.monotonic()
        if self._process.poll() is None:
            self.ask_to_end()
        self._process.wait(ALLOWED)
        return time.monotonic() - began

    def close(self) -> None:
        """Nobody is left, whatever happened."""
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            for started in re.findall(r"started \(pid=(\d+)\)", self.told()):  # each leads a session of its own
                with suppress(ProcessLookupError):
                    os.killpg(int(started), signal.SIGKILL)
            self._process.kill()
            self._process.wait()


class Platform:
    """A database and a Qomon; `release`, `start` and `run` do what the buttons and commands of a platform do."""

    def __init__(self, database: str, folder: Path) -> None:
        self._database = database.replace("+psycopg", "")
        self._folder = folder
        self._sandbox = create_sandbox({}, now=lambda: datetime.now(UTC), sleep=time.sleep)
        self._serving = qomon_server(self._sandbox, 0)
        threading.Thread(target=self._serving.serve_forever, daemon=True).start()
        self._started: list[Running] = []

    @property
    def sandbox(self) -> "Sandbox":
        return cast("Sandbox", self._sandbox.extensions["sandbox"])

    @property
    def qomon(self) -> str:
        return f"http://127.0.0.1:{self._serving.server_port}"

    def environ(self, built: Built, port: int) -> dict[str, str]:
        return {
            "PATH": f"{built.programs}:/usr/bin:/bin",
            "LANG": "en",
            "PORT": str(port),
            "DYNO": "web.1",
            "DATABASE_URL": self._database.replace("postgresql://", "postgres://"),
            "BRIDGE_KEY": KEY,
            "SETUP_CODE": "an-invented-setup-code",
            "QOMON_URL": self.qomon,
            "QOMON_TOKEN": TOKEN,
            "JSON_TOKEN": JSON_TOKEN,
        }

    def run(self, built: Built, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """A process for one command, beside those that serve."""
        command = [str(built.programs / words[0]), *words[1:]]
        environ = self.environ(built, free_port())
        return subprocess.run(
            command, cwd=built.app, env=environ, input=stdin, capture_output=True, text=True, timeout=120
        )

    def release(self, built: Built) -> "subprocess.CompletedProcess[str]":
        """The release phase; a platform begins no process of a version whose release did not return 0."""
        environ = self.environ(built, free_port())
        return subprocess.run(
            [*_honcho(), "release"], cwd=built.app, env=environ, capture_output=True, text=True, timeout=120
        )

    def start(self, built: Built, *names: str) -> Running:
        """Processes of the Procfile, `web` first: it gets the port."""
        port = free_port()
        log = self._folder / f"log-{len(self._started)}"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*_honcho(), *names], cwd=built.app, env=self.environ(built, port), stdout=out, stderr=out
            )
        started = Running(process, port, log)
        self._started.append(started)
        return started

    def said(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._database, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    def outcomes(self) -> list[str]:
        return [outcome for (outcome,) in self.said("SELECT outcome FROM event ORDER BY seq")]

    def tables(self) -> list[tuple[Any, ...]]:
        """Every column of every table, and the number of the last migration."""
        columns = "SELECT table_name, column_name, data_type FROM information_schema.columns"
        shape = self.said(f"{columns} WHERE table_schema = 'public' ORDER BY 1, 2")
        return [*shape, *(self.said("SELECT version_num FROM alembic_version") if shape else [])]

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Whoever would receive a submission waits for the table of them."""
        with psycopg.connect(self._database) as connection:
            connection.execute("LOCK TABLE event IN SHARE MODE")
            yield

    def waiting(self) -> int:
        """How many wait for somebody's lock."""
        return len(self.said("SELECT pid FROM pg_locks WHERE NOT granted"))

    def writes(self) -> list[str]:
        """Calls that changed a contact in Qomon."""
        return [
            call["method"]
            for call in self.sandbox.calls
            if call["path"].startswith("/contacts") and call["method"] in {"PATCH", "POST"}
        ]

    def close(self) -> None:
        for one in self._started:
            one.close()
        self._serving.shutdown()
        self._serving.server_close()


def _honcho() -> list[str]:
    """In the environment as it is: no file of settings is read."""
    return [str(Path(sys.executable).with_name("honcho")), "--no-colour", "-e", os.devnull, "start"]
