"""What crosses at once takes no way twice: two calls for whoever is known, three commits (docs/ledger.md 2, 9, 10)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bridge.engine.queue import Queue
from bridge.inbox import lanes
from bridge.qomon.sandbox.people import ZOE
from bridge.store import prepared, tables, vault
from bridge.store.store import Store
from tests.support.json_hook import ESSAI, SOMEBODY, ZOES_MAIL, plain_house, said, send, sent, written
from tests.support.whole_bridge import House

PATIENT = ESSAI.replace("wait: 0", "wait: 10s")


@pytest.fixture
def working(tmp_path: Path) -> Iterator[House]:
    """It drains by itself."""
    made = plain_house(tmp_path, PATIENT).read_catalogue()
    made.services.start()
    yield made
    made.services.stop()


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A commit each."""
    commits, write = list[str](), Store.write

    @contextmanager
    def counting(self: Store, *patience: Any) -> Iterator[Any]:
        with write(self, *patience) as tx:
            yield tx
        commits.append("one")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "write", counting)
        yield commits


def calls(house: House) -> list[str]:
    return [call["method"] for call in house.sandbox.calls]


def test_whoever_is_named_by_number_waits_at_once_to_be_written(house: House) -> None:
    event = sent(house, written(numero=str(ZOE), metier="Boulangère"))
    with house.services.store.read() as tx:
        lane = tx.scalar(select(tables.event.c.lane).where(tables.event.c.id == event))

    assert lane == f"contact:default:{ZOE}"


@pytest.mark.parametrize("answers", [{"numero": str(ZOE)}, {"mail": ZOES_MAIL}], ids=["id", "known mail"])
def test_whoever_is_known_takes_two_calls_and_three_commits(
    working: House, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(working, written(mail=ZOES_MAIL, metier="Menuisière"))
    working.sandbox.calls.clear()
    with counted(monkeypatch) as commits:
        (report,) = send(working, written(**answers, metier="Boulangère"))["events"]

    assert report["outcome"] == "delivered"
    assert calls(working) == ["GET", "PATCH"]
    assert len(commits) == 3


def test_what_is_sealed_on_the_way_is_all_written_the_fast_way(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow one is there for half characters and endless numbers, and costs ten times as much."""

    def slow(value: Any) -> str:
        raise AssertionError(value)

    monkeypatch.setattr(vault, "_compact", slow)
    event = sent(house, written(numero=str(ZOE), mail=ZOES_MAIL, metier="Boulangère"))
    house.drain()

    assert said(house.report(event)) == ("delivered", None)


def test_whoever_crosses_looks_at_two_moments_and_asks_nothing_two_times(
    working: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits, before the contact is read, and what is known of it, after."""
    send(working, written(mail=ZOES_MAIL, metier="Menuisière"))
    asked, run = list[tuple[str, str]](), prepared._run  # noqa: SLF001  # what every statement goes through

    def noting(tx: Connection, how: str, sql: str, said: Any) -> Any:
        if threading.current_thread().name.startswith("cross-"):
            asked.append((sql, str(said)))
        return run(tx, how, sql, said)

    monkeypatch.setattr(prepared, "_run", noting)
    (report,) = send(working, written(mail=ZOES_MAIL, metier="Boulangère"))["events"]
    monkeypatch.undo()

    assert report["outcome"] == "delivered"
    assert [sql for sql, _ in asked].count("BEGIN") == 2
    selects = [one for one in asked if one[0].startswith("SELECT")]
    assert len(selects) > 5
    assert len(selects) == len({*selects})


def test_a_stranger_takes_a_search_and_a_commit_more(working: House, monkeypatch: pytest.MonkeyPatch) -> None:
    send(working, written(mail=SOMEBODY, prenom="Camille"))  # so that its threads are there
    working.sandbox.calls.clear()
    with counted(monkeypatch) as commits:
        (report,) = send(working, written(mail=ZOES_MAIL, metier="Boulangère"))["events"]

    assert report["outcome"] == "delivered"
    assert calls(working) == ["POST", "GET", "PATCH"]
    assert len(commits) == 4


def test_a_lane_that_is_claimed_with_its_event_and_not_begun_is_given_back(
    working: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process stops between the commit and the first look of a thread."""
    send(working, written(mail=ZOES_MAIL, metier="Menuisière"))  # so that its threads are there
    working.import_hook(ESSAI)  # nobody waits
    monkeypatch.setattr(Queue, "take", lambda *_: None)
    event = sent(working, written(mail=ZOES_MAIL, metier="Boulangère"))
    with working.services.store.read() as tx:
        assert tx.scalar(select(tables.lane.c.owner))
    working.services.stop()

    with working.services.store.read() as tx:
        (waits,) = lanes.due(tx, working.clock())
    assert waits.at <= working.clock()
    monkeypatch.undo()
    working.drain()
    assert said(working.report(event)) == ("delivered", None)


def test_nothing_is_claimed_for_whom_the_tokens_are_missing(working: House) -> None:
    working.services.spaces["default"].pace.refused(5, "60", working.clock())
    event = sent(working, written(mail=SOMEBODY, prenom="Camille"))
    with working.services.store.read() as tx:
        assert tx.scalar(select(tables.lane.c.owner)) is None

    assert said(working.report(event)) == ("queued", "quota")
