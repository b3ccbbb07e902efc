"""A person: found by what is posted, looked at, copied, erased; and nobody's name in an address."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.operations import audit
from bridge.operations.audit import Noted
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import ESSAI, SOMEBODY, ZOES_MAIL, count, plain_house, sent, written
from tests.support.visitor import PASSWORD, Visitor
from tests.support.whole_bridge import House

EVIL = "<script>alert(1)</script>\u202eevil\u200b"
OTHER = {"QOMON_TOKEN__LYON": "invented-key-of-lyon"}
ERASED = "We hold nothing for this address. (Qomon and the form tool may.)"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


def came(house: House, **answers: Any) -> str:
    event = sent(house, written(**answers))
    house.drain()
    return event


def zoe(house: House) -> None:
    came(house, mail=ZOES_MAIL, metier="Boulangère", lettre="Oui")


def found(house: House, whom: str = ZOES_MAIL, role: Any = "staff") -> Visitor:
    visitor = Visitor(house, role).send("/people", who=whom)
    assert visitor.status == 303, visitor.text
    return visitor.follow()


def path_of(visitor: Visitor) -> str:
    return visitor.answer.request.path


def noted(house: House, did: str) -> list[Noted]:
    with house.services.store.read() as tx:
        return audit.listed(tx, house.services.vault, did=did)


def erase(visitor: Visitor, typed: str = ZOES_MAIL, **more: Any) -> Visitor:
    return visitor.send(f"{path_of(visitor)}/erase", address=typed, **more)


def test_a_person_is_found_by_her_address_which_is_in_no_address_of_ours(house: House) -> None:
    zoe(house)
    visitor = found(house)

    assert visitor.status == 200
    assert "1 submission is kept of this person. None waits." in visitor.text
    assert "zoe" not in path_of(visitor).lower()
    assert "zoe" not in visitor.title.lower()


@pytest.mark.parametrize("whom", [str(ZOE), ZOES_MAIL.upper(), f"  {ZOES_MAIL} "])
def test_it_takes_a_contacts_number_and_any_spelling(house: House, whom: str) -> None:
    zoe(house)

    assert str(ZOE) in found(house, whom).text


def test_a_phone_number_finds_too(house: House) -> None:
    came(house, mail=SOMEBODY, prenom="Camille", nom="Exemple", mobile="06 39 98 01 77")

    assert "1 submission is kept" in found(house, "0639980177").text


def test_nobody_is_told_so_in_these_words(house: House) -> None:
    visitor = found(house, "nobody@example.org")

    assert ERASED in visitor.text
    assert noted(house, "looked_at") == []


def test_what_nobody_can_read_is_said_beside_the_box_and_kept_in_it(house: House) -> None:
    visitor = Visitor(house).send("/people", who="Jeanne Martin")

    assert visitor.status == 400
    assert visitor.title.startswith("Error: ")
    assert "no mail address, no phone number" in visitor.text
    assert 'value="Jeanne Martin"' in visitor.source


def test_it_shows_what_was_written_and_the_consents_with_their_words(house: House) -> None:
    zoe(house)
    text = found(house).text

    assert "Boulangère" in text
    assert "Métier" in text
    assert "by the mail address" in text
    assert "Consentement" in text


def test_it_shows_what_waits_and_why(house: House) -> None:
    came(house, mail=ZOES_MAIL, prenom="Autre", nom="Quelqu’un", metier="Boulangère")
    text = found(house).text

    assert "1 waits." in text
    assert "The address or number belongs to somebody with another first name in Qomon." in text


def test_an_address_that_several_share_is_told_apart_before_anything_is_shown(house: House) -> None:
    zoe(house)
    came(house, mail=ZOES_MAIL, prenom="Autre", nom="Quelqu’un", metier="Mécanicienne")
    visitor = found(house)
    asked = visitor.text
    visitor.send(f"{path_of(visitor)}/choose", contact=str(ZOE)).follow()
    hers = visitor.text

    assert "This address led to 2 places. Whose is meant?" in asked
    assert "Boulangère" not in asked
    assert "Boulangère" in hers
    assert "1 submission is kept of this person." in hers
    assert "Look at what led to no contact yet" in hers


def test_all_of_a_shared_address_may_be_one_persons(house: House) -> None:
    zoe(house)
    came(house, mail=ZOES_MAIL, prenom="Autre", nom="Quelqu’un", metier="Mécanicienne")
    visitor = found(house)
    visitor.send(f"{path_of(visitor)}/choose", contact="all").follow()

    assert "2 submissions are kept of this person. 1 waits." in visitor.text


def test_choosing_nobody_does_nothing(house: House) -> None:
    zoe(house)
    visitor = found(house)
    visitor.send(f"{path_of(visitor)}/choose", contact="x")

    assert visitor.status == 409
    assert "Choose at least one." in visitor.text


def test_hostile_text_is_shown_as_text(house: House) -> None:
    came(house, mail=SOMEBODY, prenom=EVIL, nom="Exemple", metier=EVIL)
    source = found(house, SOMEBODY).source

    assert "<script>alert" not in source
    assert "\u202e" not in source
    assert "\u200b" not in source


def test_a_look_is_noted_once_in_ten_minutes_by_a_fingerprint(house: House) -> None:
    zoe(house)
    visitor = found(house)
    visitor.get(path_of(visitor))
    lately = len(noted(house, "looked_at"))
    house.clock.move(minutes=11)
    visitor.get(path_of(visitor))
    again = noted(house, "looked_at")

    assert (lately, len(again)) == (1, 2)
    assert again[0].who == "Sam"
    assert "@" not in str(again[0].subject)


def test_two_who_look_are_both_noted(house: House) -> None:
    zoe(house)
    found(house)
    found(house, role="admin")

    assert {one.who for one in noted(house, "looked_at")} == {"Sam", "Léa"}


def test_the_address_of_a_person_works_for_twelve_hours(house: House) -> None:
    zoe(house)
    path = path_of(found(house))
    house.clock.move(hours=12, seconds=1)
    visitor = Visitor(house).get(path)

    assert visitor.status == 409
    assert "This search is more than 12 hours old." in visitor.text


def test_an_invented_address_leads_to_nobody(house: House) -> None:
    sealed = house.services.vault.seal_text({"at": 1})

    assert Visitor(house).get("/people/AAAA").status == 404
    assert Visitor(house).get(f"/people/{sealed}").status == 404
    assert Visitor(house, "admin").get(f"/people/erased/{sealed}").status == 404


@pytest.mark.parametrize("rule", ["/people", "/people/x", "/people/x/copy/html"])
def test_a_viewer_finds_nobody(house: House, rule: str) -> None:
    assert Visitor(house, "viewer").get(rule).status == 403


def test_staff_do_not_erase(house: House) -> None:
    zoe(house)
    visitor = found(house)
    path = path_of(visitor)
    offered = f"{path}/erase" in visitor.source

    assert not offered
    assert visitor.get(f"{path}/erase").status == 403
    assert visitor.send(f"{path}/erase", address=ZOES_MAIL).status == 403


def test_the_twin_says_the_same_in_codes(house: House) -> None:
    zoe(house)
    visitor = found(house)
    twin = visitor.json(f"{path_of(visitor)}.json")

    assert (twin["state"], twin["contacts"], twin["found_by"], twin["count"]) == ("found", [ZOE], "mail", 1)
    assert twin["submissions"][0]["outcome"] == "delivered"
    assert {one["field"] for one in twin["fields"]} == {"custom_fields.Métier", "formdatas.Consentement"}
    assert twin["consents"][0]["said"] == "yes"


def test_a_copy_is_a_file_without_a_name_and_is_noted(house: House) -> None:
    zoe(house)
    visitor = found(house)
    path = path_of(visitor)
    visitor.get(f"{path}/copy/json")
    whole = json.loads(visitor.source)
    named = visitor.answer.headers["Content-Disposition"]
    visitor.get(f"{path}/copy/html")

    assert whole["submissions"][0]["answers"]
    assert named == 'attachment; filename="copy.json"'
    assert "Boulangère" in visitor.source
    assert [one.said["submissions"] for one in noted(house, "exported") if one.said] == [1, 1]
    assert visitor.get(f"{path}/copy/exe").status == 404


def test_the_page_before_an_erasure_says_what_goes_and_changes_nothing(house: House) -> None:
    zoe(house)
    visitor = found(house, role="admin")
    visitor.get(f"{path_of(visitor)}/erase")

    assert "1 submission would be erased for good. Nothing has been yet." in visitor.text
    assert "proofs of consent 1" in visitor.text
    assert "keep their own copies: erase there too." in visitor.text
    assert count(house, tables.receipt) == 1


def test_a_person_is_erased_and_a_certificate_says_how_much_went(house: House) -> None:
    zoe(house)
    visitor = found(house, role="admin")
    path = path_of(visitor)
    erase(visitor, why="asked by mail").follow()

    assert "1 submission of one person was erased on 22 Nov 2026, 10:00." in visitor.text
    assert "zoe" not in visitor.source.lower()
    assert count(house, tables.receipt) == 0
    assert [one.said["why"] for one in noted(house, "forgotten") if one.said] == ["asked by mail"]
    assert ERASED in visitor.get(path).text
    assert "What we held was erased on 22 Nov 2026." in visitor.text


def test_erasing_twice_finds_nobody_the_second_time(house: House) -> None:
    zoe(house)
    visitor = found(house, role="admin")
    path = path_of(visitor)
    erase(visitor)
    again = visitor.send(f"{path}/erase", address=ZOES_MAIL)

    assert again.status == 409
    assert "Nothing is kept of this person" in again.text
    assert len(noted(house, "forgotten")) == 1


def test_a_certificate_says_what_was_left_and_what_to_do(house: House) -> None:
    zoe(house)
    counts = {"in_hand": 1, "refused_left": 2, "refused_waiting": 3, "contact_lost": 1, "contacts": 1, "whole": False}
    said: Any = {"at": "2026-11-22T09:00:00.000Z", "account": "default", "asked_by": "mail", "person": "abc", **counts}
    sealed = house.services.vault.seal_text({**said, "gone": {"event": 4}})
    visitor = Visitor(house, "admin").get(f"/people/erased/{sealed}")

    assert "1 submission is being written right now and was left as it is." in visitor.text
    assert "3 calls hold the address and wait" in visitor.text
    assert visitor.json(f"/people/erased/{sealed}.json")["gone"] == {"event": 4}
    assert Visitor(house, "staff").get(f"/people/erased/{sealed}").status == 403


@pytest.mark.parametrize("typed", ["somebody.else@example.org", "not an address", ""])
def test_another_address_erases_nothing(house: House, typed: str) -> None:
    zoe(house)
    visitor = erase(found(house, role="admin"), typed)

    assert visitor.status == 400
    assert visitor.title.startswith("Error: ")
    assert count(house, tables.receipt) == 1


def test_an_erasure_asks_for_the_password_and_keeps_what_was_typed(house: House) -> None:
    zoe(house)
    visitor = found(house, role="admin")
    path = path_of(visitor)
    house.clock.move(minutes=16)
    asked = visitor.send(f"{path}/erase", address=ZOES_MAIL, why="asked").source
    before = count(house, tables.receipt)
    visitor.send(f"{path}/erase", address=ZOES_MAIL, why="asked", _password=PASSWORD)

    assert f'name="address" value="{ZOES_MAIL}"' in asked
    assert before == 1
    assert (visitor.status, count(house, tables.receipt)) == (303, 0)


def test_of_several_accounts_one_is_chosen(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI, **OTHER)
    zoe(house)
    visitor = Visitor(house).get("/people")
    offered = 'value="lyon"' in visitor.source
    here = visitor.send("/people", who=ZOES_MAIL, space="default").follow().text
    there = visitor.send("/people", who=ZOES_MAIL, space="lyon").follow().text

    assert offered
    assert "1 submission is kept" in here
    assert ERASED in there
    assert visitor.send("/people", who=ZOES_MAIL, space="paris").status == 400


def test_the_newest_fifty_are_listed_and_the_older_follow(house: House) -> None:
    for number in range(52):
        sent(house, written(mail=ZOES_MAIL, metier=f"Métier {number}"))
    house.drain()
    visitor = found(house)
    first = visitor.json(f"{path_of(visitor)}.json")
    visitor.get(path_of(visitor).removesuffix(".json"))
    seq = visitor.source.partition("before=")[2].partition('"')[0]
    second = visitor.json(f"{path_of(visitor)}.json?before={seq}")

    assert (len(first["submissions"]), len(second["submissions"])) == (50, 2)
    assert first["count"] == 52


def test_a_person_is_shown_in_french(house: House) -> None:
    zoe(house)
    visitor = Visitor(house, "staff", "fr").send("/people", who=ZOES_MAIL).follow()

    assert visitor.status == 200
