"""Moments as people write them: days of the bridge's timezone, times, plain words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bridge.commands.command import Refused
from bridge.commands.moments import begins, ends
from schemas import normal
from tests.support.whole_bridge import House

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 25, 23, 30, tzinfo=ZoneInfo("UTC"))
"""Half an hour into the 26th in Paris, where clocks went back on the 25th."""


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("today", "2026-10-25T23:00", "2026-10-26T23:00"),
        ("Aujourd’hui", "2026-10-25T23:00", "2026-10-26T23:00"),
        ("yesterday", "2026-10-24T22:00", "2026-10-25T23:00"),
        (" HIER ", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("2026-02-28", "2026-02-27T23:00", "2026-02-28T23:00"),
        ("now", "2026-10-25T23:30", "2026-10-25T23:30"),
        ("7 days", "2026-10-18T23:30", "2026-10-18T23:30"),
        ("-7 days", "2026-10-18T23:30", "2026-10-18T23:30"),
        ("7 days ago", "2026-10-18T23:30", "2026-10-18T23:30"),
        ("7 jours", "2026-10-18T23:30", "2026-10-18T23:30"),
        ("12h", "2026-10-25T11:30", "2026-10-25T11:30"),
        ("2026-10-25T14:30", "2026-10-25T13:30", "2026-10-25T13:30"),
        ("2026-10-25 14:30", "2026-10-25T13:30", "2026-10-25T13:30"),
        ("2026-10-25T14:30Z", "2026-10-25T14:30", "2026-10-25T14:30"),
        ("2026-10-25T14:30+05:00", "2026-10-25T09:30", "2026-10-25T09:30"),
    ],
)
def test_a_day_is_a_whole_day_there_and_a_time_is_itself(bare_house: House, text: str, begin: str, end: str) -> None:
    with bare_house.app.app_context():
        found = [normal.to_ms(read("--since", text, NOW, PARIS)) for read in (begins, ends)]

    assert found == [f"{begin}:00.000Z", f"{end}:00.000Z"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2026", "2026-13-01", "2026-02-30", "22/11/2026", "7 weeks", "0001-01-01", "9999-12-31"),
        *("2026-W47", "2026-10-25X14:30", "2026-10-25T25:00", "1" * 5000, "２０２６-10-25T99"),
    ],
)
def test_what_is_no_moment_is_refused_with_the_forms_that_are_read(bare_house: House, text: str) -> None:
    with bare_house.app.app_context(), pytest.raises(Refused, match="Write a day") as refusal:
        (ends if text == "9999-12-31" else begins)("--until", text, NOW, PARIS)

    assert refusal.value.exit_code == 1
