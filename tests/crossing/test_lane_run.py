"""One runner's run on one lane, beside what its events become."""

import gc

from bridge.crossing.lane_run import LaneRun
from tests.support.json_hook import ZOES, said, sent
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
