"""People decide of a creation that Qomon never answered: what was held because of it goes on (docs/ledger.md 16)."""

import pytest
from sqlalchemy import delete

from bridge.store import tables
from tests.support.commands import run
from tests.support.json_hook import (
    SOMEBODY,
    asked,
    count,
    crossed,
    fault,
    outcomes,
    said,
    sent,
    switch,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

MOBILE = "06 39 98 01 42"
FIRST = {"mail": SOMEBODY, "mobile": MOBILE, "prenom": "Camille"}
HELD = ("held", "maybe_created")


def held(house: House, name: str) -> list[str]:
    """One that Qomon was asked to create, two that came behind it; all three are held."""
    fault(house, "POST", "contacts", name)
    switch(house, index_delay_ms=3_600_000)
    events = [sent(house, written(**FIRST)), sent(house, written(**FIRST, metier="Pilote"))]
    for seconds in (0, 5, 25, 90, 480):
        house.clock.move(seconds=seconds)
        house.drain()
    events.append(sent(house, written(mobile=MOBILE, prenom="Camille", naissance="01/02/1990")))
    house.drain()
    assert outcomes(house, events) == [HELD] * 3
    return events


def decided(house: House, verb: str, event: str) -> str:
    result = run(house, "inbox", verb, event)
    assert result.exit_code == 0
    for seconds in (0, 5, 5):
        house.clock.move(seconds=seconds)
        house.drain()
    return result.stdout


def test_once_the_creation_is_found_those_behind_it_cross_too(house: House) -> None:
    events = held(house, "error_after")
    house.clock.move(hours=1)
    told = decided(house, "release", events[0])

    assert [line.partition(":")[0] for line in told.splitlines()] == events
    assert outcomes(house, events) == [("created", None), ("delivered", None), ("delivered", None)]
    assert (asked(house, "POST"), count(house, tables.creating)) == (1, 0)
    assert crossed(house, **FIRST)["outcome"] == "unchanged"


def test_while_it_is_not_found_all_of_them_stay_held(house: House) -> None:
    events = held(house, "error_before")
    decided(house, "release", events[0])

    assert (outcomes(house, events), asked(house, "POST")) == ([HELD] * 3, 1)


def test_once_it_is_left_out_those_behind_it_cross(house: House) -> None:
    events = held(house, "error_before")
    decided(house, "skip", events[0])

    assert outcomes(house, events) == [("skipped", None), ("created", None), ("delivered", None)]
    assert (asked(house, "POST"), count(house, tables.creating)) == (2, 0)


def test_one_behind_it_that_is_released_alone_waits_for_it_as_before(house: House) -> None:
    events = held(house, "error_before")
    told = decided(house, "release", events[1])

    assert (len(told.splitlines()), outcomes(house, events)) == (1, [HELD] * 3)


def test_what_an_erased_submission_asked_for_holds_back_nobody(house: House) -> None:
    events = held(house, "error_before")
    with house.services.store.write() as tx:
        tx.execute(delete(tables.event).where(tables.event.c.id == events[0]))

    assert said(crossed(house, **FIRST)) == ("created", None)
