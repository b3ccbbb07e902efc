"""What `test_ledger_stateful` or real threads found once, each as a plain story."""

import pytest

from bridge.qomon.sandbox.people import ZOE
from tests.support.json_hook import SOMEBODY, change, fault, live, said, sent, statuses, stored, switch, written
from tests.support.sandbox_client import entry
from tests.support.whole_bridge import House

MAIL = "zoe.lefevre@example.org"
TRADE = 811


def test_what_a_colleague_wrote_over_a_write_that_was_lost_is_newer_than_older_answers(house: House) -> None:
    fault(house, "PATCH", "contacts", "cut")
    sent(house, written(mail=MAIL, metier="Boulangère"))
    house.drain()
    house.clock.move(minutes=1)
    others = [entry for entry in stored(house)["custom_fields"] if entry["form_id"] != TRADE]
    house.sandbox.contacts.put(ZOE, {"custom_fields": [*others, {"form_id": TRADE, "data": "Avocate"}]})
    house.clock.move(minutes=1)
    house.drain()

    late = sent(house, written(mail=MAIL, metier="Menuisière", submitted_at="2026-11-22T09:00:30Z"))
    house.drain()

    assert (statuses(house.report(late))["metier"], live(house, TRADE)) == ("older", ["Avocate"])


def test_a_blank_that_a_colleague_filled_after_an_unanswered_creation_is_newer_than_older_answers(house: House) -> None:
    fault(house, "POST", "contacts", "error_after")
    sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()
    house.clock.move(seconds=1)
    made = max(house.sandbox.contacts.all)
    house.sandbox.contacts.put(made, {"birthdate": "1990-01-01T00:00:00.000Z"})
    house.clock.move(minutes=11)
    house.drain()

    late = sent(house, written(mail=SOMEBODY, naissance="02/02/1991", submitted_at="2026-11-22T09:00:00Z"))
    house.drain()

    assert statuses(house.report(late))["naissance"] == "older"
    assert stored(house, made)["birthdate"] == "1990-01-01T00:00:00.000Z"


def test_a_blank_that_a_colleague_filled_after_a_lost_write_is_newer_than_older_answers(house: House) -> None:
    nour, mobile = 9000028, "+33639980128"
    fault(house, "PATCH", "contacts", "cut")
    sent(house, written(mobile=mobile, metier="Pilote"))
    house.drain()
    house.clock.move(seconds=1)
    house.sandbox.contacts.put(nour, {"birthdate": "1990-01-01T00:00:00.000Z"})
    house.clock.move(minutes=1)
    house.drain()

    late = sent(house, written(mobile=mobile, naissance="02/02/1991", submitted_at="2026-11-22T09:00:00Z"))
    house.drain()

    assert statuses(house.report(late))["naissance"] == "older"
    assert stored(house, nour)["birthdate"] == "1990-01-01T00:00:00.000Z"


def both(house: House) -> list[str]:
    """One is created, and the other waits behind that."""
    return [sent(house, written(mail=SOMEBODY, prenom="Camille", dispo=one)) for one in ("Tractage", "Marchés")]


def test_a_creation_that_could_not_be_read_back_is_nobody_elses_change(house: House) -> None:
    """What waits behind it was submitted before Qomon made the contact: it is not older than that."""
    switch(house, echo="partial")
    events = both(house)
    house.clock.move(seconds=5)
    fault(house, "GET", "contacts", "error_before")
    house.drain()
    house.clock.move(minutes=1)
    house.drain()

    made = max(house.sandbox.contacts.all)
    assert [house.report(event)["outcome"] for event in events] == ["created", "delivered"]
    assert live(house, 810, made) == ["leaflets", "market"]


def test_what_a_colleague_adds_to_an_unanswered_creation_makes_only_that_theirs(house: House) -> None:
    fault(house, "POST", "contacts", "error_after")
    events = both(house)
    house.clock.move(seconds=5)
    house.drain()
    house.clock.move(seconds=1)
    made = max(house.sandbox.contacts.all)
    house.sandbox.contacts.put(made, {"birthdate": "1990-01-01T00:00:00.000Z"})
    late = sent(house, written(mail=SOMEBODY, naissance="02/02/1991", submitted_at="2026-11-22T09:00:00Z"))
    house.clock.move(minutes=11)
    house.drain()

    assert live(house, 810, made) == ["leaflets", "market"]
    assert [house.report(event)["outcome"] for event in events] == ["unchanged", "delivered"]
    assert stored(house, made)["birthdate"] == "1990-01-01T00:00:00.000Z"
    assert statuses(house.report(late))["naissance"] == "older"


@pytest.mark.parametrize("touched", [False, True])
def test_a_creation_that_nobody_can_tell_of_any_more_is_nobody_elses_change(house: House, touched: bool) -> None:  # noqa: FBT001
    """The record of the one that asked for it was lost with its disk, and nobody has touched the contact since."""
    fault(house, "POST", "contacts", "error_after")
    first, second = both(house)
    house.clock.move(seconds=5)
    house.drain()
    change(house, first, record=NOISE)
    made = max(house.sandbox.contacts.all)
    if touched:
        house.clock.move(seconds=2)
        house.sandbox.contacts.put(made, {"birthdate": "1990-01-01T00:00:00.000Z"})
    house.clock.move(minutes=11)
    house.drain()
    house.drain()

    assert said(house.report(first)) == ("held", "unopenable")
    assert house.report(second)["outcome"] == ("unchanged" if touched else "delivered")
    assert live(house, 810, made) == (["leaflets"] if touched else ["leaflets", "market"])


NOISE = b"\x01" + b"\x00" * 80


def test_a_write_whose_submission_does_not_open_any_more_is_nobody_elses_change(house: House) -> None:
    """What its intent says opens: how we left the contact is known, and what came just before the write is newer."""
    fault(house, "PATCH", "contacts", "cut")
    first = sent(house, written(mail=MAIL, metier="Boulangère", submitted_at="2026-11-22T08:59:00Z"))
    house.drain()
    change(house, first, record=NOISE)
    house.clock.move(minutes=1)
    house.drain()

    late = sent(house, written(mail=MAIL, metier="Menuisière", submitted_at="2026-11-22T08:59:30Z"))
    house.drain()

    assert said(house.report(first)) == ("held", "unopenable")
    assert (said(house.report(late)), live(house, TRADE)) == (("delivered", None), ["Menuisière"])


def test_what_a_colleague_added_in_its_moment_is_put_back_though_its_submission_does_not_open(house: House) -> None:
    house.read_catalogue()
    switch(house, latency_ms=50)
    fault(house, "GET", "contacts", "added", edit={"formdatas": [entry(730, 7310, "water", None)]})
    fault(house, "PATCH", "contacts", "cut")
    first = sent(house, written(mail=MAIL, metier="Boulangère"))
    house.drain()
    change(house, first, record=NOISE)
    cleared = live(house, 730)
    house.clock.move(minutes=1)
    house.drain()

    assert said(house.report(first)) == ("held", "unopenable")
    assert ("water" in cleared, "water" in live(house, 730), live(house, TRADE)) == (False, True, ["Boulangère"])


def test_a_write_that_qomon_does_not_show_and_whose_submission_does_not_open_stops_others_for_an_hour(
    house: House,
) -> None:
    fault(house, "PATCH", "contacts", "cut")
    first = sent(house, written(mail=MAIL, metier="Boulangère"))
    house.drain()
    change(house, first, record=NOISE)
    other = sent(house, written(mail=MAIL, metier="Menuisière"))
    fault(house, "GET", "contacts", "html", times=30)
    house.clock.move(minutes=1)
    house.drain()
    assert said(house.report(other)) == ("queued", "behind")
    for _ in range(14):
        house.clock.move(minutes=5)
        house.drain()
    house.sandbox.faults.clear()
    house.clock.move(minutes=5)
    house.drain()

    assert said(house.report(other)) == ("delivered", None)


def test_a_write_that_could_not_be_read_back_whole_is_nobody_elses_change(house: House) -> None:
    """What was said a moment before our write, and comes after it, is newer than what that held."""
    fault(house, "PATCH", "contacts", "cut")
    first = sent(house, written(mail=MAIL, metier="Boulangère", submitted_at="2026-11-22T08:59:00Z"))
    house.drain()
    switch(house, lists="omit_all")
    house.clock.move(minutes=1)
    house.drain()
    switch(house, lists="shown")

    late = sent(house, written(mail=MAIL, metier="Menuisière", submitted_at="2026-11-22T08:59:30Z"))
    house.drain()

    assert said(house.report(first)) == ("held", "not_confirmed")
    assert (said(house.report(late)), live(house, TRADE)) == (("delivered", None), ["Menuisière"])


def test_what_is_known_of_a_contact_outlives_a_creation_that_was_asked_for_in_its_place(house: House) -> None:
    """Its mail was there, and Qomon's search did not show it yet."""
    switch(house, index_delay_ms=3_600_000)
    house.sandbox.contacts.put(ZOE, {"mail": SOMEBODY})
    sent(house, written(numero=str(ZOE), metier="Menuisière"))
    house.drain()
    house.clock.move(minutes=1)
    house.sandbox.contacts.put(ZOE, {"birthdate": "1990-01-01T00:00:00.000Z"})
    sent(house, written(numero=str(ZOE), metier="Avocate"))
    house.drain()
    fault(house, "POST", "contacts", "error_before")
    event = sent(house, written(mail=SOMEBODY, prenom="Zoé", nom="Lefèvre-Brûlé"))
    house.drain()
    assert said(house.report(event)) == ("queued", "creating")
    switch(house, index_delay_ms=0)
    house.clock.move(seconds=6)
    house.drain()

    late = sent(house, written(numero=str(ZOE), naissance="02/02/1991", submitted_at="2026-11-22T09:00:00Z"))
    house.drain()

    assert said(house.report(event)) == ("unchanged", None)
    assert statuses(house.report(late))["naissance"] == "older"
    assert stored(house)["birthdate"] == "1990-01-01T00:00:00.000Z"
