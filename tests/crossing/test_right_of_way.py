"""The door first, and a fifth of the time for who crosses (docs/ledger.md 22)."""

import queue
import threading
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from bridge.crossing.right_of_way import LONGEST, PATIENCE, RightOfWay

LONG = 3600.0
REAL = threading.Semaphore


def worked(*seconds: float) -> Iterator[float]:
    """What the clock says, look after look; then it stands."""
    return chain(seconds, repeat(seconds[-1]))


def way(*seconds: float) -> RightOfWay:
    return RightOfWay(clock=worked(*seconds).__next__)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long somebody would have waited; nobody does."""
    asked = list[float]()
    monkeypatch.setattr(threading.Condition, "wait_for", lambda _self, _is_so, seconds: asked.append(seconds))
    return asked


def test_whoever_crosses_waits_for_a_call_that_is_being_stored() -> None:
    door = way(0.0, 0.0, LONG)
    order, stored = list[str](), threading.Event()

    def crossing() -> None:
        door.give()
        door.give()
        order.append("crossed")
        stored.set()

    with door.first():
        threading.Thread(target=crossing).start()
        order.append("stored")
    assert stored.wait(10)

    assert order == ["stored", "crossed"]


def test_it_waits_four_times_as_long_as_it_worked(waits: list[float]) -> None:
    door = way(10.0, 10.0, 10.5, 10.5, 10.75)
    with door.first():
        for _ in range(3):
            door.give()

    assert waits == [0.0, 0.5 * PATIENCE, 0.25 * PATIENCE]


def test_when_nobody_comes_nobody_waits(waits: list[float]) -> None:
    door = way(0.0, LONG)
    door.give()
    with door.first(), door.first():
        pass
    door.give()

    assert waits == []


class Asked(threading.Semaphore):
    """Says when a turn is asked for."""

    def __init__(self, turns: int) -> None:
        super().__init__(turns)
        self.asked = queue.SimpleQueue[str]()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002
        self.asked.put(threading.current_thread().name)
        return super().acquire(blocking, timeout)

    __enter__ = acquire


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Asked:
    made = Asked(1)
    others = [made]
    monkeypatch.setattr(threading, "Semaphore", lambda turns: others.pop() if others else REAL(turns))
    return made


def test_one_at_a_time_works_and_waiting_for_qomon_is_no_work(turns: Asked) -> None:
    door, order = RightOfWay(), list[str]()
    asks, answered = threading.Event(), threading.Event()

    def crossing() -> None:
        with door.turn():
            order.append("asks")
            with door.aside():
                asks.set()
                answered.wait(10)
            order.append("goes on")

    other = threading.Thread(target=crossing, name="other")
    other.start()
    assert asks.wait(10)
    with door.turn():
        order.append("another works")
        answered.set()
        assert [turns.asked.get(timeout=10) for _ in range(3)] == ["other", "MainThread", "other"]
        order.append("another is done")
    other.join(10)

    assert order == ["asks", "another works", "another is done", "goes on"]


def test_whoever_fails_gives_its_turn_back(turns: Asked) -> None:
    door = RightOfWay()
    with pytest.raises(TimeoutError), door.turn(), door.aside():
        raise TimeoutError

    assert turns.acquire(blocking=False)
    assert not turns.acquire(blocking=False)


def test_whoever_has_no_turn_gives_none_away(turns: Asked) -> None:
    door = RightOfWay()
    with door.turn():
        pass
    with door.aside():
        pass

    assert turns.acquire(blocking=False)
    assert not turns.acquire(blocking=False)


def test_a_turn_that_does_not_come_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[float | None]()

    class Never(threading.Semaphore):
        def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002
            asked.append(timeout if blocking else None)
            return False

        def release(self, n: int = 1) -> None:
            raise AssertionError(n)

    monkeypatch.setattr(threading, "Semaphore", Never)
    door = RightOfWay()
    with door.turn(), door.aside():
        pass

    assert asked == [LONGEST]


def test_one_that_a_call_waits_for_gives_way_to_none_and_waits_for_none_that_does(
    waits: list[float], turns: Asked
) -> None:
    door = way(0.0, 1.0, 2.0, 3.0)
    assert turns.acquire(blocking=False)  # by one that gives way
    with door.first(), door.turn(awaited=True):
        for _ in range(3):
            door.give()
    with door.first():
        turns.release()
        with door.turn():
            door.give()

    assert waits == [0.0]
