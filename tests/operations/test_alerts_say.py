"""What is said when: one alert per cause, again, over, muted, and in which hours (bridge/operations/alerts/say.py)."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.operations.alerts import say
from bridge.operations.alerts.kinds import KINDS, Found, urgency
from bridge.operations.alerts.preferences import Preferences
from bridge.operations.alerts.say import Alert, Decided, Telling, decide, quiet, wanted

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 22, tzinfo=UTC)
CHOSEN = Preferences()


class Story:
    """Rows go on from one moment to the next."""

    def __init__(self, chosen: Preferences = CHOSEN) -> None:
        self.rows: Sequence[Alert] = ()
        self.chosen = chosen

    def at(self, now: datetime, *found: Found) -> list[Telling]:
        decided: Decided = decide(found, self.rows, self.chosen, now, PARIS)
        self.rows = decided.keep
        return list(decided.tell)

    def mute(self, until: datetime) -> None:
        self.rows = [replace(one, muted_until=until) for one in self.rows]


def key(many: int = 1, since: datetime = NOON) -> Found:
    return Found("a", "key_refused", since, many)


def todo(many: int = 1, since: datetime = NOON, cause: str = "b") -> Found:
    return Found(cause, "todo", since, many, "h")


def after(**span: float) -> datetime:
    return NOON + timedelta(**span)


def test_what_is_urgent_is_said_at_once_and_once() -> None:
    story = Story()
    assert [len(story.at(after(minutes=minute), key())) for minute in range(5)] == [1, 0, 0, 0, 0]


def test_new_causes_of_to_do_gather_for_ten_minutes() -> None:
    story = Story()
    assert [len(story.at(after(minutes=minute), todo(minute + 1))) for minute in (0, 9, 10, 11)] == [0, 0, 1, 0]


def test_it_is_said_again_when_it_grew_tenfold() -> None:
    story = Story()
    story.at(NOON, key(3))
    assert [len(story.at(after(minutes=many), key(many))) for many in (29, 30, 31, 300)] == [0, 1, 0, 1]


def test_what_repeats_is_said_again_after_a_day() -> None:
    story = Story()
    story.at(NOON, key())
    assert [len(story.at(after(hours=hours), key())) for hours in (23, 24, 25, 48)] == [0, 1, 0, 1]


def test_a_cause_of_to_do_is_said_again_after_a_day_only_if_it_grew() -> None:
    story = Story()
    story.at(after(minutes=10), todo(3))
    assert [len(story.at(after(hours=25), todo(many))) for many in (3, 4)] == [0, 1]


def test_that_it_is_over_is_said_once() -> None:
    story = Story()
    story.at(NOON, key())
    told = [story.at(after(hours=1, minutes=minute)) for minute in (0, 9, 10, 11, 60)]
    assert [[one.solved for one in some] for some in told] == [[], [], [True], [], []]


def test_what_was_never_said_is_never_over() -> None:
    story = Story()
    story.at(NOON, todo())
    assert (story.at(after(minutes=5)), story.at(after(minutes=30)), story.rows) == ([], [], [])


def test_what_is_there_again_before_its_end_was_said_is_the_same() -> None:
    story = Story()
    story.at(NOON, key())
    story.at(after(minutes=5))
    assert story.at(after(minutes=8), key()) == []


def test_what_is_urgent_and_there_again_after_its_end_is_said_anew() -> None:
    story = Story()
    story.at(NOON, key())
    story.at(after(minutes=5))
    story.at(after(minutes=20))
    assert len(story.at(after(minutes=30), key(since=after(minutes=30)))) == 1


def test_what_goes_on_and_off_by_day_is_said_once_a_day() -> None:
    story = Story()
    story.at(after(minutes=10), todo())
    story.at(after(minutes=20))
    story.at(after(minutes=40))
    again = todo(since=after(minutes=50))
    assert [len(story.at(after(hours=hours), again)) for hours in (2, 20, 25)] == [0, 0, 1]


def test_what_was_muted_is_silent_and_so_is_its_end() -> None:
    story = Story()
    story.at(NOON, key())
    story.mute(after(days=7))
    assert [*story.at(after(days=2), key(500)), *story.at(after(days=3)), *story.at(after(days=4))] == []


def test_a_mute_that_ran_out_lets_it_be_said() -> None:
    story = Story()
    story.at(NOON, key())
    story.mute(after(days=1))
    assert [len(story.at(after(hours=hours), key())) for hours in (23, 24)] == [0, 1]


def test_quiet_hours_hold_back_what_is_not_urgent_until_the_morning() -> None:
    story = Story()
    waits = [story.at(NIGHT + timedelta(hours=hours), todo(since=NIGHT)) for hours in range(1, 10)]
    assert [len(some) for some in waits] == [0] * 8 + [1]


def test_quiet_hours_do_not_hold_back_what_is_urgent() -> None:
    assert len(Story().at(NIGHT, key())) == 1


@pytest.mark.parametrize(("day", "begin"), [((2027, 3, 28), 6), ((2026, 10, 25), 7)])
def test_quiet_hours_end_at_eight_by_the_clock_on_the_wall(day: tuple[int, int, int], begin: int) -> None:
    """The clock is set forward, then back: eight in Paris is another hour of the world."""
    at = datetime(*day, begin, tzinfo=UTC)
    assert [quiet(CHOSEN, one, PARIS) for one in (at - timedelta(minutes=1), at)] == [True, False]


def test_quiet_hours_may_lie_within_a_day() -> None:
    chosen = Preferences(quiet_from=12, quiet_until=14)
    hours = [quiet(chosen, NOON.replace(hour=hour), PARIS) for hour in (10, 11, 12, 13)]
    assert hours == [False, True, True, False]


def test_quiet_hours_from_and_to_the_same_hour_are_none() -> None:
    assert not any(quiet(Preferences(quiet_from=8, quiet_until=8), after(hours=hour), PARIS) for hour in range(24))


def test_qomon_down_is_said_after_a_quarter_of_an_hour_after_six_hours_and_after_a_day() -> None:
    story, down = Story(), Found("q", "qomon_down", NOON, 5)
    hours = (0, 0.2, 0.25, 5.9, 6, 7, 23.9, 24, 25)
    assert [len(story.at(after(hours=hour), down)) for hour in hours] == [0, 0, 1, 0, 1, 0, 0, 1, 0]


def test_qomon_down_for_six_hours_is_urgent() -> None:
    assert [urgency("qomon_down", NOON, after(hours=hour)) for hour in (5, 6)] == ["day", "now"]


def test_a_channel_may_get_only_what_is_urgent() -> None:
    chosen = Preferences(only_urgent=frozenset({"sms"}))
    assert [wanted("sms", "now", chosen), wanted("sms", "day", chosen), wanted("mail", "day", chosen)] == [
        True,
        False,
        True,
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 600),
            st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(KINDS)), st.integers(1, 9))),
        ),
        max_size=30,
    )
)
def test_whatever_comes_and_goes_no_cause_is_said_twice_in_a_day_unless_it_is_there_anew(
    moments: list[tuple[int, set[tuple[str, str, int]]]],
) -> None:
    """Nine is never tenfold of one, and Qomon's steps aside: so each word of a cause has a reason."""
    story, now, told = Story(), NOON, dict[str, tuple[datetime, bool]]()
    for minutes, some in moments:
        now += timedelta(minutes=minutes)
        found = {f"{kind}-{name}": Found(f"{kind}-{name}", kind, now, many) for name, kind, many in some}
        for one in story.at(now, *found.values()):
            cause, before = one.alert.cause, told.get(one.alert.cause)
            if before is not None and not one.solved and one.alert.kind != "qomon_down":
                assert before[1] or now - before[0] >= say.AGAIN
            assert not (one.solved and (before is None or before[1]))
            assert one.urgency == "now" or not quiet(CHOSEN, now, PARIS)
            told[cause] = now, one.solved


def test_the_table_of_the_docs_names_each_kind_and_how_urgent_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE)) == {
        name: one.urgency for name, one in KINDS.items()
    }
