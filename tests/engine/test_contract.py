"""What both engines promise: threads over a file, Procrastinate over Postgres (docs/ledger.md 23)."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.crossing.work import CrossLane, Due
from bridge.engine.engine import Engine
from bridge.inbox import lanes
from bridge.model import Class
from bridge.store import tables
from tests.support.json_hook import ZOES, plain_house, rows, said, sent, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = plain_house(tmp_path)
    yield made
    if "engine" in vars(made.unopened):
        made.services.stop()


def engine(house: House) -> Engine:
    return house.services.engine


def until(true: Callable[[], object]) -> None:
    for _ in range(9000):
        if true():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came")


def test_what_is_asked_for_is_done_by_whoever_is_there(house: House) -> None:
    engine(house).start(1)
    event = sent(house, ZOES)
    until(lambda: house.report(event)["outcome"] == "delivered")

    assert [call["method"] for call in house.sandbox.calls].count("PATCH") == 1


def test_more_than_there_are_threads_for_is_done_too(house: House) -> None:
    events = [sent(house, written(mail=f"personne{n}@example.org", prenom="Camille")) for n in range(6)]
    engine(house).start(1)
    until(lambda: all(house.report(event)["outcome"] == "created" for event in events))

    assert sum(call["method"] == "POST" and call["path"] == "/contacts" for call in house.sandbox.calls) == len(events)


def test_what_was_asked_for_and_taken_back_was_never_asked(house: House) -> None:
    event = sent(house, ZOES)
    with house.services.store.read() as tx:
        (waits,) = lanes.due(tx, house.clock())
    with pytest.raises(ZeroDivisionError), house.services.store.write() as tx:
        mine = engine(house).ask(tx, [Due(CrossLane(waits.lane), Class.LIVE, house.clock())])
        engine(house).begin(mine if 1 // 0 else [])

    assert said(house.report(event)) == ("queued", None)


def test_asked_for_twice_it_is_done_once(house: House) -> None:
    event = sent(house, ZOES)
    with house.services.store.read() as tx:
        (waits,) = lanes.due(tx, house.clock())
    due = Due(CrossLane(waits.lane), Class.LIVE, house.clock())
    for _ in range(2):
        with house.services.store.write() as tx:
            engine(house).ask(tx, [due])
        engine(house).begin([due])
    engine(house).start(2)
    until(lambda: house.report(event)["outcome"] == "delivered")

    assert [call["method"] for call in house.sandbox.calls].count("PATCH") == 1


def test_what_nobody_asked_for_is_found_by_the_sweep(house: House) -> None:
    """As after a crash between the commit and the asking."""
    event = sent(house, ZOES)
    for waiting in [row.lane for row in rows(house, tables.lane)]:
        assert waiting
    engine(house).start(1)
    until(lambda: house.report(event)["outcome"] == "delivered")


def test_a_thread_that_died_is_restarted(house: House) -> None:
    engine(house).start(2)
    alive = engine(house).alive()
    dead = engine(house)._threads["cross-1"]  # noqa: SLF001
    with engine(house)._change:  # noqa: SLF001
        ended = threading.Thread(target=int, name="cross-1")
        ended.start()
        ended.join()
        engine(house)._threads["cross-1"] = ended  # noqa: SLF001
    was = engine(house).alive()
    engine(house).revive()

    assert (alive, was, engine(house).alive()) == (True, False, True)
    assert engine(house)._threads["cross-1"] not in (ended, dead)  # noqa: SLF001


def test_after_stopping_nothing_runs_and_nothing_is_restarted(house: House) -> None:
    engine(house).start(1)
    engine(house).stop()
    engine(house).revive()

    assert not engine(house).alive()
    assert not [one for one in threading.enumerate() if one.name in ("cross-0", "sweep", "jobs")]


def test_one_that_never_started_is_not_alive(house: House) -> None:
    assert not engine(house).alive()
