"""The token bucket: what passes, what waits, what lowers it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import TryLater
from bridge.model import Class
from bridge.qomon.pace import FLOORS, Pace

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEADERS = {"x-ratelimit-limit": "burst:20;rate:2.0", "x-ratelimit-remaining": "7"}


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def taken(pace: Pace, cost: int, at: datetime) -> int:
    """How often `cost` passes at this moment; a lone refusal ends it."""
    for passed in range(1000):
        try:
            pace.take(cost, at)
        except TryLater:
            return passed
    return 1000


def refusal(pace: Pace, cost: int, at: datetime, floor: float = 0) -> TryLater:
    with pytest.raises(TryLater) as caught:
        pace.take(cost, at, floor)
    return caught.value


def test_a_full_bucket_lets_twenty_changes_pass() -> None:
    assert taken(Pace(), 5, START) == 20


def test_an_empty_bucket_says_quota_and_how_long_until_there_is_enough() -> None:
    pace = Pace()
    taken(pace, 5, START)
    told = refusal(pace, 5, START)
    assert (told.reason, told.after) == ("quota", timedelta(milliseconds=500))


def test_ten_tokens_come_back_each_second_up_to_the_burst() -> None:
    pace = Pace()
    taken(pace, 1, START)
    assert taken(pace, 1, later(1)) == 10
    assert taken(pace, 1, later(3600)) == 100


@given(st.lists(st.tuples(st.sampled_from([1, 5]), st.floats(0, 2), st.sampled_from([0, 10, 20, 40])), max_size=60))
def test_whoever_waits_as_long_as_told_passes(steps: list[tuple[int, float, int]]) -> None:
    """A floor above the burst included: it then asks for a full bucket."""
    pace, at, passed = Pace(burst=30, rate=3), START, 0
    for cost, pause, floor in steps:
        at += timedelta(seconds=pause)
        try:
            pace.take(cost, at, floor)
        except TryLater as told:
            at += told.after
            pace.take(cost, at, floor)
        passed += 1

    assert passed == len(steps)


@pytest.mark.parametrize(
    ("rank", "passes"),
    [(Class.LIVE, 20), (Class.STAFF, 18), (Class.BACKLOG, 18), (Class.RETRY, 16), (Class.REPLAY, 12)],
)
def test_each_class_leaves_its_floor_to_those_before_it(rank: Class, passes: int) -> None:
    pace = Pace()
    for _ in range(passes):
        pace.take(5, START, FLOORS[rank])

    told = refusal(pace, 5, START, FLOORS[rank])
    assert (told.reason, told.after) == ("quota", timedelta(milliseconds=500))
    assert taken(pace, 5, START) == 20 - passes


def test_a_floor_holds_below_what_the_headers_lowered() -> None:
    pace = Pace()
    pace.heed(HEADERS, START)
    assert refusal(pace, 1, START, FLOORS[Class.STAFF]).after == timedelta(seconds=2)
    assert taken(pace, 1, START) == 7


def test_what_was_paid_before_a_429_does_not_come_back_after_it() -> None:
    pace = Pace()
    pace.take(6, START)
    pace.refused(1, "2", START)
    pace.give(5, START + timedelta(seconds=1))

    assert refusal(pace, 5, START + timedelta(seconds=2)).after == timedelta(milliseconds=500)


def test_headers_lower_burst_rate_and_tokens() -> None:
    pace = Pace()
    pace.heed(HEADERS, START)
    assert taken(pace, 1, START) == 7
    assert taken(pace, 1, later(1)) == 2
    assert taken(pace, 1, later(3600)) == 20


def test_headers_never_raise_anything() -> None:
    pace = Pace(burst=10, rate=1)
    taken(pace, 1, START)
    pace.heed({"x-ratelimit-limit": "burst:100;rate:10.0", "x-ratelimit-remaining": "99"}, START)
    assert (taken(pace, 1, START), taken(pace, 1, later(3)), taken(pace, 1, later(3600))) == (0, 3, 10)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit": "", "x-ratelimit-remaining": ""},
        {"x-ratelimit-limit": "unlimited", "x-ratelimit-remaining": "many"},
        {"x-ratelimit-limit": "burst:0;rate:0"},
    ],
)
def test_headers_that_say_nothing_usable_change_nothing(headers: dict[str, str]) -> None:
    pace = Pace()
    pace.heed(headers, START)
    assert taken(pace, 1, START) == 100


def test_a_burst_smaller_than_a_change_still_lets_one_pass() -> None:
    pace = Pace()
    pace.heed({"x-ratelimit-limit": "burst:3;rate:1.0"}, START)
    assert (taken(pace, 5, START), taken(pace, 5, later(3))) == (1, 1)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        (format_datetime(later(9), usegmt=True), 9.0),
        ("Mon, 01 Jun 2026 12:00:09 -0000", 9.0),
        ("0", 0.0),
        (format_datetime(later(-60), usegmt=True), 0.0),
        (None, 5.0),
        ("", 5.0),
        ("soon", 5.0),
        ("99999999999999999999", 900.0),
        (format_datetime(later(10**6), usegmt=True), 900.0),
    ],
)
def test_a_429_empties_the_bucket_for_as_long_as_it_says(retry_after: str | None, seconds: float) -> None:
    pace = Pace()
    told = pace.refused(1, retry_after, START)
    assert (told.reason, told.after) == ("quota", timedelta(seconds=seconds + 0.1))
    assert refusal(pace, 1, START).after == told.after
    assert taken(pace, 1, START + told.after) == 1


def test_a_second_429_with_a_shorter_wait_does_not_shorten_the_first() -> None:
    pace = Pace()
    pace.refused(1, "30", START)
    pace.refused(1, "1", later(1))
    assert taken(pace, 1, later(20)) == 0


def test_a_clock_that_was_set_back_by_an_hour_blocks_nobody_for_an_hour() -> None:
    pace = Pace()
    pace.refused(5, "2", later(3600))
    assert refusal(pace, 5, START).after == timedelta(milliseconds=500)
    assert taken(pace, 5, later(1)) == 2
