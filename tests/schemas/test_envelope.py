"""What the envelopes of tools share: keys that tools add, and their times."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from schemas.sources.envelope import Envelope, Epoch, Moment, Zone

PARIS = ZoneInfo("Europe/Paris")
AT_TEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Call(Envelope):
    sent = Moment()
    written = Moment(zone=UTC)
    counted = Epoch(1000)


def test_a_key_that_a_tool_adds_is_no_fault() -> None:
    assert "new" not in Call().load({"new": 1})


def test_a_time_without_an_offset_is_the_hook_s() -> None:
    with Zone(PARIS):
        assert Call().load({"sent": "2026-01-05 10:00"})["sent"] == AT_TEN


def test_a_tool_may_write_greenwich_whatever_the_hook_says() -> None:
    with Zone(PARIS):
        assert Call().load({"written": "2026-01-05 09:00"})["written"] == AT_TEN


def test_what_is_no_time_is_none_and_faults_nothing() -> None:
    unread = {"sent": "yesterday", "written": ["2026"], "counted": "soon"}

    assert Call().load(unread) == dict.fromkeys(unread) == Call().load({})


def test_a_time_may_be_counted_in_milliseconds() -> None:
    assert Call().load({"counted": 1767603600000})["counted"] == AT_TEN
