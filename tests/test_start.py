"""A process whose store is not there when it starts: 503 until it is, then up by itself (docs/ledger.md 27a)."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from bridge.errors import Faults
from bridge.qomon.sandbox import TOKEN as QOMON_TOKEN
from bridge.store import tables
from bridge.store.store import Store
from bridge.store.vault import WrongKey
from tests.support.disks import filled, small_disk
from tests.support.gunicorn_server import ROOT, on_the_wire
from tests.support.json_hook import ESSAI, PROOF, TOKEN, count, written
from tests.support.postgres import Server
from tests.support.whole_bridge import KEY, QOMON, House

BODY = written(mail="camille.exemple@example.org", prenom="Camille")


def at_postgres(folder: Path, url: str, **environ: str) -> House:
    return House(folder, (), **{"DATABASE_URL": url, "BRIDGE_KEY": KEY, "JSON_TOKEN": TOKEN, **environ})


def begin(house: House, pause: Callable[[float], bool]) -> None:
    """Start, and wait for the thread that waits for the store."""
    house.unopened.start(0, pause=pause)
    starter = house.unopened._starter  # noqa: SLF001
    assert starter is not None
    starter.join(60)
    assert not starter.is_alive()


class Pauses:
    """Instead of time: `then` happens in one of them."""

    def __init__(self, house: House, then: Callable[[], object], at: int = 3) -> None:
        self._house, self._then, self._at = house, then, at
        self.seconds: list[float] = []
        self.answers: set[tuple[int, str | None]] = set()

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        self._house.clock.move(seconds=seconds)
        answer, health = (
            self._house.door.post("/hooks/essai234", data=BODY, headers=PROOF),
            self._house.door.get("/health"),
        )
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        self.answers.add((health.status_code, health.get_json()["reason"]))
        if len(self.seconds) == self._at:
            self._then()
        return False


def test_a_server_that_is_away_is_waited_for(server: Server, postgres: str, tmp_path: Path) -> None:
    house = at_postgres(tmp_path, postgres)
    refusing = server.refusing(postgres)
    refusing.__enter__()
    pauses = Pauses(house, lambda: refusing.__exit__(None, None, None))
    begin(house, pauses)
    house.import_hook(ESSAI)
    answer = house.door.post("/hooks/essai234", data=BODY, headers=PROOF)
    house.clock.move(seconds=1)
    ready = house.door.get("/ready")
    house.unopened.stop()

    assert (pauses.seconds, pauses.answers) == ([1, 2, 5], {(503, "away")})
    assert (answer.status_code, count(house, tables.event), ready.status_code) == (200, 1, 200)
    house.close()


def test_a_server_that_is_behind_is_waited_for_and_its_upgrade_is_not_done_here(empty: str, tmp_path: Path) -> None:
    def upgrade() -> None:
        assert store.behind()
        store.upgrade()

    house, store = at_postgres(tmp_path, empty), Store(empty)
    pauses = Pauses(house, upgrade)
    begin(house, pauses)
    house.unopened.stop()
    store.close()

    assert (pauses.seconds, pauses.answers) == ([1, 2, 5], {(503, "behind")})
    house.close()


def test_a_file_whose_folder_is_not_there_is_waited_for(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(b"in the place of a folder")
    house = House(tmp_path, (), DATABASE_URL=f"sqlite:///{disk}/bridge.db")
    pauses = Pauses(house, disk.unlink)
    begin(house, pauses)
    house.clock.move(seconds=1)
    health = house.door.get("/health")
    house.unopened.stop()

    assert (pauses.answers, health.status_code) == ({(503, "away")}, 200)


def test_a_disk_that_is_full_at_the_start_is_waited_for(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        before = House(disk, (ESSAI,), JSON_TOKEN=TOKEN)
        before.services.store.close()
        full = filled(disk)
        full.__enter__()
        house = House(disk, (), JSON_TOKEN=TOKEN)
        pauses = Pauses(house, lambda: full.__exit__(None, None, None))
        begin(house, pauses)
        answer = house.door.post("/hooks/essai234", data=BODY, headers=PROOF)
        house.unopened.stop()
        house.services.store.close()

    assert (pauses.answers, answer.status_code) == ({(503, "full")}, 200)


def test_one_line_a_minute_says_what_is_waited_for(
    empty: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house, store = at_postgres(tmp_path, empty), Store(empty)
    pauses = Pauses(house, store.upgrade, at=40)
    with caplog.at_level(logging.INFO):
        begin(house, pauses)
    house.unopened.stop()
    store.close()
    lines = [record.getMessage() for record in caplog.records if record.name == "bridge.services"]

    assert sum(pauses.seconds) == 193
    assert lines == [
        "the store lacks tables of this version: nothing is received until `flask upgrade` was run"
    ] * 4 + ["the store is there"]
    house.close()


def test_another_stores_key_is_not_served_and_not_given_up(server: Server, postgres: str, tmp_path: Path) -> None:
    theirs = at_postgres(tmp_path, postgres)
    assert theirs.services.vault
    theirs.close()
    house = at_postgres(tmp_path, postgres, BRIDGE_KEY="another invented key of thirty-two or more")
    refusing = server.refusing(postgres)
    refusing.__enter__()
    told = []

    def pause(_seconds: float) -> bool:
        told.append(house.unopened.away)
        if len(told) == 1:
            refusing.__exit__(None, None, None)
        return len(told) == 3

    begin(house, pause)

    assert told == ["away", "wrong_key", "wrong_key"]
    assert house.door.get("/health").get_json()["reason"] == "wrong_key"
    house.close()


def test_what_is_wrong_from_the_beginning_stops_the_start(tmp_path: Path) -> None:
    assert House(tmp_path, ()).services.vault
    with pytest.raises(Faults):
        House(tmp_path, (), TIMEZONE="Nowhere").unopened.start(0)
    with pytest.raises(WrongKey):
        House(tmp_path, (), BRIDGE_KEY=KEY).unopened.start(0)


def test_a_process_that_ends_while_it_waits_ends_at_once(server: Server, postgres: str, tmp_path: Path) -> None:
    house = at_postgres(tmp_path, postgres)
    with server.refusing(postgres):
        house.unopened.start(0)
        waiting = house.unopened.away
        house.unopened.stop()

    assert waiting == "away"
    assert "start" not in [thread.name for thread in threading.enumerate()]
    house.close()


def test_gunicorn_serves_503_without_its_database_and_comes_up_by_itself(
    server: Server, postgres: str, tmp_path: Path
) -> None:
    call = b"GET /health HTTP/1.1\r\nHost: bridge.example.org\r\nConnection: close\r\n\r\n"
    with server.refusing(postgres):
        house = on_the_wire(tmp_path, DATABASE_URL=postgres)
        wire = house.__enter__()
        down = wire.say(call)
    until = monotonic() + 30
    while (up := wire.say(call))[0] != 200 and monotonic() < until:
        pass
    house.__exit__(None, None, None)

    assert (down[0], down[1]["reason"], up) == (503, "away", (200, {"status": "ok"}))
    assert "Worker failed to boot" not in wire.log.read_text()


def test_a_worker_waits_for_its_database_too(server: Server, postgres: str, tmp_path: Path) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "LANG": "en",
        "QOMON_URL": QOMON,
        "QOMON_TOKEN": QOMON_TOKEN,
        "DATABASE_URL": postgres,
        "BRIDGE_KEY": KEY,
    }
    log = tmp_path / "log"

    def says(line: str) -> None:
        until = monotonic() + 30
        while line not in log.read_text():
            assert process.poll() is None
            assert monotonic() < until

    command = [str(Path(sys.executable).with_name("flask")), "work"]
    with log.open("wb") as out, server.refusing(postgres):
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)
        says("the store is not there yet: nothing is received reason=away")
    try:
        says("the store is there")
    finally:
        process.terminate()
        try:
            process.wait(25)
        finally:
            process.kill()
            process.wait()
