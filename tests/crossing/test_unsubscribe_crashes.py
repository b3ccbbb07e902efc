"""An unsubscription of two people whose runner dies, at every place where it can."""

import pytest

from bridge.store import tables
from tests.support.crashes import BrittleHouse, Fate, What, die
from tests.support.json_hook import count, live, rows
from tests.support.unsubscription import HOOK, LEON, MAIL, MARTHE, branches, person

BRITTLE = HOOK.replace("lettre234", "essai234")


@pytest.mark.parametrize("what", ["write", "call"])
def test_a_runner_that_dies_anywhere_leaves_the_same(what: What) -> None:
    """Before and after each transaction and each call of the way."""
    for nth in range(1, 20):
        for when in ("before", "after"):
            house = BrittleHouse(BRITTLE)
            for one in (MARTHE, LEON):
                person(house, one)
            event = str(house.hand_in({"id": 10, "event": "unsubscribe", "email": MAIL}, "n1")["event"])
            met = Fate(what, when, nth, die)
            house.live(house.drain, met)
            for _ in range(4):
                house.clock.move(minutes=2)
                house.drain()
            assert [live(house, 710, one) for one in (MARTHE, LEON)] == [[], []]
            stored = {row.id: row.outcome for row in rows(house, tables.event)}
            assert stored == {event: "delivered", branches(house, event)[0].id: "delivered"}
            assert count(house, tables.receipt) == count(house, tables.undo) == len(stored)
            assert (count(house, tables.lane), count(house, tables.intent)) == (0, 0)
            house.close()
