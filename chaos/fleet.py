"""The processes of a campaign: those of the Procfile, and Qomon. Ended by their ids only."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import requests

ROOT = Path(__file__).parent.parent
APP = "chaos.app"
_GONE = 25.0
"""Seconds within which a process that was told to end has ended (docs/ledger.md 27)."""


class Process:
    """A line of the Procfile with the campaign's application. Begins with its making."""

    def __init__(self, line: str, environ: Mapping[str, str], log: IO[bytes], *flags: str, root: Path = ROOT) -> None:
        """`root`: of the version that runs."""
        self._command = [*_of_the_procfile(line, root), *flags]
        self._environ, self._log, self._root = environ, log, root
        self._process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command, cwd=self._root, env={**self._environ, "FLASK_APP": APP}, stdout=self._log, stderr=self._log
        )

    def kill(self) -> None:
        """As when the machine dies."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self._process = self._started()

    def finish(self) -> None:
        """Waits until it ends by itself, and well."""
        if self._process.wait(60):
            raise RuntimeError(f"{self._command} failed")

    def alive(self) -> bool:
        return self._process.poll() is None

    def release(self) -> float:
        """SIGTERM; the seconds that it took to end. Killed, and counted as too long, when it does not."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_GONE)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began


class Web(Process):
    """One gunicorn: an arbiter and its worker."""

    def __init__(self, port: int, environ: Mapping[str, str], log: IO[bytes], root: Path = ROOT) -> None:
        self.url = f"http://127.0.0.1:{port}"
        super().__init__("web", environ, log, "--bind", f"127.0.0.1:{port}", root=root)

    @property
    def workers(self) -> list[int]:
        if not self.alive():  # the number may be somebody else's by now
            return []
        try:
            pid = self._process.pid
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def kill(self) -> None:
        """Both at once."""
        workers = self.workers
        self._process.kill()
        self.kill_worker(workers)
        self._process.wait()

    def kill_worker(self, workers: list[int] | None = None) -> None:
        """As when memory runs out: the arbiter starts another worker."""
        for worker in self.workers if workers is None else workers:
            try:
                os.kill(worker, signal.SIGKILL)
            except ProcessLookupError:
                continue
            _wait_for(worker)

    def ready(self, seconds: float) -> bool:
        """Whether it answered in time; /health says 200 only when the store can be written."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.alive():
            try:
                if requests.get(f"{self.url}/health", timeout=2).ok:
                    return True
            except requests.RequestException:
                pass
            time.sleep(0.05)
        return False


class Qomon:
    """The sandbox's process, and what it is asked and told outside Qomon's paths."""

    def __init__(self, port: int, environ: Mapping[str, str], log: IO[bytes]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = requests.Session()
        command = [sys.executable, "-m", "chaos.qomon", str(port)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                requests.get(f"{self.url}/_sandbox/contacts", timeout=2)
            except requests.ConnectionError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the sandbox did not start")

    def ask(self, path: str) -> object:
        answer = self._http.get(f"{self.url}{path}", timeout=20)
        answer.raise_for_status()
        return answer.json()

    def switch(self, **switches: str) -> None:
        self._http.patch(f"{self.url}/_sandbox/switches", json=switches, timeout=20).raise_for_status()

    def plan(self, method: str, path: str, fault: str, **more: Any) -> None:
        asked = {"method": method, "path": path, "fault": fault, **more}
        self._http.post(f"{self.url}/_sandbox/faults", json=asked, timeout=20).raise_for_status()

    def hold(self, seconds: float) -> None:
        """It takes what is sent, and does nothing until it goes on."""
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def release(environ: Mapping[str, str], log: IO[bytes], root: Path = ROOT) -> None:
    """The release phase, before the processes of a version begin."""
    Process("release", environ, log, root=root).finish()


def flask(environ: Mapping[str, str], log: IO[bytes], *words: str, root: Path = ROOT) -> "subprocess.Popen[bytes]":
    """A command that begins, on the campaign's clock."""
    command = [str(Path(sys.executable).with_name("flask")), *words]
    return subprocess.Popen(command, cwd=root, env={**environ, "FLASK_APP": APP}, stdout=log, stderr=log)


def _of_the_procfile(line: str, root: Path) -> list[str]:
    lines = dict(one.split(": ", 1) for one in root.joinpath("Procfile").read_text(encoding="utf-8").splitlines())
    program, *flags = shlex.split(lines[line].replace("app:app", f"{APP}:app"))
    return [str(Path(sys.executable).with_name(program)), *flags]


def _wait_for(pid: int) -> None:
    """Until it is gone, or nothing but its name is left: it has given its port back then."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return
        if state == "Z":
            return
        time.sleep(0.005)
