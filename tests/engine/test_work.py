"""`flask work` as a process, with and without gunicorn beside it, on a real Postgres and a sandbox Qomon of its own."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
from click.testing import Result
from sqlalchemy import text

from app import create_app
from bridge.commands.sandbox import server as qomon_server
from bridge.qomon.sandbox import TOKEN, create_sandbox
from chaos.people import KNOWN
from tests.support.json_hook import ESSAI, PROOF, ZOES, written
from tests.support.json_hook import TOKEN as JSON_TOKEN
from tests.support.postgres import ServerClock

if TYPE_CHECKING:
    from bridge.qomon.sandbox.state import Sandbox
    from bridge.services import Services

ROOT = Path(__file__).parents[2]
PROCFILE = dict(line.split(": ", 1) for line in ROOT.joinpath("Procfile").read_text(encoding="utf-8").splitlines())
JSON = {"Content-Type": "application/json"}


class Place:
    """A database, a Qomon, and the processes of the Procfile over them; `post` accepts in this process, as a web
    process whose threads are all busy would.
    """

    def __init__(self, database: str, folder: Path) -> None:
        self.qomon = create_sandbox({}, now=lambda: datetime.now(UTC), sleep=time.sleep)
        self.serving = qomon_server(self.qomon, 0)
        threading.Thread(target=self.serving.serve_forever, daemon=True).start()
        self.environ = {
            "PATH": os.environ["PATH"],
            "LANG": "en",
            "QOMON_URL": f"http://127.0.0.1:{self.serving.server_port}",
            "QOMON_TOKEN": TOKEN,
            "DATABASE_URL": database,
            "BRIDGE_KEY": "an invented key of thirty-two or more",
            "JSON_TOKEN": JSON_TOKEN,
        }
        self.database = database
        self.log = folder.joinpath("log").open("ab")
        self.app = create_app(self.environ)
        self.services = cast("Services", self.app.extensions["bridge"]).open()
        with self.services.store.write() as tx:
            self.services.hooks.import_text(tx, ESSAI, pinned=None, now=self.services.now())
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def sandbox(self) -> "Sandbox":
        return cast("Sandbox", self.qomon.extensions["sandbox"])

    def start(self, line: str, *flags: str) -> "subprocess.Popen[bytes]":
        program, *rest = shlex.split(PROCFILE[line])
        command = [str(Path(sys.executable).with_name(program)), *rest, *flags]
        started = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=self.log, stderr=self.log)
        self.processes.append(started)
        return started

    def working(self) -> "subprocess.Popen[bytes]":
        """A worker that has told the others that it is there."""
        there = self.said("SELECT id FROM procrastinate_workers")
        worker = self.start("worker")
        self.until(lambda: set(self.said("SELECT id FROM procrastinate_workers")) - set(there))
        return worker

    def post(self, body: bytes) -> str:
        answer = self.app.test_client().post("/hooks/essai234", data=body, headers={**PROOF, **JSON})
        return cast("str", answer.get_json()["events"][0]["event"])

    def said(self, sql: str) -> list[Any]:
        with self.services.store.write() as tx:
            answer = tx.execute(text(sql))
            return [tuple(row) for row in answer] if answer.returns_rows else []

    def outcomes(self) -> list[str]:
        return [outcome for (outcome,) in self.said("SELECT outcome FROM event ORDER BY seq")]

    def queues(self) -> list[int]:
        names = ("lane", "intent", "procrastinate_jobs", "procrastinate_events")
        return [self.said(f"SELECT count(*) FROM {name}")[0][0] for name in names]

    def until(self, true: Callable[[], object]) -> None:
        """What is waited for comes at once, or with the next sweep where a hint was lost."""
        over = time.monotonic() + 90
        while not true():
            if time.monotonic() > over:
                pytest.fail(f"it never came\n{self.seen()}")
            threading.Event().wait(0.02)

    def seen(self) -> str:
        """What the store says without what is sealed, which processes ended, and the end of what all of them logged."""
        names = ("event", "lane", "intent", "procrastinate_jobs", "procrastinate_workers", "hourly")
        sealed = "- ARRAY['record', 'report', 'decision', 'sealed', 'args']"
        stored = {name: self.said(f"SELECT to_jsonb(one) {sealed} FROM {name} one") for name in names}
        told = [f"{name}: {row}" for name, rows in stored.items() for (row,) in rows]
        told += [f"{one.args!r}: {one.poll()}" for one in self.processes]
        return "\n".join([*told, Path(self.log.name).read_text(encoding="utf-8", errors="replace")[-6000:]])

    def close(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
        self.serving.shutdown()
        self.serving.server_close()
        self.services.store.close()
        self.log.close()


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def place(postgres: str, tmp_path: Path) -> Iterator[Place]:
    made = Place(postgres, tmp_path)
    yield made
    made.close()


def test_a_worker_alone_drains_what_was_accepted_before_and_after_it_came(place: Place) -> None:
    place.post(ZOES)
    place.working()
    place.until(lambda: place.outcomes() == ["delivered"])
    place.post(written(mail="nouveau@example.org", prenom="Camille"))
    place.until(lambda: place.outcomes() == ["delivered", "created"])
    place.until(lambda: place.queues() == [0, 0, 0, 0])


def test_the_web_process_alone_drains_everything(place: Place, unused_port: int) -> None:
    before = place.post(ZOES)
    place.start("web", "--bind", f"127.0.0.1:{unused_port}")
    place.until(lambda: place.outcomes() == ["delivered"])

    assert before
    place.until(lambda: place.queues() == [0, 0, 0, 0])


def test_what_a_killed_worker_had_in_hand_is_taken_by_the_next_one(place: Place) -> None:
    place.sandbox.lock.acquire()  # Qomon does not answer
    killed = place.working()
    place.post(ZOES)
    place.until(lambda: place.said("SELECT FROM lane WHERE owner IS NOT NULL"))
    killed.kill()
    killed.wait()
    place.sandbox.lock.release()
    place.said("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    later = ServerClock(place.database)
    later.set(datetime.now(UTC) + timedelta(minutes=2))  # the lease is over
    place.working()

    place.until(lambda: place.queues() == [0, 0, 0, 0])
    later.close()
    assert place.outcomes() == ["delivered"]


def test_three_workers_and_a_web_process_share_the_work(place: Place, unused_port: int) -> None:
    events = [place.post(written(mail=f"personne{n}@example.org", prenom="Camille")) for n in range(12)]
    place.start("web", "--bind", f"127.0.0.1:{unused_port}")
    for _ in range(3):
        place.working()
    place.until(lambda: place.outcomes() == ["created"] * len(events))

    place.until(lambda: place.queues() == [0, 0, 0, 0])
    assert sum(call["method"] == "POST" and call["path"] == "/contacts" for call in place.sandbox.calls) == 12


def test_sigterm_lets_the_call_in_hand_end_gives_the_lanes_back_and_takes_no_more(place: Place) -> None:
    worker = place.working()
    with place.sandbox.lock:
        place.post(ZOES)
        place.until(lambda: place.said("SELECT FROM lane WHERE owner IS NOT NULL"))
        worker.send_signal(signal.SIGTERM)
        place.post(written(mail="nouveau@example.org"))
        threading.Event().wait(1.5)  # longer than a sweep
        began = time.monotonic()
    code = worker.wait(90)

    assert (code, place.outcomes()) == (0, ["delivered", "queued"])
    assert time.monotonic() - began < 10
    assert place.said("SELECT owner FROM lane") == [(None,)]
    assert place.said("SELECT FROM procrastinate_workers") == []


def test_a_worker_outlives_the_store_and_goes_on(place: Place) -> None:
    place.working()
    place.said(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    place.post(ZOES)
    place.until(lambda: place.queues()[0] == 0)
    assert place.outcomes() == ["delivered"]


def test_a_worker_that_was_taken_for_dead_comes_back_and_works(place: Place) -> None:
    place.working()
    place.said("DELETE FROM procrastinate_workers")
    place.post(ZOES)

    place.until(lambda: len(place.said("SELECT FROM procrastinate_workers")) == 1)
    place.until(lambda: place.queues() == [0, 0, 0, 0])
    assert place.outcomes() == ["delivered"]


def test_web_and_worker_open_eight_connections_at_most(place: Place, unused_port: int) -> None:
    place.working()
    place.start("web", "--bind", f"127.0.0.1:{unused_port}")
    place.until(lambda: healthy(unused_port))
    url = f"http://127.0.0.1:{unused_port}/hooks/essai234"

    def load(sender: int) -> None:
        for number in range(6):
            body = written(mail=KNOWN[number].mail, metier=f"Métier {sender} {number}")
            requests.post(url, body, headers={**PROOF, **JSON}, timeout=90)

    senders = [threading.Thread(target=load, args=(number,)) for number in range(16)]
    for sender in senders:
        sender.start()
    seen = []
    mine = place.said("SELECT pg_backend_pid()")[0][0]

    def all_crossed() -> bool:
        counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qomon-bridge'"
        seen.append(place.said(f"{counted} AND datname = current_database() AND pid <> {mine}")[0][0])
        return len(place.outcomes()) == 96 and "queued" not in place.outcomes()

    place.until(all_crossed)
    for sender in senders:
        sender.join()

    assert 3 < max(seen) <= 8
    place.until(lambda: place.queues() == [0, 0, 0, 0])


def healthy(port: int) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=2).ok
    return False


def run(environ: dict[str, str]) -> Result:
    return create_app(environ).test_cli_runner().invoke(args=["work"])


def test_a_store_in_a_file_has_no_worker(tmp_path: Path) -> None:
    done = run({"LANG": "en", "QOMON_TOKEN": "x", "DATABASE_URL": f"sqlite:///{tmp_path}/bridge.db"})

    assert (done.exit_code, done.output) == (
        1,
        "Error: A store in a file has no worker: the web process drains everything.\n",
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", ["procrastinate", "psycopg_pool"])
def test_a_web_process_does_not_load_what_only_workers_need(module: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, app; print({module!r} in sys.modules)"],
        cwd=ROOT, text=True, capture_output=True,
    )  # fmt: skip

    assert said.stdout == "False\n"
