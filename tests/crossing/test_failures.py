"""When Qomon fails: one contact backs off alone, or the whole space stops and resumes by itself (docs/ledger.md 28)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bridge.crossing.work import CheckAccount, Due, read_work
from bridge.model import Class
from bridge.qomon import account
from bridge.qomon.sandbox import TOKEN
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import (
    SOMEBODY,
    ZOES,
    asked,
    count,
    fault,
    later,
    live,
    plain_house,
    rows,
    said,
    sent,
    writes,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")


def stopped(house: House) -> dict[str, str]:
    with house.services.store.read() as tx:
        return {name: stop.reason for name, stop in account.stops(tx).items()}


def probes(house: House) -> int:
    return asked(house, "GET", "/v1/forms")


def down(house: House, name: str = "error_before", times: int = 1) -> str:
    """An event that met a fault of the whole space: the search fails, and the probe after it."""
    fault(house, "POST", "search", name)
    fault(house, "GET", "forms", name, times)
    event = sent(house, ZOES)
    house.drain()
    return event


@pytest.mark.parametrize(("method", "path"), [("POST", "search"), ("GET", "contacts"), ("PATCH", "contacts")])
@pytest.mark.parametrize("name", ["refused", "cut"])
def test_one_fault_is_followed_by_one_probe_and_stops_nobody_else(
    house: House, method: str, path: str, name: str
) -> None:
    fault(house, method, path, name)
    event = sent(house, ZOES)
    house.drain()
    other = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()

    assert (said(house.report(event)), said(house.report(other))) == (("queued", "backoff"), ("created", None))
    assert (probes(house), stopped(house)) == (1, {})


@pytest.mark.parametrize(("method", "path"), [("POST", "search"), ("GET", "contacts"), ("PATCH", "contacts")])
@pytest.mark.parametrize("name", ["refused", "error_before"])
def test_after_five_equal_faults_on_one_contact_a_person_looks(house: House, method: str, path: str, name: str) -> None:
    fault(house, method, path, name, 50)
    event = sent(house, ZOES)
    house.drain()
    for _ in range(3):
        assert later(house, event, minutes=11) == ("queued", "backoff")

    assert later(house, event, minutes=11) == ("held", "qomon_fault")
    assert (live(house, 811), count(house, tables.lane), count(house, tables.intent)) == (["Menuisière"], 0, 0)
    assert {line["status"] for line in house.report(event)["answers"]} == {"held"}


def test_unequal_faults_are_counted_apart(house: House) -> None:
    for name in ("refused", "error_before") * 3:
        fault(house, "POST", "search", name)
    event = sent(house, ZOES)
    house.drain()
    for _ in range(5):
        assert later(house, event, minutes=11) == ("queued", "backoff")

    assert later(house, event, minutes=11) == ("delivered", None)


def test_an_event_is_not_held_while_its_write_is_in_the_open(house: House) -> None:
    fault(house, "PATCH", "contacts", "cut")
    event = sent(house, ZOES)
    house.drain()
    fault(house, "GET", "contacts", "error_before", 6)
    for _ in range(6):
        assert later(house, event, minutes=31) == ("queued", "backoff")

    assert later(house, event, minutes=31) == ("delivered", None)
    assert asked(house, "PATCH") == 1


@pytest.mark.parametrize(("name", "reason"), [("error_before", "qomon_down"), ("refused", "key_refused")])
def test_when_the_probe_fails_too_the_whole_space_stops(house: House, name: str, reason: str) -> None:
    event = down(house, name)
    house.sandbox.calls.clear()
    other = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()

    assert (said(house.report(event)), said(house.report(other))) == (("queued", reason), ("queued", reason))
    assert (stopped(house), house.sandbox.calls) == ({"default": reason}, [])
    assert [row.attempts for row in rows(house, tables.event)] == [0, 0]


def test_a_stopped_space_is_probed_each_minute_and_resumes_by_itself(house: House) -> None:
    event = down(house, times=3)
    other = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.sandbox.calls.clear()
    seen = []
    for _ in range(5):
        later(house, event, seconds=30)
        seen.append((probes(house), said(house.report(event))[0]))

    assert seen == [(0, "queued"), (1, "queued"), (1, "queued"), (2, "queued"), (2, "queued")]
    assert later(house, event, seconds=30) == ("delivered", None)
    assert (said(house.report(other)), stopped(house)) == (("created", None), {})


def test_the_stop_remembers_since_when(house: House) -> None:
    began = house.clock()
    event = down(house, times=3)
    later(house, event, seconds=61)
    with house.services.store.read() as tx:
        assert account.stops(tx)["default"].since == began


def test_a_stop_survives_the_process_and_a_wrong_key_set_right_ends_it(house: House, tmp_path: Path) -> None:
    house.sandbox.token = "another-token"
    event = sent(house, ZOES)
    house.drain()
    again = plain_house(tmp_path)
    again.sandbox.token = "another-token"
    assert later(again, event, minutes=2) == ("queued", "key_refused")

    again.sandbox.token = TOKEN
    assert later(again, event, minutes=1) == ("delivered", None)


def test_two_processes_probe_once_a_minute_between_them(house: House, tmp_path: Path) -> None:
    down(house, times=9)
    second = plain_house(tmp_path)
    house.clock.move(seconds=60)
    second.clock.move(seconds=60)
    for one in (house, second):
        one.sandbox.calls.clear()
        one.drain()

    assert (probes(house), probes(second)) == (1, 0)
    # what it had looked up a moment before the other one asked
    second.services.engine.begin([Due(CheckAccount("default"), Class.LIVE, second.clock())])
    second.drain()
    assert probes(second) == 0


def test_another_space_goes_on(tmp_path: Path) -> None:
    house = plain_house(tmp_path, QOMON_TOKEN__LYON="another-token", QOMON_URL__LYON="https://qomon.example.org")
    with house.services.store.write() as tx:
        account.trouble(tx, "lyon", "key_refused", house.clock())
    event = sent(house, ZOES)
    house.drain()

    assert (said(house.report(event)), stopped(house)) == (("delivered", None), {"lyon": "key_refused"})


def test_an_event_that_is_moved_while_its_space_stops_goes_no_further(house: House) -> None:
    """Somebody else's call met the trouble between this event's search and its read."""
    event = sent(house, ZOES)
    crossing, search = house.services.crossing, house.sandbox.next_fault

    def meanwhile(*call: Any) -> Any:
        if "search" in call:
            with house.services.store.write() as tx:
                account.trouble(tx, "default", "qomon_down", house.clock())
        return search(*call)

    house.sandbox.next_fault = meanwhile  # type: ignore[assignment, method-assign]  # a real part, only noticed
    with house.services.store.read() as tx:
        (lane,) = tx.execute(select(tables.lane.c.lane)).scalars()
    crossing.drain(read_work(lane, "default"))

    assert (said(house.report(event)), writes(house)) == (("queued", None), [])
    assert [row.lane for row in rows(house, tables.lane)] == [f"contact:default:{ZOE}"]


def test_what_waits_in_a_stopped_space_is_not_given_up_before_its_week_is_over(house: House) -> None:
    old = down(house, times=1000)
    asks(house, days=1)
    young = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    asks(house, days=5.9)
    assert said(house.report(old)) == ("queued", "qomon_down")
    asks(house, days=0.2)
    assert said(house.report(old)) == ("failed", "qomon_down")

    assert said(house.report(young)) == ("queued", "qomon_down")
    with house.services.store.write() as tx:
        account.well(tx, "default")
        tx.execute(update(tables.lane).values(due=0))
    house.drain()
    assert said(house.report(young)) == ("created", None)


def asks(house: House, **span: float) -> None:
    """Drain again and again, as a bridge does that nobody looks at."""
    until = house.clock() + timedelta(**span)
    while house.clock() < until:
        house.clock.move(minutes=55)
        house.drain()


def test_what_came_while_a_space_is_down_is_given_up_after_its_week_too(house: House) -> None:
    down(house, times=1000)
    late = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    asks(house, days=7.1)

    assert said(house.report(late)) == ("failed", "qomon_down")


@pytest.mark.parametrize("reason", ["key_refused", "qomon_down"])
def test_time_in_which_qomon_was_not_asked_does_not_count(house: House, reason: str) -> None:
    """A refused key for ten days; or no process for as long, while Qomon was down."""
    event = down(house, "refused" if reason == "key_refused" else "error_before", times=1000)
    if reason == "key_refused":
        asks(house, days=10)
    else:
        house.clock.move(days=10)
    house.drain()
    asks(house, days=1)

    assert said(house.report(event)) == ("queued", reason)
