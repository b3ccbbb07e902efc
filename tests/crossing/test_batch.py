"""Folding and order through the whole bridge: what waits for one contact is one read and one write."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from bridge.crossing.batch import Batch, Part, opened
from bridge.merge.address import Log
from bridge.merge.precedence import History, Mark, Stamp
from bridge.qomon.sandbox.people import ZOE
from tests.support.json_hook import ESSAI, PROOF, asked, fault, live, plain_house, said, sent, statuses, stored, written
from tests.support.whole_bridge import House

TRADE = 811
MAIL = "zoe.lefevre@example.org"
SETS = ESSAI.replace(", change: fill", "")


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path, SETS)
    made.clock.move(minutes=1)
    return made


def zoe(house: House, at: str | None = None, **answers: Any) -> str:
    """One submission of Zoé's, waiting; `at`: when the tool says that it was."""
    said_at = {"submitted_at": at} if at else {}
    return sent(house, written(mail=MAIL, **said_at, **answers))


def calls(house: House) -> tuple[int, int]:
    return asked(house, "GET"), asked(house, "PATCH")


def test_what_waits_for_one_contact_costs_one_read_and_one_write(house: House) -> None:
    zoe(house, metier="Boulangère")
    house.drain()
    before = calls(house)
    trades = ["Charpentière", "Menuisière", "Couvreuse", "Plombière", "Peintre"]
    events = []
    for trade in trades:
        house.clock.move(seconds=1)
        events.append(zoe(house, metier=trade))

    house.drain()

    assert (before[0] + 1, before[1] + 1) == calls(house)
    assert [said(house.report(event)) for event in events] == [("delivered", None)] * 5
    assert [house.report(event)["cost"]["merged_with"] for event in events] == [4] * 5
    assert live(house, TRADE) == ["Peintre"]


def test_hooks_of_two_regions_read_a_contacts_own_numbers_alike(house: House) -> None:
    """Else a number without a country would be another one before and after, and be told as dropped."""
    house.import_hook(SETS.replace("essai234", "belge567").replace("hook: essai", "hook: belge\nregion: BE"))
    first = zoe(house, metier="Couvreuse")
    house.clock.move(seconds=1)
    body = written(mail=MAIL, metier="Plombière")
    answer = house.door.post("/hooks/belge567", data=body, headers=PROOF, content_type="application/json")
    (event,) = answer.get_json()["events"]

    house.drain()

    reports = [house.report(first), house.report(event["event"])]
    assert [said(report) for report in reports] == [("delivered", None)] * 2
    changed = {line["field"] for report in reports for line in report["fields"] if line["change"] != "unchanged"}
    assert changed == {"custom_fields.Métier"}


def test_each_event_of_a_fold_keeps_its_own_report(house: House) -> None:
    zoe(house, metier="Boulangère")
    house.drain()
    first = zoe(house, dispo="Porte-à-porte", metier="Couvreuse")
    house.clock.move(seconds=1)
    second = zoe(house, metier="Peintre")

    house.drain()

    confirmed = {line["field"]: line["confirmed"] for line in house.report(first)["fields"]}
    assert confirmed["custom_fields.Métier"] is None  # the second one wrote it again
    assert house.report(second)["fields"][-1]["confirmed"] == "stored"
    assert [line["field"] for line in house.report(second)["fields"] if line["change"] != "unchanged"] == [
        "custom_fields.Métier"
    ]


def test_what_waits_together_is_told_in_the_order_of_submission(house: House) -> None:
    """In whatever order it came in: nothing of it is older than what was not there yet."""
    newer = zoe(house, at="2026-11-22T08:30:00Z", metier="Peintre")
    older = zoe(house, at="2026-11-22T08:00:00Z", metier="Couvreuse")
    same = zoe(house, at="2026-11-22T08:30:00Z", metier="Plombière")

    house.drain()
    house.drain()

    assert [statuses(house.report(event))["metier"] for event in (older, newer, same)] == ["mapped"] * 3
    assert live(house, TRADE) == ["Plombière"]


def test_a_newer_answer_stays_when_an_older_one_crosses_later(house: House) -> None:
    zoe(house, at="2026-11-22T08:30:00Z", metier="Peintre")
    house.drain()

    late = zoe(house, at="2026-11-22T08:00:00Z", metier="Couvreuse", mobile="06 39 98 01 88")
    house.drain()

    assert statuses(house.report(late))["metier"] == "older"
    assert statuses(house.report(late))["mobile"] == "mapped"  # nothing newer was said of it
    assert live(house, TRADE) == ["Peintre"]


def test_our_own_write_is_nobody_elses_change(house: House) -> None:
    zoe(house, metier="Peintre")
    house.drain()
    house.clock.move(minutes=5)

    event = zoe(house, at="2026-11-22T08:59:00Z", mobile="06 39 98 01 88")
    house.drain()

    assert statuses(house.report(event))["mobile"] == "mapped"


def test_what_a_colleague_changed_since_is_not_overwritten(house: House) -> None:
    zoe(house, metier="Peintre")
    house.drain()
    house.clock.move(minutes=5)
    house.sandbox.contacts.put(ZOE, {"mobile": "+33639980199"})
    house.clock.move(minutes=5)

    event = zoe(house, at="2026-11-22T09:02:00Z", mobile="06 39 98 01 88", metier="Couvreuse")
    house.drain()

    assert {"mobile": "older", "metier": "mapped"}.items() <= statuses(house.report(event)).items()
    assert (stored(house, ZOE)["mobile"], live(house, TRADE)) == ("+33639980199", ["Couvreuse"])


def test_one_that_qomon_refuses_does_not_take_the_others_with_it(house: House) -> None:
    zoe(house, metier="Boulangère")
    house.drain()
    fault(house, "PATCH", "contacts", "rejected", times=2)
    first, second = zoe(house, metier="Couvreuse"), zoe(house, dispo="Porte-à-porte")

    house.drain()

    assert sorted([said(house.report(first)), said(house.report(second))]) == [
        ("delivered", None),
        ("held", "refused_by_qomon"),
    ]


def test_after_a_crash_between_write_and_settle_our_write_is_recognised(house: House) -> None:
    zoe(house, metier="Boulangère")
    house.drain()
    house.clock.move(minutes=1)
    fault(house, "PATCH", "contacts", "cut")
    event = zoe(house, metier="Peintre")
    house.drain()
    house.clock.move(minutes=1)
    house.drain()
    assert said(house.report(event)) == ("delivered", None)

    later = zoe(house, at="2026-11-22T09:01:30Z", mobile="06 39 98 01 88")
    house.drain()

    assert statuses(house.report(later))["mobile"] == "mapped"


def test_an_intent_is_written_as_fast_as_the_vault_can() -> None:
    """What orjson does not take (a named tuple is such) the vault writes too, five times as slowly."""
    made = {("firstname", ""): Mark(Stamp(1000, 1), "sent", "read"), ("tags", "1"): Mark(None, "sent", "")}
    batch = Batch(1, {"tags": []}, {"tags": []}, "FR", History(), Log(), ({}, {}), [Part("event", {}, None, {}, made)])

    assert opened(orjson.loads(orjson.dumps(batch.plain())), "") == batch
