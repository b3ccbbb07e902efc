"""People who decide of an event in the very moment in which somebody else does something to it, on both stores."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bridge.hooks.revisions import By
from bridge.inbox import lanes
from bridge.model import Lane, Outcome
from bridge.operations.release import Decisions, NotDone
from bridge.store import tables
from tests.support.json_hook import ZOES, rows, sent, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

OTHERS = written(mail="zoe.lefevre@example.org", prenom="Karim")


def decide(house: House, verb: str, event: str) -> str:
    hand = Decisions(house.services.vault, house.services.hooks, writing=True)
    try:
        with house.services.store.write() as tx:
            return str(getattr(hand, verb)(tx, event, By(house.clock())))
    except NotDone as why:
        return str(why)


def test_an_event_that_two_people_release_at_once_is_released_once(house: House) -> None:
    event = sent(house, OTHERS)
    house.drain()
    gate = Barrier(4)

    def release(_turn: int) -> str:
        gate.wait()
        return decide(house, "release", event)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(release, range(4)))

    assert sorted(told) == ["it is not held, it is queued."] * 3 + ["queued"]


@pytest.mark.parametrize("verb", ["retry", "skip"])
def test_an_event_that_is_being_settled_is_left_to_its_runner(house: House, verb: str) -> None:
    event = sent(house, ZOES)
    (lane,) = rows(house, tables.lane)
    with house.services.store.write() as tx:
        lease = lanes.claim(tx, Lane.read(lane.lane, "default"), house.clock())
    assert lease is not None
    over = lanes.Finished(Outcome.DELIVERED, None, {"event": event})

    with ThreadPoolExecutor(1) as pool:
        with house.services.store.write() as tx:
            lanes.finish(tx, house.services.vault, lease, {event: over}, house.clock())
            deciding = pool.submit(decide, house, verb, event)
            with pytest.raises(TimeoutError):
                deciding.result(0.15)
            lanes.release(tx, lease, house.clock())
        told = deciding.result(10)

    assert told in (
        "it is being written right now.",
        "it does not wait, it is delivered.",
        "it is over, it is delivered.",
    )
    assert [row.outcome for row in rows(house, tables.event)] == ["delivered"]
