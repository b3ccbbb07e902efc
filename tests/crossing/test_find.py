"""Whom an event is led to: by its number, by one of several, by nobody (docs/ledger.md 14 and 15)."""

from pathlib import Path

import pytest

from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    asked,
    count,
    crossed,
    fault,
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

FAMILY = "famille.duval@example.org"
MARTHE, LEON = 9300000, 9300001
GONE = 8888888


def couple(house: House) -> None:
    for contact, first in ((MARTHE, "Marthe"), (LEON, "Léon")):
        house.sandbox.contacts.put(contact, {"firstname": first, "surname": "Duval", "mail": FAMILY})


def test_whoever_is_named_by_their_number_costs_one_read_and_one_write(house: House) -> None:
    report = crossed(house, numero=ZOE, prenom="Zoé", metier="Pilote")
    assert (said(report), report["contact"]["found_by"]) == (("delivered", None), "id")
    assert (report["cost"]["tokens"], report["cost"]["calls"], asked(house, "GET", f"/contacts/{ZOE}")) == (6, 2, 1)


def test_a_number_under_somebody_elses_name_is_held_and_finds_nobody_else(house: House) -> None:
    """A personal link that was passed on: neither the one who got it first, nor the one who says so in the mail."""
    couple(house)
    report = crossed(house, numero=ZOE, prenom="Marthe", nom="Duval", mail=FAMILY, metier="Pilote")
    assert (said(report), writes(house), count(house, tables.lane)) == (("held", "other_person"), [], 0)


def test_one_who_was_sent_a_wrong_number_stops_nobody_who_has_the_same(house: House) -> None:
    events = [sent(house, written(numero=ZOE, prenom=name, metier=name)) for name in ("Boris", "Zoé", "Anne")]
    house.drain()
    ends = [said(house.report(event)) for event in events]
    assert ends == [("held", "other_person"), ("delivered", None), ("held", "other_person")]
    assert live(house, 811) == ["Zoé"]


def test_a_number_is_not_compared_with_names_where_the_hook_says_so(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("names: agree", "names: ignore"))
    assert said(crossed(house, numero=ZOE, prenom="Boris", metier="Pilote")) == ("delivered", None)


def test_behind_a_number_that_is_gone_the_mail_is_looked_for(house: House) -> None:
    couple(house)
    report = crossed(house, numero=GONE, prenom="Léon", nom="Duval", mail=FAMILY, metier="Pilote")
    assert (said(report), report["contact"]["id"], report["contact"]["found_by"]) == (("delivered", None), LEON, "mail")


def test_a_number_that_is_gone_is_held_at_once_and_nobody_is_created(house: House) -> None:
    reports = [crossed(house, numero=GONE, prenom="Léon", metier="Pilote", **mail) for mail in ({}, {"mail": SOMEBODY})]
    assert [said(report) for report in reports] == [("held", "contact_gone")] * 2
    assert (writes(house), count(house, tables.lane), count(house, tables.creating)) == ([], 0, 0)


def test_a_number_that_is_gone_beside_a_mail_that_only_the_search_still_has_ends(house: House) -> None:
    """The contact was deleted a moment ago, and Qomon's search shows it for a while."""
    couple(house)
    house.sandbox.switches.index_delay_ms = 3_600_000
    house.sandbox.contacts.remove(LEON)
    house.sandbox.contacts.remove(MARTHE)
    event = sent(house, written(numero=LEON, prenom="Léon", nom="Duval", mail=FAMILY))
    for seconds in (5, 30, 120, 600):
        house.drain()
        house.clock.move(seconds=seconds)
    house.drain()
    assert said(house.report(event)) == ("held", "contact_gone")
    assert asked(house, "GET") < 20


def test_of_a_couple_with_one_mail_the_one_whose_whole_name_is_said_is_meant(house: House) -> None:
    couple(house)
    jobs = {"Marthe": "Chimiste", "LÉON": "Luthier"}
    events = [sent(house, written(mail=FAMILY, prenom=first, nom="Duval", metier=job)) for first, job in jobs.items()]
    house.drain()
    assert [said(house.report(event)) for event in events] == [("delivered", None)] * 2
    assert [live(house, 811, contact) for contact in (MARTHE, LEON)] == [["Chimiste"], ["Luthier"]]


@pytest.mark.parametrize(
    ("first", "last"), [("M.", "Duval"), ("Marthe", ""), ("", "Duval"), ("", ""), ("Anne", "Duval")]
)
def test_of_a_couple_with_one_mail_nobody_is_chosen_for_less_than_the_whole_name(
    house: House, first: str, last: str
) -> None:
    """Not from memory either: that Marthe was meant once does not make the mail hers."""
    couple(house)
    crossed(house, mail=FAMILY, prenom="Marthe", nom="Duval", metier="Chimiste")
    report = crossed(house, mail=FAMILY, prenom=first, nom=last, metier="Luthier")
    assert said(report) == ("held", "several_contacts")
    assert live(house, 811, MARTHE) == ["Chimiste"]


def test_two_with_the_same_whole_name_are_not_told_apart(house: House) -> None:
    couple(house)
    house.sandbox.contacts.put(LEON, {"firstname": "Marthe"})
    assert said(crossed(house, mail=FAMILY, prenom="Marthe", nom="Duval")) == ("held", "several_contacts")


@pytest.mark.parametrize(
    "answers",
    [
        {"prenom": "Camille", "nom": "Exemple"},
        {"prenom": "Camille", "nom": "Exemple", "mail": "camille at example.org"},
        {"prenom": "Camille", "nom": "Exemple", "mail": "camille@example"},
        {"prenom": "Camille", "nom": "Exemple", "mail": "camille@example..org"},
        {"prenom": "Camille", "nom": "Exemple", "mail": "camille..e@example.org"},
        {"prenom": "Camille", "nom": "Exemple", "mail": "camille@192.0.2.7"},
        {"prenom": "Camille", "nom": "Exemple", "mail": "camille@example.org, c@example.org"},
        {"prenom": "Camille", "nom": "Exemple", "mobile": "0000000000"},
        {"prenom": "Camille", "nom": "Exemple", "mobile": "12"},
    ],
)
def test_a_name_alone_finds_nobody_and_creates_nobody(house: House, answers: dict[str, str]) -> None:
    assert said(crossed(house, **answers)) == ("held", "no_identity")
    assert (writes(house), rows(house, tables.identity)) == ([], [])


@pytest.mark.parametrize("lost", ["timeout_after", "cut", "error_after"])
def test_a_write_whose_answer_was_lost_counts_all_that_it_cost(house: House, lost: str) -> None:
    crossed(house, numero=ZOE)
    fault(house, "PATCH", "contacts", lost)
    event, calls = sent(house, written(numero=ZOE, metier="Soudeuse")), len(house.sandbox.calls)
    for _ in range(3):
        house.drain()
        house.clock.move(seconds=40)
    report, made = house.report(event), house.sandbox.calls[calls:]
    assert (said(report), sum(call["method"] == "PATCH" for call in made)) == (("delivered", None), 1)
    assert report["cost"]["calls"] == len(made)
    assert report["cost"]["tokens"] == sum(call["cost"] for call in made)


@pytest.mark.parametrize(
    "number",
    [
        *(
            "0033 6 39 98 30 02",
            "0033 (0)6 39 98 30 02",
            "00 33 6 39 98 30 02",
            "33 6 39 98 30 02",
        ),
        *("639983002", "6 39 98 30 02", "06/39/98/30/02", "tel:0639983002", "tel:+33-6-39-98-30-02"),
    ],
)
def test_a_number_is_found_however_somebody_stored_it(house: House, number: str) -> None:
    house.sandbox.contacts.put(MARTHE, {"firstname": "Marthe", "mobile": number})
    report = crossed(house, mobile="06 39 98 30 02", prenom="Marthe", metier="Chimiste")
    assert (said(report), report["contact"]["id"]) == (("delivered", None), MARTHE)
    assert (live(house, 811, MARTHE), report["cost"]["tokens"]) == (["Chimiste"], 7)
