"""One process of a measure: started on a free port, watched in /proc, ended by its own id."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent
PATIENCE = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Idle:
    """What gunicorn.conf.py starts and stops, in an app that has no threads of its own."""

    def start(self) -> None:
        """Nothing runs."""

    stop = start


def web(app: str) -> list[str]:
    """The web line of the Procfile, word for word, for another app."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    words = next(line for line in lines if line.startswith("web:")).split()[1:]
    return [str(Path(sys.executable).with_name(words[0])), *words[1:-1], app]


def flask(*words: str) -> list[str]:
    return [sys.executable, "-m", "flask", *words]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def on_one_core() -> Iterator[None]:
    """What is started inside stays on one core: its threads do not hand Python's lock from one core to another."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Process:
    """`ready`: seconds from its start to the first 200 of its health page."""

    def __init__(self, command: Sequence[str], port: int, health: str, log: Path, environ: Mapping[str, str]) -> None:
        self.port = port
        began = time.monotonic()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with log.open("ab") as sink:
            self._process = subprocess.Popen(  # noqa: S603  # our own words
                command, cwd=ROOT, env={**kept, "FLASK_SKIP_DOTENV": "1", **environ}, stdout=sink, stderr=sink
            )
        self._log = log
        self._wait_for(health)
        self.ready = time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _it: BaseException | None, _at: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        """Politely, then not."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE + 5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def cpu(self) -> float:
        """Seconds of processor time, so far, of the process and its children."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICKS

    def memory(self) -> float:
        """MB in memory of the largest of them: the worker of gunicorn, not the one that watches it."""
        return max(self._resident(pid) for pid in self.pids())

    def _resident(self, pid: int) -> float:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def pids(self) -> list[int]:
        """Of gunicorn and its worker."""
        mine = self._process.pid
        children = Path(f"/proc/{mine}/task/{mine}/children").read_text(encoding="ascii").split()
        return [mine, *map(int, children)]

    def _wait_for(self, health: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", health)
                status = connection.getresponse().status
                connection.close()
                if status == http.client.OK:
                    return
            time.sleep(0.005)
        self.end()
        raise SystemExit(f"{self._log.name}: did not start.\n{self._log.read_text(encoding='utf-8')[-3000:]}")
