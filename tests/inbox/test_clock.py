"""A clock that is set forward or back (docs/ledger.md 27a): nothing waits for ever, and nothing is given up at once."""

from pathlib import Path

import pytest

from bridge.crossing import drain, retry
from bridge.inbox import lanes
from bridge.inbox.lanes import LONGEST
from bridge.model import Lane
from bridge.qomon import account, client, pace
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import done, run
from tests.support.json_hook import (
    SOMEBODY,
    TOKEN,
    ZOES,
    ZOES_MAIL,
    asked,
    count,
    fault,
    has_been_asked,
    later,
    plain_house,
    rows,
    said,
    sent,
    switch,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")


def test_no_wait_is_as_long_as_what_counts_as_a_clock_that_was_set_back() -> None:
    waits = [*retry.STEPS, *retry.LOOKS, drain.PAUSED, drain.UNLOADED, account.PROBE, lanes.LEASE]
    waits += [pace._LONGEST, client._REFUSED, client._DOWN]  # noqa: SLF001  # the longest that Qomon is believed

    assert max(waits) < LONGEST


def set_back(house: House, **span: float) -> None:
    """The bridge's clock; Qomon's own goes on."""
    house.clock.move(**{name: -number for name, number in span.items()})
    switch(house, burst=100)


def started_later(folder: Path, **span: float) -> House:
    """Another process over the same store, begun by that much later, or by a clock that says so."""
    house = House(folder, (), JSON_TOKEN=TOKEN)
    house.clock.move(**span)
    return house


def test_what_waits_is_due_when_the_clock_was_set_back(house: House) -> None:
    fault(house, "POST", "search", "error_before")
    event = sent(house, ZOES)
    house.drain()
    assert said(house.report(event)) == ("queued", "backoff")

    set_back(house, hours=3)
    house.drain()
    assert said(house.report(event)) == ("delivered", None)


def test_a_lease_that_ends_later_than_any_is_over(house: House) -> None:
    """Its runner died before the clock was set back, by less than the longest wait."""
    event = sent(house, ZOES)
    (lane,) = rows(house, tables.lane)
    with house.services.store.write() as tx:
        assert lanes.claim(tx, Lane.read(lane.lane, "default"), house.clock()) is not None
        assert lanes.claim(tx, Lane.read(lane.lane, "default"), house.clock()) is None
    set_back(house, minutes=30)
    house.drain()

    assert said(house.report(event)) == ("delivered", None)


def test_a_write_that_was_said_by_a_clock_that_was_set_back_is_looked_for(house: House) -> None:
    fault(house, "PATCH", "contacts", "cut")
    event = sent(house, ZOES)
    house.drain()
    set_back(house, hours=3)
    house.drain()
    assert (said(house.report(event))[0], asked(house, "PATCH")) == ("queued", 1)

    house.clock.move(seconds=31)
    house.drain()
    assert (said(house.report(event)), asked(house, "PATCH")) == (("delivered", None), 1)
    assert count(house, tables.intent) == 0


def test_a_space_that_is_down_is_asked_again_when_the_clock_was_set_back(house: House) -> None:
    fault(house, "POST", "search", "error_before")
    fault(house, "GET", "forms", "error_before")
    event = sent(house, ZOES)
    house.drain()
    assert said(house.report(event)) == ("queued", "qomon_down")

    set_back(house, hours=3)
    house.drain()
    assert said(house.report(event)) == ("delivered", None)


def test_a_creation_that_was_asked_for_by_a_clock_that_was_set_back_is_looked_for_from_then_on(house: House) -> None:
    """Not each five seconds, until three hours have passed again."""
    fault(house, "POST", "contacts", "error_before")
    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()
    set_back(house, hours=3)
    house.drain()
    seen = [later(house, event, seconds=seconds) for seconds in (5, 25, 90, 480)]

    assert seen == [("queued", "creating")] * 3 + [("held", "maybe_created")]
    assert asked(house, "POST", "/search") == 6


def test_a_contact_that_was_gone_by_a_clock_that_was_set_back_is_looked_for_from_then_on(house: House) -> None:
    event = sent(house, written(numero=str(ZOE), mail=ZOES_MAIL, metier="Boulangère"))
    fault(house, "GET", "contacts", "missing", 20)
    house.drain()
    set_back(house, hours=3)
    house.drain()
    seen = [later(house, event, seconds=seconds) for seconds in (5, 25, 90, 480)]

    assert seen == [("queued", "backoff")] * 3 + [("held", "contact_gone")]


def test_a_creation_is_not_given_up_within_a_minute_of_a_start(house: House, tmp_path: Path) -> None:
    """Its last look seems to be over long ago."""
    fault(house, "POST", "contacts", "error_before")
    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()
    assert said(house.report(event)) == ("queued", "creating")

    again = started_later(tmp_path, hours=2)
    again.drain()
    assert said(again.report(event)) == ("queued", "creating")
    assert later(again, event, seconds=61) == ("held", "maybe_created")
    assert asked(again, "POST") == 0


def test_an_event_that_was_asked_for_a_week_is_not_given_up_within_a_minute_of_a_start(
    house: House, tmp_path: Path
) -> None:
    fault(house, "POST", "search", "error_before")
    event = sent(house, ZOES)
    house.drain()
    has_been_asked(house, event, days=8)
    again = started_later(tmp_path, hours=2)
    fault(again, "POST", "search", "error_before", 2)
    again.drain()

    assert said(again.report(event)) == ("queued", "backoff")
    assert later(again, event, seconds=61) == ("failed", "backoff")


def test_a_month_without_a_process_is_no_month_of_asking(house: House, tmp_path: Path) -> None:
    fault(house, "POST", "search", "error_before")
    event = sent(house, ZOES)
    house.drain()
    again = started_later(tmp_path, hours=1)
    again.drain()
    assert said(again.report(event)) == ("delivered", None)

    fault(again, "POST", "search", "error_before", 2)
    event = sent(again, written(mail=SOMEBODY, prenom="Camille"))
    again.drain()
    again.clock.move(days=30)
    again.drain()
    assert said(again.report(event)) == ("queued", "backoff")


@pytest.mark.parametrize("waits_for", ["pause", "secret"])
def test_days_of_a_pause_or_without_a_secret_do_not_count(house: House, tmp_path: Path, waits_for: str) -> None:
    fault(house, "POST", "search", "error_before", 2)
    event = sent(house, ZOES)
    house.drain()
    if waits_for == "pause":
        done(run(house, "pause", "--hook", "essai"))
    between = house if waits_for == "pause" else House(tmp_path, ())
    for _ in range(9 * 24):
        between.clock.move(hours=1)
        between.drain()
    done(run(house, "resume", "--hook", "essai"))
    after = started_later(tmp_path, days=9.1)
    fault(after, "POST", "search", "error_before")
    after.drain()
    after.clock.move(minutes=2)

    assert said(after.report(event)) == ("queued", "backoff")
    assert later(after, event, hours=1) == ("delivered", None)


def test_days_without_qomons_fields_do_not_count(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    fault(house, "GET", "forms", "html", 1000)
    event = sent(house, ZOES)
    for _ in range(8 * 24):
        house.drain()
        house.clock.move(hours=1)

    assert said(house.report(event)) == ("queued", "catalogue")
    house.sandbox.faults.clear()
    assert later(house, event, hours=1) == ("delivered", None)
