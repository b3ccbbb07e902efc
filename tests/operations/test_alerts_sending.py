"""Alerts go out by a process of their own: what it is told, how it ends, and that the web process grows by nothing."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.operations.alerts import channels, outbox, sending
from bridge.operations.alerts.outbox import Message
from schemas import normal
from tests.support.gunicorn_server import call, on_the_wire
from tests.support.json_hook import plain_house
from tests.support.receiver import Receiver
from tests.support.whole_bridge import House

MINE = {
    "PATH": "/usr/bin",
    "BRIDGE_KEY": "hush-key",
    "QOMON_TOKEN": "hush-token",
    "ALERT_URLS": "json://hush@example.org",
}


@contextmanager
def silent() -> Iterator[tuple[str, threading.Event]]:
    """Takes a call and never answers; an address of it, and whether somebody called."""
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with listener.accept()[0] as wire:
                called.set()
                while wire.recv(65536):
                    pass

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"json://user:hush-password@127.0.0.1:{listener.getsockname()[1]}/", called
        thread.join(10)


def standing_in(monkeypatch: pytest.MonkeyPatch, program: str, seconds: float) -> None:
    """Such a program in the place of the one that sends, and a shorter patience."""
    monkeypatch.setattr(sending, "COMMAND", (sys.executable, "-S", "-c", program))
    monkeypatch.setattr(sending, "_START", timedelta(seconds=seconds))
    monkeypatch.setattr(sending, "_EACH", timedelta())


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_channel_gets_the_message_and_says_how_it_went(receiver: Receiver) -> None:
    addresses = ["nonsense://user@example.org", receiver.url, "json://127.0.0.1:1/nobody"]

    assert sending.sent({}, addresses, "Subject", "Body with é") == [False, True, False]
    assert receiver.texts == ["Subject\nBody with é"]
    assert sending.understood({}, addresses) == [False, True, True]


def test_no_address_and_no_setting_is_in_its_command_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_KEY", "hush-inherited")
    with silent() as (address, called):
        seen: list[str] = []
        parent = threading.get_native_id()

        def look() -> None:
            called.wait(20)
            pids = Path(f"/proc/self/task/{parent}/children").read_text(encoding="ascii").split()
            told = {pid: Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in pids}
            mine = [pid for pid, said in told.items() if "alerts.sender" in said]
            seen.extend(told[pid] + Path(f"/proc/{pid}/environ").read_text(encoding="utf-8") for pid in mine)
            for pid in mine:
                os.kill(int(pid), 9)

        looker = threading.Thread(target=look)
        looker.start()
        assert sending.sent(MINE, [address], "Subject", "hush-body") == [False]
        looker.join(20)
    assert ["PATH=/usr/bin" in one for one in seen] == [True]
    assert "hush" not in seen[0]


def test_one_that_hangs_is_ended_with_all_that_it_began_and_what_went_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    note = tmp_path / "pids"
    hangs = f"""
import os, subprocess, sys, time
print("true", flush=True)
inner = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(300)"])
open({str(note)!r}, "w").write(f"{{os.getpid()}} {{inner.pid}}")
time.sleep(300)
"""
    standing_in(monkeypatch, hangs, 3)

    assert sending.sent({}, ["json://hush@example.org", "json://hush@example.net"], "Subject", "Body") == [True, False]
    outer, inner = map(int, note.read_text(encoding="ascii").split())
    assert not alive(outer)
    assert Path(f"/proc/{inner}/stat").exists() is False or "Z" in Path(f"/proc/{inner}/stat").read_text(
        encoding="ascii"
    )
    assert "hung, and was ended" in caplog.text
    assert "hush" not in caplog.text


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('nonsense')"])
def test_one_that_breaks_is_a_try_that_failed_and_the_next_may_go_through(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    house = plain_house(tmp_path, ALERT_URLS=receiver.url)
    put(house)
    with monkeypatch.context() as patch:
        standing_in(patch, program, 5)
        assert minute(house) == (0, [1])
        assert sending.understood({}, [receiver.url]) == [None]
    assert receiver.got == []
    house.clock.move(minutes=1)
    assert minute(house) == (1, [0])
    assert receiver.subjects == ["One message"]


def test_where_none_can_be_started_it_is_a_try_that_failed_and_no_address_is_called_wrong(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = plain_house(tmp_path, ALERT_URLS=receiver.url)
    put(house)
    monkeypatch.setattr(sending, "COMMAND", (str(tmp_path / "nothing"),))

    assert minute(house) == (0, [1])
    with house.services.store.read() as tx:
        assert [one.understood for one in channels.listed(house.services, tx)] == [True]


def put(house: House, at: datetime | None = None) -> None:
    names = channels.names(house.services)
    with house.services.store.write() as tx:
        outbox.put(tx, Message("One message", "of one line", names, normal.epoch_ms(at or house.clock())))


def minute(house: House) -> tuple[int, list[int]]:
    """How many messages went, and how often each channel failed since it last worked."""
    went = outbox.send_due(house.services)
    with house.services.store.read() as tx:
        return went, [one.failures for one in channels.listed(house.services, tx)]


OFTEN = """

def post_worker_init(worker):
    import threading
    from bridge.operations.alerts import outbox

    made = worker.app.wsgi()
    bridge = made.extensions["bridge"]
    bridge.start()

    def often():
        while not threading.Event().wait(0.1):
            outbox.send_due(bridge)

    threading.Thread(target=often, daemon=True).start()
"""
"""The task of each minute, without the minute."""


def test_a_web_process_of_gunicorn_sends_and_stays_as_small_as_it_was(tmp_path: Path, receiver: Receiver) -> None:
    with on_the_wire(tmp_path, OFTEN, ALERT_URLS=receiver.url) as wire:
        assert wire.say(call())[0] == 200
        with wire.house.services.store.write() as tx:
            names = [wire.house.services.vault.fingerprint("channel", receiver.url)]
            outbox.put(tx, Message("One message", "of one line", names, normal.epoch_ms(datetime.now(UTC))))
        (worker,) = (
            Path(f"/proc/{wire.process.pid}/task/{wire.process.pid}/children").read_text(encoding="ascii").split()
        )
        before = resident(worker)
        assert receiver.came.wait(60)
        assert receiver.subjects == ["One message"]
        assert (resident(worker) - before < 4, resident(worker) < 120) == (True, True)


def resident(pid: str) -> float:
    """MB in memory."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
