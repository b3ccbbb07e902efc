"""An unsubscription is about an address: it reaches every contact that carries it, and nothing else of it does."""

from pathlib import Path
from typing import Any

import pytest

from bridge.crossing import unsubscribe
from bridge.crossing.work import CrossLane
from bridge.inbox import lanes
from bridge.store import tables
from tests.support.commands import run
from tests.support.json_hook import count, fault, live, rows, said
from tests.support.unsubscription import HOOK, INES, LEON, MARTHE, YES, a_house, branches, person, told
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

NUMBER = "+33199001234"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return a_house(tmp_path)


def left(house: House, **fields: Any) -> str:
    """The id of the unsubscription, once it has crossed."""
    event = str(told(house, **fields)["event"])
    house.drain()
    return event


def test_it_reaches_each_contact_of_the_address_in_a_row_of_its_own(house: House) -> None:
    for one in (MARTHE, LEON, INES):
        person(house, one)
    event = left(house)

    assert [live(house, 710, one) for one in (MARTHE, LEON, INES)] == [[], [], []]
    others = branches(house, event)
    assert [row.reaches for row in others] == [LEON, INES]
    ends = [house.report(one) for one in (event, *(row.id for row in others))]
    assert [said(one) for one in ends] == [("delivered", None)] * 3
    assert [one["contact"]["id"] for one in ends] == [MARTHE, LEON, INES]
    assert [one["contact"]["found_by"] for one in ends] == ["mail"] * 3
    assert [one["event"] for one in ends] == [event, *(row.id for row in others)]
    assert {(row.event, row.contact) for row in rows(house, tables.undo)} == {
        (end["event"], end["contact"]["id"]) for end in ends
    }
    assert {row.event for row in rows(house, tables.receipt)} == {end["event"] for end in ends}


def test_nothing_else_of_it_crosses(house: House) -> None:
    person(house, MARTHE, tags=[])
    event = left(house, attributes={"PRENOM": "Autre"})

    marthe = house.sandbox.contacts.all[MARTHE]
    assert (marthe["tags"], marthe["firstname"], live(house, 710, MARTHE)) == ([], f"Prénom{MARTHE}", [])
    assert [line["field"] for line in house.report(event)["fields"]] == ["formdatas.Consentement"]


def test_neither_the_name_nor_the_filter_stops_it(house: House) -> None:
    person(house, MARTHE)
    event = left(house, attributes={"PRENOM": "Zacharie", "PAYS": "Belgique"})

    assert (said(house.report(event)), live(house, 710, MARTHE)) == (("delivered", None), [])


def test_it_is_searched_whoever_was_found_lately(house: House) -> None:
    """Marthe was found by this mail a minute ago, when nobody else had it."""
    person(house, MARTHE, firstname="Marthe")
    left(house, event="list_addition", attributes={"PRENOM": "Marthe", "PAYS": "France"})
    person(house, LEON)
    house.clock.move(minutes=1)
    left(house)

    assert [live(house, 710, one) for one in (MARTHE, LEON)] == [[], []]


def test_it_waits_for_no_contact_in_whose_lane_somebody_is(house: House) -> None:
    """An answer of Marthe waits in her lane; the unsubscription is not only hers."""
    person(house, MARTHE, firstname="Marthe")
    left(house, event="list_addition", attributes={"PRENOM": "Marthe", "PAYS": "France"})
    person(house, LEON)
    house.clock.move(minutes=1)
    told(house, event="list_addition", attributes={"PRENOM": "Marthe", "PAYS": "France"}, n=2)
    left(house)

    assert [live(house, 710, one) for one in (MARTHE, LEON)] == [[], []]


def test_a_number_may_stand_in_either_field(house: House) -> None:
    house.import_hook(
        HOOK.replace("find: [mail]", "find: [mail, mobile]").replace(
            "value: consent_email, change", "value: consent_sms, change"
        )
    )
    sms = {"form_id": 710, "form_ref_id": 7102, "data": "consent_sms"}
    person(house, MARTHE, mail="", phone="01 99 00 12 34", formdatas=[YES, sms])
    person(house, LEON, mail="", mobile=NUMBER, formdatas=[sms])
    person(house, INES, mail="", phone="01 99 00 12 35", formdatas=[sms])
    event = left(house, event="contact_updated", smsBlacklist=True, attributes={"SMS": NUMBER})

    assert [live(house, 710, one) for one in (MARTHE, LEON, INES)] == [["consent_email"], [], ["consent_sms"]]
    assert house.report(event)["contact"]["found_by"] == "phone"


def test_twenty_at_once_and_the_others_when_somebody_says_so(house: House) -> None:
    many = [9400100 + number for number in range(25)]
    for one in many:
        person(house, one)
    event = left(house)
    settle(house)

    rest = next(row for row in branches(house, event) if row.reaches is None)
    assert sum(live(house, 710, one) == [] for one in many) == unsubscribe.MOST
    assert (rest.status, rest.outcome, rest.reason, rest.lane) == ("held", "held", "several_contacts", None)
    assert house.report(rest.id)["outcome"] == "held"
    assert house.report(event)["outcome"] == "delivered"

    assert run(house, "inbox", "release", rest.id).exit_code == 0
    settle(house)

    assert [live(house, 710, one) for one in many] == [[]] * 25
    reached = [row.reaches for row in rows(house, tables.event) if event in (row.id, row.parent)]
    assert sorted(reached) == many
    assert house.report(rest.id)["outcome"] == "delivered"


def test_a_repeat_is_one_of_the_first_row_and_makes_no_more(house: House) -> None:
    for one in (MARTHE, LEON):
        person(house, one)
    event = left(house)
    before = count(house, tables.event)
    again = told(house)

    assert (again["event"], again["outcome"], count(house, tables.event)) == (event, "duplicate", before)


def test_released_again_it_makes_no_second_row(house: House) -> None:
    for one in (MARTHE, LEON):
        person(house, one)
    event = refused(house)
    held = [event, *(row.id for row in branches(house, event))]
    assert [said(house.report(one)) for one in held] == [("held", "refused_by_qomon")] * 2
    assert run(house, "inbox", "release", *held).exit_code == 0
    house.drain()

    assert len(branches(house, event)) == 1
    assert [live(house, 710, one) for one in (MARTHE, LEON)] == [[], []]
    assert {house.report(one)["outcome"] for one in held} == {"delivered"}
    assert told(house)["event"] == event


def refused(house: House) -> str:
    """Qomon takes no write of it."""
    fault(house, "PATCH", "contacts", "rejected", times=2)
    event = left(house)
    assert [live(house, 710, one) for one in (MARTHE, LEON)] == [["consent_email"]] * 2
    return event


def test_one_is_left_out_and_the_others_can_cross(house: House) -> None:
    for one in (MARTHE, LEON):
        person(house, one)
    event = refused(house)
    (other,) = branches(house, event)

    assert f"also reached: {other.id}" in run(house, "inbox", "show", event).stdout
    assert f"part of: {event}" in run(house, "inbox", "show", other.id).stdout
    assert run(house, "inbox", "skip", event).exit_code == 0
    assert run(house, "inbox", "release", other.id).exit_code == 0
    house.drain()
    assert [live(house, 710, one) for one in (MARTHE, LEON)] == [["consent_email"], []]


def searched(house: House) -> str:
    """An unsubscription of two people that was searched for; its other row has not crossed yet."""
    for one in (MARTHE, LEON):
        person(house, one)
    event = str(told(house)["event"])
    with house.services.store.read() as tx:
        (waits,) = lanes.due(tx, house.clock())
    house.services.crossing.drain(CrossLane(waits.lane))
    return event


def test_who_lost_the_address_meanwhile_is_left_alone(house: House) -> None:
    """Between the search and the read a colleague gave Léon another address."""
    event = searched(house)
    house.sandbox.contacts.put(LEON, {"mail": "leon@example.org"})
    settle(house)

    (other,) = branches(house, event)
    assert [live(house, 710, one) for one in (MARTHE, LEON)] == [[], ["consent_email"]]
    assert said(house.report(other.id)) == ("unchanged", None)


def test_who_was_merged_away_is_looked_for_again(house: House) -> None:
    event = searched(house)
    house.sandbox.contacts.remove(LEON)
    person(house, INES)
    settle(house)

    assert [live(house, 710, one) for one in (MARTHE, INES)] == [[], []]
    assert [row.reaches for row in branches(house, event)] == [INES]


def settle(house: House) -> None:
    """All that waits has its time."""
    for _ in range(8):
        house.drain()
        house.clock.move(minutes=5)
    assert not [row for row in rows(house, tables.event) if row.status == "open"]


def test_nobody_has_the_address(house: House) -> None:
    event = left(house)
    assert said(house.report(event)) == ("ignored", "missing_contact")


def test_without_an_address_nobody_knows_whose_it_is(house: House) -> None:
    event = left(house, email="")
    assert said(house.report(event)) == ("held", "no_identity")


def test_the_caller_sees_one_event_and_nothing_of_qomon(house: House) -> None:
    for one in (MARTHE, LEON):
        person(house, one)
    event = left(house)
    seen = told(house)["first"]
    assert (seen["event"], seen["outcome"], seen["reason"]) == (event, "accepted", None)
    assert not {"parent", "reached", "contact"} & seen.keys()


def test_a_dry_run_says_what_it_would_do(house: House) -> None:
    for one in (MARTHE, LEON):
        person(house, one)
    house.import_hook(HOOK.replace("mode: live", "mode: preview"))
    seen = house.report(left(house, attributes={"PRENOM": "Zacharie"}))

    assert (said(seen), seen["contact"]["id"]) == (("previewed", None), MARTHE)
    assert [(line["field"], line["change"]) for line in seen["fields"]] == [("formdatas.Consentement", "removed")]
    assert [live(house, 710, one) for one in (MARTHE, LEON)] == [["consent_email"]] * 2


def test_one_whose_contact_has_another_address_by_now_tells_its_answers_all_the_same(tmp_path: Path) -> None:
    """Memory led it to Marthe, and the search told of Léon, whose row did what there was to do."""
    house = a_house(tmp_path, HOOK.replace("only: {answer: PAYS, is: [France]}\n", ""))
    person(house, MARTHE)
    told(house, event="list_addition", ts=1)
    house.drain()
    house.sandbox.contacts.put(MARTHE, {"mail": "gil.neuf@example.org"})
    person(house, LEON)
    report = house.report(left(house))
    assert said(report) == ("unchanged", None)
    assert {line["key"]: line["status"] for line in report["answers"]} == {"email": "not_sent", "channel": "unmapped"}
    assert (live(house, 710, MARTHE), live(house, 710, LEON)) == (["consent_email"], [])
