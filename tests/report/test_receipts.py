"""Receipts: the proof of each yes and each withdrawal that crossed, in the words that the person saw."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.qomon.sandbox.people import ZOE
from bridge.report import receipts
from bridge.store import tables
from tests.support.commands import run
from tests.support.json_hook import ESSAI, fault, live, plain_house, rows, said, sent, switch, writes, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

MAIL = "zoe.lefevre@example.org"
RULES = """
  - {from: oui, to: formdatas.Consentement, values: {par SMS: consent_sms, par e-mail: consent_email}}
  - {from: non, to: formdatas.Consentement, values: {plus de SMS: consent_sms}, change: remove}
  - {from: jamais, to: black_list}
  - {when: {kind: unsubscribed}, to: formdatas.Consentement, value: consent_email, change: remove}
"""
HOOK = ESSAI.split("  - {from: lettre")[0] + RULES.lstrip("\n")


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path, HOOK)
    person = made.sandbox.contacts.all[ZOE]
    person["formdatas"] = [entry for entry in person["formdatas"] if entry["form_id"] != 710]
    return made


def crossed(house: House, **answers: Any) -> str:
    event = sent(house, written(mail=MAIL, **answers))
    house.drain()
    return event


def kept(house: House, event: str) -> list[tuple[str, str, str]]:
    with house.services.store.read() as tx:
        told = receipts.of_event(tx, house.services.vault, event)
    return [(one["said"], one["value"], one["wording"]) for receipt in told for one in receipt["statements"]]


def test_a_yes_is_kept_with_the_words_of_the_box(house: House) -> None:
    event = crossed(house, oui="par SMS")

    assert kept(house, event) == [("yes", "consent_sms", "oui: par SMS")]
    (row,) = rows(house, tables.receipt)
    told = house.services.vault.unseal(row.sealed)
    assert (row.event, row.field, row.contact, row.space) == (event, "formdatas.710", ZOE, "default")
    assert isinstance(told, dict)
    assert (told["hook"], told["revision"], told["contact"]) == ("essai", 1, ZOE)
    assert told["submitted_at"] == house.report(event)["submitted_at"]


def test_a_yes_that_qomon_has_already_is_proof_again(house: House) -> None:
    crossed(house, oui="par SMS")
    again = crossed(house, oui="par SMS", n="2")

    assert (said(house.report(again)), kept(house, again)) == (
        ("unchanged", None),
        [("yes", "consent_sms", "oui: par SMS")],
    )


def test_a_withdrawal_is_kept_and_beats_the_yes_of_the_same_form(house: House) -> None:
    event = crossed(house, oui=["par SMS", "par e-mail"], non="plus de SMS")

    assert sorted(kept(house, event)) == [
        ("withdrawn", "consent_sms", "non: plus de SMS"),
        ("yes", "consent_email", "oui: par SMS, par e-mail"),
    ]


def test_do_not_contact_is_a_withdrawal(house: House) -> None:
    assert kept(house, crossed(house, jamais="oui")) == [("withdrawn", "black_list", "jamais: oui")]


def test_somebody_on_do_not_contact_leaves_no_yes_and_the_withdrawal_beside_it(house: House) -> None:
    crossed(house, oui="par SMS")
    house.sandbox.contacts.all[ZOE]["black_list"] = True
    held = crossed(house, oui="par e-mail", non="plus de SMS")

    assert said(house.report(held)) == ("held", "do_not_contact")
    assert kept(house, held) == [("withdrawn", "consent_sms", "non: plus de SMS")]


def test_what_crossed_later_is_kept_beside_what_crossed_at_once(house: House) -> None:
    house.import_hook(HOOK.replace("mode: live", "mode: live\napprove: 1"))
    held = crossed(house, oui="par e-mail", non="plus de SMS")
    at_once = kept(house, held)
    assert run(house, "inbox", "release", held).exit_code == 0
    house.drain()

    assert at_once == [("withdrawn", "consent_sms", "non: plus de SMS")]
    assert kept(house, held) == [*at_once, ("yes", "consent_email", "oui: par e-mail")]


def test_what_qomon_dropped_is_no_proof(house: House) -> None:
    house.read_catalogue()
    switch(house, drops=["formdatas"])
    event = crossed(house, oui="par SMS")
    assert (said(house.report(event)), kept(house, event)) == (("held", "not_confirmed"), [])


def test_a_created_contact_has_its_receipt(house: House) -> None:
    event = sent(house, written(mail="camille.exemple@example.org", prenom="Camille", oui="par e-mail"))
    house.drain()

    assert said(house.report(event)) == ("created", None)
    assert kept(house, event) == [("yes", "consent_email", "oui: par e-mail")]


def test_folded_events_keep_their_own(house: House) -> None:
    first = sent(house, written(mail=MAIL, oui="par SMS"))
    second = sent(house, written(mail=MAIL, oui="par e-mail"))
    house.drain()

    assert len(writes(house)) == 1
    assert (kept(house, first), kept(house, second)) == (
        [("yes", "consent_sms", "oui: par SMS")],
        [("yes", "consent_email", "oui: par e-mail")],
    )


def test_after_a_lost_answer_the_receipt_comes_with_the_settling(house: House) -> None:
    fault(house, "PATCH", "contacts", "timeout_after")
    event = crossed(house, oui="par SMS")
    assert (said(house.report(event))[0], kept(house, event)) == ("queued", [])
    for _ in range(3):
        house.clock.move(seconds=40)
        house.drain()

    assert (said(house.report(event))[0], kept(house, event)) == (
        "delivered",
        [("yes", "consent_sms", "oui: par SMS")],
    )


def test_it_is_sealed_and_shown_to_staff(house: House) -> None:
    event = crossed(house, oui="par SMS")
    (row,) = rows(house, tables.receipt)

    assert b"par SMS" not in row.sealed
    shown = run(house, "inbox", "show", event).output
    assert "Consents:\n  yes: formdatas.Consentement (consent_sms), by “oui: par SMS”\n" in shown
    assert "par SMS" not in json.dumps(house.report(event)["fields"])


STEPS = st.lists(st.sampled_from([{"oui": "par SMS"}, {"non": "plus de SMS"}, {"metier": "Soudeuse"}]), max_size=5)


@settings(max_examples=10)
@given(STEPS)
def test_the_newest_receipt_says_what_qomon_holds(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    house = plain_house(tmp_path_factory.mktemp("street"), HOOK)
    person = house.sandbox.contacts.all[ZOE]
    person["formdatas"] = [entry for entry in person["formdatas"] if entry["form_id"] != 710]
    newest = "withdrawn"
    for number, step in enumerate(steps):
        house.clock.move(minutes=1)
        event = crossed(house, **step, n=str(number))
        newest = next((one for one, *_ in kept(house, event)), newest)
    assert ("consent_sms" in live(house, 710)) == (newest == "yes")
    house.close()
