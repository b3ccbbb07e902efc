"""The door first, and a fifth of the time for who crosses (docs/ledger.md 22)."""

import threading
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from bridge.crossing.right_of_way import PATIENCE, RightOfWay

LONG = 3600.0


def worked(*seconds: float) -> Iterator[float]:
    """What the clock says, look after look; then it stands."""
    return chain(seconds, repeat(seconds[-1]))


def way(*seconds: float) -> RightOfWay:
    return RightOfWay(worked(*seconds).__next__)


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
