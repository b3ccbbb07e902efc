"""One runner's run on one lane, beside what its events become."""

import gc
import logging

import pytest

from bridge.crossing.lane_run import LaneRun
from tests.support.json_hook import ZOES, fault, later, said, sent
from tests.support.whole_bridge import House


def test_a_run_is_forgotten_as_soon_as_it_ends(house: House) -> None:
    """With its events and contacts: to wait for the garbage collector cost 8 MB and a tenth of the time."""
    gc.collect()
    gc.disable()
    try:
        event = sent(house, ZOES)
        house.drain()
        left = [one for one in gc.get_objects() if isinstance(one, LaneRun)]
    finally:
        gc.enable()

    assert said(house.report(event))[0] == "delivered"
    assert left == []


def test_the_log_tells_that_an_event_waits_and_not_each_time_that_it_was_looked_at(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fault(house, "GET", "contacts", "error_before", times=3)
    event = sent(house, ZOES)
    house.drain()
    for _ in range(2):
        later(house, event, minutes=20)
    assert later(house, event, minutes=40) == ("delivered", None)

    told = [(one.getMessage(), one.reason) for one in caplog.records if hasattr(one, "event")]  # type: ignore[attr-defined]
    assert told == [("event queued", "backoff"), ("event delivered", None)]
