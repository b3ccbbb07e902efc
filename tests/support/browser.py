"""A bridge as staff have it, gunicorn and a sandbox Qomon, both real processes, for Debian's Chromium to look at."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from app import create_app
from bridge.hooks.revisions import By
from bridge.operations.staff import ROLES, Role, Staff
from bridge.proofs.verify import Proof, sign
from bridge.qomon.sandbox import TOKEN
from tests.support.visitor import PASSWORD
from tests.support.whole_bridge import BENEVOLES_FILE, KEY, SECRET, sample

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
_NAMES: dict[Role, str] = {"viewer": "Vera", "staff": "Sam", "admin": "Léa"}


@dataclass
class Site:
    """Where it listens, and what is in it: an account of each role, the volunteers' webhook, live."""

    url: str
    qomon: str
    environ: dict[str, str] = field(repr=False)
    folder: Path = field(default=Path(), repr=False)

    def flask(self, *words: object) -> str:
        """A command beside the running processes."""
        command = [Path(sys.executable).with_name("flask"), *words]
        done = subprocess.run(
            [str(word) for word in command], cwd=ROOT, env=self.environ, text=True, capture_output=True, check=True
        )
        return done.stdout

    def tally(self, address: str = "k3f9x2m7", secret: str = SECRET, **changes: Any) -> str:
        """Somebody fills in the volunteers' form: the event's id. Changes by label."""
        body = sample(**changes)
        headers = {"Content-Type": "application/json", **sign(body, Proof("tally-v1", (secret,)), datetime.now(UTC))}
        answer = requests.post(f"{self.url}/hooks/{address}", body, headers=headers, timeout=20)
        answer.raise_for_status()
        return str(answer.json()["events"][0]["event"])

    def wait(self, event: str, *outcomes: str) -> str:
        """Until it is one of these; what it is."""
        services: Any = create_app(self.environ).extensions["bridge"].open()
        from bridge.inbox import events

        try:
            for _ in range(400):
                with services.store.read() as tx:
                    row = events.find_event(tx, event)
                if row is not None and row.outcome.value in outcomes:
                    return str(row.outcome.value)
                time.sleep(0.05)
        finally:
            services.store.close()
        raise AssertionError(f"{event} is {row.outcome if row else 'not there'}")


@contextmanager
def site(folder: Path, database: str = "", **environ: str) -> Iterator[Site]:
    """A fresh one, of processes of its own; they end with it."""
    with ExitStack() as stack:
        ours, theirs = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2))
        port, qomon_port = (one.getsockname()[1] for one in (ours, theirs))
        theirs.close()
        said = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "FLASK_SKIP_DOTENV": "1",
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "QOMON_URL": f"http://127.0.0.1:{qomon_port}",
            "QOMON_TOKEN": TOKEN,
            "DATABASE_URL": database or f"sqlite:///{folder}/bridge.db",
            "BRIDGE_KEY": KEY,
            "TALLY_SECRET": SECRET,
            **environ,
        }
        made = Site(said["PUBLIC_URL"], said["QOMON_URL"], said, folder)
        _furnish(said)
        bin_ = Path(sys.executable).parent
        sandbox: list[Any] = [bin_ / "flask", "sandbox", "--port", qomon_port]
        web: list[Any] = [bin_ / "gunicorn", "-c", ROOT / "gunicorn.conf.py", "-w", 1, "--threads", 16]
        web += ["--no-control-socket", "--chdir", ROOT, "-b", f"fd://{ours.fileno()}", "app:app"]
        for name, command, keep in (("sandbox", sandbox, []), ("web", web, [ours.fileno()])):
            stack.enter_context(_running(folder / f"{name}.log", command, said, keep))
        ours.close()
        _until(f"{made.qomon}/_sandbox/contacts")
        _until(f"{made.url}/health")
        yield made


def _furnish(environ: dict[str, str]) -> None:
    """The store, made up to date, with its accounts and the webhook, before anybody serves it."""
    services: Any = create_app(environ).extensions["bridge"]
    from bridge.store.store import Store

    store = Store(environ["DATABASE_URL"])
    store.upgrade()
    store.close()
    services.open()
    people = Staff(services.store, services.vault)
    by = By(datetime.now(UTC), "Léa")
    for role in ROLES:
        _made, token = people.add(f"{role}@example.org", _NAMES[role], role, by)
        people.use_link(token, PASSWORD, by)
    with services.store.write() as tx:
        text = BENEVOLES_FILE.read_text(encoding="utf-8")
        services.hooks.import_text(tx, text, pinned=None, now=by.at)
    services.store.close()


@contextmanager
def _running(log: Path, command: list[Any], environ: dict[str, str], keep: list[int]) -> Iterator[None]:
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=environ, stdout=out, stderr=out, pass_fds=keep
        ) as process,
    ):
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=25)


def _until(url: str) -> None:
    for _ in range(400):
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
