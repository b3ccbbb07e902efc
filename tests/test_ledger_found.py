"""What `test_ledger_stateful` or real threads found once, each as a plain story."""

from pathlib import Path

import pytest

from bridge.qomon.sandbox.people import ZOE
from tests.house import House
from tests.plain import fault, live, plain_house, sent, statuses, stored, written

MAIL = "zoe.lefevre@example.org"
TRADE = 811


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


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
