"""Where nobody knows whose it is a withdrawal waits with its form, before all else that waits (docs/laws.md 7)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run
from tests.support.json_hook import ESSAI, live, plain_house, said, sent, switch, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

MAIL = "zoe.lefevre@example.org"
RULES = """
  - {from: oui, to: formdatas.Consentement, values: {lettre: consent_email}}
  - {from: non, to: formdatas.Consentement, values: {lettre: consent_email}, change: remove}
"""
HOOK = ESSAI.replace("missing: create", "missing: hold").split("  - {from: lettre")[0] + RULES.lstrip("\n")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, HOOK).read_catalogue()


def listed(house: House, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(house, "inbox", "list", "--json", *words).stdout)
    return found


def crossed(house: House, **answers: Any) -> str:
    event = sent(house, written(**answers))
    house.drain()
    house.clock.move(seconds=1)
    return event


def shared(house: House) -> None:
    house.sandbox.contacts.put(9400001, {"mail": "partage@example.org"})
    house.sandbox.contacts.put(9400002, {"mail": "partage@example.org"})


WAITING = {
    "other_person": {"mail": MAIL, "prenom": "Karim"},
    "several_contacts": {"mail": "partage@example.org"},
    "no_identity": {"prenom": "Karim"},
    "missing_contact": {"mail": "personne@example.org"},
}


@pytest.mark.parametrize("reason", WAITING)
def test_it_waits_with_its_event_first_of_all(house: House, reason: str) -> None:
    shared(house)
    before = live(house, 710)
    waits = crossed(house, **WAITING[reason], non="lettre")
    others = [crossed(house, **WAITING[reason], metier=str(number)) for number in range(3)]
    done = crossed(house, mail=MAIL, metier="Soudeuse")

    assert said(house.report(waits)) == ("held", reason)
    assert live(house, 710) == before
    assert [line["event"] for line in listed(house)] == [waits, done, *reversed(others)]
    assert [line["event"] for line in listed(house, "--most", "2", "--outcome", "held")] == [waits, others[-1]]
    assert ["withdraws" in line for line in listed(house)] == [True, False, False, False, False]
    assert "takes a consent back" in run(house, "inbox", "list").stdout.splitlines()[0]


def test_what_was_left_out_is_first_no_more(house: House) -> None:
    waits = crossed(house, mail=MAIL, prenom="Karim", non="lettre")
    done = crossed(house, mail=MAIL, metier="Soudeuse")
    assert run(house, "inbox", "skip", waits).exit_code == 0
    assert [line["event"] for line in listed(house)] == [done, waits]


def test_what_crossed_though_the_rest_is_held_does_not_wait(house: House) -> None:
    held = crossed(house, mail=MAIL, non="lettre", dispo=["Jamais vu"])
    done = crossed(house, mail=MAIL, metier="Soudeuse")
    assert said(house.report(held)) == ("held", "unknown_choice")
    assert [line["event"] for line in listed(house)] == [done, held]


def test_a_read_that_is_not_whole_stops_it_too(house: House) -> None:
    switch(house, lists="omit_all")
    before = live(house, 710)
    waits = crossed(house, mail=MAIL, non="lettre")
    crossed(house, mail=MAIL, prenom="Karim")
    assert (said(house.report(waits)), live(house, 710)) == (("held", "shape_unproved"), before)
    assert (listed(house)[0]["event"], listed(house)[0]["withdraws"]) == (waits, True)


def test_a_pause_stops_it_too(house: House) -> None:
    before = live(house, 710)
    assert run(house, "pause").exit_code == 0
    waits = sent(house, written(mail=MAIL, non="lettre"))
    house.drain()
    assert (said(house.report(waits)), live(house, 710)) == (("queued", "paused"), before)
    assert run(house, "resume").exit_code == 0
    house.drain()
    assert "consent_email" not in live(house, 710)


def test_writing_off_stops_it_too(tmp_path: Path) -> None:
    house = plain_house(tmp_path, HOOK, WRITING="off")
    before = live(house, 710)
    waits = sent(house, written(mail=MAIL, non="lettre"))
    assert (said(house.report(waits)), live(house, 710)) == (("queued", "paused"), before)


def test_a_missing_box_says_neither(house: House) -> None:
    before = live(house, 710)
    boxes: list[dict[str, Any]] = [{}, {"oui": None}, {"oui": ""}, {"non": []}, {"oui": [], "non": ""}]
    for box in boxes:
        crossed(house, mail=MAIL, metier="Soudeuse", **box, n=str(box))
    assert live(house, 710) == before


def test_a_form_that_found_nobody_is_remembered_too(house: House) -> None:
    """docs/ledger.md 21: whoever turns up with the address gets no older yes."""
    crossed(house, mail="tard@example.org", non="lettre")
    house.sandbox.contacts.put(9400003, {"mail": "tard@example.org", "lastchange": "2020-01-01T00:00:00.000Z"})
    crossed(house, mail="tard@example.org", oui="lettre", submitted_at="2026-11-22T08:00:00Z")
    assert live(house, 710, 9400003) == []
