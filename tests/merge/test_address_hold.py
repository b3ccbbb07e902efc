"""`address: hold`: an address that contradicts Qomon's waits for a person; what the person takes back does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from bridge.merge.merge import moves
from bridge.model import Change, Target
from bridge.qomon.sandbox.people import ZOE
from schemas.codes import Op
from tests.support.commands import run
from tests.support.json_hook import ESSAI, crossed, live, plain_house, said, statuses, stored, writes
from tests.support.whole_bridge import House
from tests.support.worlds import World, worlds

STORED = {"street": "rue des Tilleuls", "postalcode": "01000", "city": "Bourg-en-Bresse", "state": ""}


def part(name: str, text: str, op: Op = "set", kind: str = "text") -> Change:
    return Change(1, Target(name, name, kind), op, () if op == "clear" else (text,))


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (part("address.city", "Brest"), True),
        (part("address.city", "BOURG EN BRESSE"), False),
        (part("address.postalcode", "1000", kind="postcode"), False),
        (part("address.postalcode", "29200", kind="postcode"), True),
        (part("address.state", "Ain"), False),
        (part("address.country", "France"), False),
        (part("address.city", "Brest", "fill"), False),
        (part("address.city", "", "clear"), False),
        (part("birth_city", "Brest"), False),
        (part("city", "Brest"), False),
    ],
)
def test_only_a_part_that_differs_from_a_stored_one_moves(change: Change, *, moved: bool) -> None:
    assert moves({"address": STORED}, [change], "FR") is moved
    assert moves({}, [change], "FR") is False


@pytest.mark.parametrize(
    ("stored", "said", "moved"),
    [
        ("FR", "France", False),
        ("France", "fra", False),
        ("Allemagne", "Germany", False),
        ("FR", "Belgique", True),
        ("Atlantide", "atlantide", False),
        ("Atlantide", "France", True),
    ],
)
def test_a_country_is_the_same_by_name_and_by_code(stored: str, said: str, *, moved: bool) -> None:
    assert moves({"address": {"country": stored}}, [part("address.country", said)], "FR") is moved


def test_a_country_in_another_spelling_stays_as_it_is_stored(tmp_path: Path) -> None:
    rules = "  - {from: ville, to: address.city}\n  - {from: pays, to: address.country}\n"
    house = plain_house(tmp_path, ESSAI.replace("address: keep", "address: replace") + rules)
    house.sandbox.contacts.all[ZOE]["address"]["country"] = "FR"
    before = stored(house)
    report = crossed(house, mail="zoe.lefevre@example.org", ville="Bourg-en-Bresse", pays="France")
    assert (said(report), stored(house)["address"], writes(house)) == (("unchanged", None), before["address"], [])


@given(worlds())
def test_hold_writes_what_keep_writes_or_asks(world: World) -> None:
    """In any world: held with the address untouched, or exactly the contact of `keep`."""
    kept = replace(world, hook=replace(world.hook, address_policy="keep")).weigh()
    held = replace(world, hook=replace(world.hook, address_policy="hold")).weigh()
    if held.hold == "address_moved":
        assert held.after.get("address") == held.before.get("address")
        assert kept.hold is None
    else:
        assert (held.hold, held.after, held.report) == (kept.hold, kept.after, kept.report)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    rules = """\
  - {from: cp, to: address.postalcode}
  - {from: ville, to: address.city}
  - {from: lettre_non, to: formdatas.Consentement, values: {Oui: consent_sms, Non: nothing}, change: remove}
"""
    made = plain_house(tmp_path, ESSAI.replace("address: keep", "address: hold") + rules)
    yield made
    made.services.store.close()


def test_an_address_that_moved_is_held_and_nothing_of_it_written(house: House) -> None:
    before = stored(house)
    report = crossed(house, mail="zoe.lefevre@example.org", metier="Soudeuse", cp="29200", ville="Brest")
    assert said(report) == ("held", "address_moved")
    assert statuses(report) == {"mail": "held", "metier": "held", "cp": "held", "ville": "held"}
    assert (stored(house), writes(house)) == (before, [])


def test_a_withdrawal_of_a_held_event_crosses_at_once(house: House) -> None:
    assert live(house, 710) == ["consent_sms", "consent_call"]
    report = crossed(house, mail="zoe.lefevre@example.org", ville="Brest", lettre_non="Oui")
    assert said(report) == ("held", "address_moved")
    assert (live(house, 710), stored(house)["address"]["city"]) == (["consent_call"], "Bourg-en-Bresse")
    assert statuses(report)["ville"] == "held"


def test_what_is_not_in_qomon_is_told_before_the_address(house: House) -> None:
    report = crossed(house, mail="zoe.lefevre@example.org", ville="Brest", dispo="Nager")
    assert said(report) == ("held", "unknown_choice")


def test_an_address_that_agrees_fills_its_blanks(house: House) -> None:
    report = crossed(house, mail="zoe.lefevre@example.org", cp="01000", ville="bourg en bresse")
    assert said(report) == ("delivered", None)
    assert (stored(house)["address"]["postalcode"], stored(house)["address"]["city"]) == ("01000", "Bourg-en-Bresse")


def test_somebody_new_has_no_address_that_could_be_contradicted(house: House) -> None:
    report = crossed(house, prenom="Ada", nom="Exemple", mail="ada@example.org", ville="Brest")
    assert said(report) == ("created", None)


MOVED = {"mail": "zoe.lefevre@example.org", "metier": "Soudeuse", "cp": "29200", "ville": "Brest"}


def released(house: House, event: str) -> dict[str, Any]:
    house.clock.move(minutes=1)
    assert run(house, "inbox", "release", event).exit_code == 0
    house.drain()
    return house.report(event)


def test_an_address_that_a_person_sends_after_all_becomes_the_forms(house: House) -> None:
    """Whole: half an address is a wrong address. Releasing makes nothing older."""
    report = released(house, crossed(house, **MOVED)["event"])
    assert said(report) == ("delivered", None)
    assert statuses(report) == {"mail": "mapped", "metier": "mapped", "cp": "mapped", "ville": "mapped"}
    address = {name: text for name, text in stored(house)["address"].items() if text}
    assert (address["city"], address["postalcode"], "street" in address) == ("Brest", "29200", False)


def test_an_address_that_a_colleague_corrected_since_stays_though_a_person_sends_the_forms(house: House) -> None:
    event = crossed(house, **MOVED)["event"]
    house.clock.move(minutes=1)
    address = {"street": "quai Neuf", "postalcode": "69002", "city": "Lyon"}
    house.sandbox.contacts.put(ZOE, {"address": address})
    assert said(released(house, event)) == ("held", "edited_since")
    report = released(house, event)
    assert (said(report), statuses(report)["ville"]) == (("delivered", None), "older")
    assert {name: text for name, text in stored(house)["address"].items() if name in address} == address


def test_only_the_question_that_was_answered_is_not_asked_again(house: House) -> None:
    """Somebody else's name first; then the address, which nobody was asked about yet."""
    event = crossed(house, **MOVED, prenom="Karim")["event"]
    assert said(house.report(event)) == ("held", "other_person")
    house.sandbox.contacts.put(ZOE, {"firstname": ""})
    house.clock.move(minutes=1)
    assert said(released(house, event)) == ("held", "address_moved")
    assert stored(house)["address"]["city"] == "Bourg-en-Bresse"
