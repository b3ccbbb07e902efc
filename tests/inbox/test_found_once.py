"""What `test_ledger_stateful` or real threads found once, each as a plain story."""

from bridge.qomon.sandbox.people import ZOE
from tests.support.json_hook import SOMEBODY, fault, live, sent, statuses, stored, written
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
