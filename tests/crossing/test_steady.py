"""A write may be under way for longer than the clock says, where that was put forward (docs/ledger.md 11, 27a)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.crossing.drain import Crossing
from bridge.crossing.opened import Opener
from bridge.crossing.steady import Steady
from bridge.crossing.work import read_work
from bridge.store import tables
from tests.support.json_hook import ZOES, asked, count, fault, plain_house, rows, said, sent
from tests.support.whole_bridge import Clock, House

pytestmark = pytest.mark.usefixtures("both_stores")
SPAN = timedelta(seconds=30)


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def both(clock: Clock, watch: Watch, seconds: float) -> None:
    clock.move(seconds=seconds)
    watch.seconds += seconds


@pytest.mark.parametrize("jump", [-10_800, 10_800, 6, -6])
def test_a_clock_that_jumped_must_first_go_right_for_a_while(jump: int) -> None:
    clock, watch = Clock(), Watch()
    steady = Steady(clock, watch)
    both(clock, watch, 60)
    before = steady.left(SPAN)
    clock.move(seconds=jump)
    then = steady.left(SPAN)
    both(clock, watch, 12)

    assert (before, then, steady.left(SPAN)) == (timedelta(), SPAN, timedelta(seconds=18))


def test_a_clock_that_is_put_right_little_by_little_did_not_jump() -> None:
    clock, watch = Clock(), Watch()
    steady = Steady(clock, watch)
    both(clock, watch, 60)
    for _ in range(20):
        both(clock, watch, 60)
        clock.move(seconds=4)
        assert steady.left(SPAN) == timedelta()


def test_a_process_that_begins_knows_nothing_of_before() -> None:
    assert Steady(Clock(), Watch()).left(SPAN) == SPAN
    assert Steady(Clock(), None).left(SPAN) == timedelta()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


def test_what_was_sent_before_the_clock_jumped_is_not_taken_for_over(house: House) -> None:
    """Qomon holds the write, three hours are gone in a moment, and somebody else looks at the lane."""
    watch = Watch()
    house.services.context = replace(house.services.context, steady=Steady(house.clock, watch))
    crossing = Crossing(house.services.context, Opener(house.services.vault, house.services.hooks))
    fault(house, "PATCH", "contacts", "timeout_after")
    event = sent(house, ZOES)
    (lane,) = rows(house, tables.lane)
    both(house.clock, watch, 60)
    crossing.drain(read_work(lane.lane, "default"))
    calls = len(house.sandbox.calls)
    house.clock.move(hours=3)
    (lane,) = rows(house, tables.lane)
    crossing.drain(read_work(lane.lane, "default"))
    assert (len(house.sandbox.calls), said(house.report(event)), count(house, tables.intent)) == (
        calls, ("queued", "behind"), 1,
    )  # fmt: skip

    both(house.clock, watch, 31)
    crossing.drain(read_work(lane.lane, "default"))
    assert (said(house.report(event)), asked(house, "PATCH"), count(house, tables.intent)) == (
        ("delivered", None),
        1,
        0,
    )
