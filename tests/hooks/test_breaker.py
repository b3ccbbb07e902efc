"""The brake that a hook pulls by itself: what looks like a mistake of its mapping waits for a person."""

from pathlib import Path

import pytest

from bridge.hooks import breaker
from bridge.hooks.breaker import Wrote
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from bridge.store.tables import brake, spread
from tests.support.commands import run
from tests.support.json_hook import ESSAI, live, outcomes, plain_house, rows, said, sent, writes, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

RULES = """
  - {from: aide, to: tags}
  - {value: même, to: custom_fields.Surnom}
  - {from: ville, to: address.city}
  - {from: nation, to: nationality, as: country}
  - {from: non, to: formdatas.Consentement, values: {plus: consent_sms}, change: remove}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, ESSAI + RULES.lstrip("\n"))


def people(house: House, many: int, first: int = 0, **same: str) -> list[str]:
    """So many new people with the same answers, one after the other."""
    events = []
    for number in range(first, first + many):
        answers = {"mail": f"p{number}@example.org", "prenom": f"P{number}x", **same}
        events.append(sent(house, written(**answers)))
        house.drain()
        house.clock.move(seconds=30)
    return events


def test_one_answer_for_a_tenth_contact_stops_the_hook(house: House) -> None:
    events = people(house, 11, metier="Boulangère")

    assert outcomes(house, events) == [("created", None)] * 9 + [("held", "breaker")] * 2
    assert "essai: stopped by itself since" in run(house, "inbox", "list").stderr
    assert "one value of custom_fields.Métier for 10 contacts within an hour" in run(house, "inbox", "list").stderr


def test_so_it_is_for_contacts_that_are_there_already(house: House) -> None:
    people(house, 10)
    before = len(writes(house))
    events = people(house, 10, metier="Boulangère")

    assert outcomes(house, events) == [("delivered", None)] * 9 + [("held", "breaker")]
    assert len(writes(house)) - before == 9


def test_the_same_choice_tag_constant_or_town_is_no_mistake(house: House) -> None:
    events = people(house, 12, aide="bénévole", dispo="Tractage", ville="Brest", nation="France")
    assert {outcome for outcome, _ in outcomes(house, events)} == {"created"}


def test_the_tenth_marie_of_a_launch_day_passes(tmp_path: Path) -> None:
    """A popular answer is no mistake: first names, what only fills a blank, and a trade that others do not share."""
    text = ESSAI.replace("to: firstname, as: name, change: fill", "to: firstname, as: name")
    house = plain_house(tmp_path, text)
    events = people(house, 12, prenom="Marie", nom="Martin")
    for number in range(30):
        same = {"metier": "Retraitée"} if number % 4 else {"metier": f"Métier {number}"}
        events += people(house, 1, 100 + number, **same)
        house.clock.move(seconds=30)

    assert {one for one, _ in outcomes(house, events)} == {"created"}


def test_a_title_mapped_into_the_surname_stops(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("to: surname, as: name, change: fill", "to: surname, as: name"))
    early = people(house, 2, nom="Lefèvre")
    events = people(house, 10, 2, nom="Mme")

    assert {one for one, _ in outcomes(house, early)} == {"created"}
    assert outcomes(house, events) == [("created", None)] * 9 + [("held", "breaker")]


@pytest.mark.parametrize("share", [8, 7])
def test_eight_of_ten_of_a_fields_last_writes_are_too_many_and_fewer_are_not(house: House, share: int) -> None:
    """The tenth contact with the value is the last of twelve (83 %) or of fourteen (71 %)."""
    others = {8: 2, 7: 4}[share]
    for number in range(others):
        people(house, 1, 50 + number, metier=f"Métier {number}")
    events = people(house, 10, metier="Boulangère")

    assert outcomes(house, events)[-1] == {8: ("held", "breaker"), 7: ("created", None)}[share]


def test_one_phone_for_a_third_contact_stops_the_hook_and_a_couple_is_no_mistake(house: House) -> None:
    contacts = house.sandbox.contacts
    for number in range(3):
        contacts.put(9400000 + number, {"mail": f"p{number}@example.org", "firstname": f"P{number}x"})
    events = people(house, 3, mobile="06 39 98 01 77")

    assert outcomes(house, events) == [("delivered", None)] * 2 + [("held", "breaker")]
    assert "the same mobile for 3 contacts within an hour" in run(house, "inbox", "list").stderr


def test_ten_in_more_than_an_hour_are_no_mistake(house: House) -> None:
    early = people(house, 6, metier="Boulangère")
    house.clock.move(hours=1)
    assert {one for one, _ in outcomes(house, early + people(house, 6, 6, metier="Boulangère"))} == {"created"}


def test_after_its_hour_a_value_is_forgotten(house: House) -> None:
    people(house, 2, metier="Boulangère")
    house.prune()
    kept = len(rows(house, spread))
    house.clock.move(hours=1)
    house.prune()

    assert (kept, rows(house, spread)) == (8, [])


def test_somebody_who_looked_lets_all_of_it_go_on_and_it_does_not_stop_again_for_that(house: House) -> None:
    events = people(house, 12, metier="Boulangère")
    resumed = run(house, "resume", "--hook", "essai")
    house.drain()

    assert "3 submissions that were held because of it are sent." in resumed.output
    more = people(house, 2, 20, metier="Boulangère")
    assert {one for one, _ in outcomes(house, events + more)} == {"created"}
    house.clock.move(hours=1)
    assert outcomes(house, people(house, 10, 40, metier="Soudeuse"))[-1] == ("held", "breaker")


def test_releasing_one_of_them_releases_those_with_the_same_cause(house: House) -> None:
    events = people(house, 12, metier="Boulangère")
    run(house, "inbox", "release", events[-1])
    house.drain()
    assert {one for one, _ in outcomes(house, events)} == {"created"}


def test_leaving_one_out_leaves_the_brake_on(house: House) -> None:
    events = people(house, 12, metier="Boulangère")
    run(house, "inbox", "skip", events[-1])
    house.drain()
    assert outcomes(house, events[-2:]) == [("held", "breaker"), ("skipped", None)]


def test_a_withdrawal_crosses_while_the_hook_is_stopped_and_nothing_else_does(house: House) -> None:
    person = house.sandbox.contacts.all[ZOE]
    person["formdatas"] = [
        {
            "form_id": 710,
            "form_ref_id": 7102,
            "data": "consent_sms",
            "date": "2024-02-11T10:20:30.000Z",
            "deleted_at": None,
        }
    ]
    house.sandbox.contacts.put(ZOE, person)
    people(house, 10, metier="Boulangère")
    event = sent(house, written(mail="zoe.lefevre@example.org", metier="Boulangère", non="plus"))
    house.drain()

    assert said(house.report(event)) == ("held", "breaker")
    assert (live(house, 710), "Boulangère" in live(house, 811)) == ([], False)


def test_another_hook_of_the_same_person_goes_on(tmp_path: Path) -> None:
    other = ESSAI.replace("hook: essai", "hook: autre").replace("essai234", "autre234")
    house = plain_house(tmp_path, ESSAI, other)
    people(house, 10, metier="Boulangère")
    mine = sent(house, written(mail="zoe.lefevre@example.org", metier="Boulangère"))
    headers = {"X-Token": "an-invented-token", "Content-Type": "application/json"}
    body = written(mail="zoe.lefevre@example.org", metier="Soudeuse")
    theirs = house.door.post("/hooks/autre234", data=body, headers=headers).get_json()["events"][0]["event"]
    house.drain()

    assert outcomes(house, [mine, theirs]) == [("held", "breaker"), ("delivered", None)]
    assert live(house, 811) == ["Soudeuse"]


def test_what_qomon_drops_too_often_stops_the_hook(house: House) -> None:
    assert count(house, times=28) is None
    assert count(house, dropped=1, times=3) is None
    assert count(house, dropped=1) == "dropped"
    assert outcomes(house, people(house, 1, 50)) == [("held", "breaker")]


def count(house: House, **wrote: int) -> str | None:
    hook = rows(house, tables.hook)[0].id
    one = Wrote(created=bool(wrote.get("created")), cleared=wrote.get("cleared", 0), dropped=bool(wrote.get("dropped")))
    with house.services.store.write() as tx:
        breaker.note(tx, hook, [one] * wrote.get("times", 1), house.clock())
        found = breaker.why(tx, hook)
    return found[0].code if found else None


def test_creations_far_over_usual_stop_it_and_without_a_usual_nothing_is_far(house: House) -> None:
    assert count(house, created=1, times=500) is None
    house.clock.move(days=15)
    for _ in range(30):
        assert count(house, created=1, times=10) is None
        house.clock.move(hours=1)
    assert count(house, created=1, times=30) is None
    assert count(house, created=1) == "creations"


def test_fields_erased_far_over_usual_stop_it(house: House) -> None:
    assert count(house, cleared=9) is None
    assert count(house, cleared=1) == "clears"


def test_nothing_readable_is_kept_for_it(house: House) -> None:
    people(house, 10, metier="Boulangère")
    kept = repr([tuple(row) for table in (brake, spread) for row in rows(house, table)])
    assert ("Boulangère" in kept, "p3@example.org" in kept, len(writes(house))) == (False, False, 9)
