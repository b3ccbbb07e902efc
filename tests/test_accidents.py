"""What goes wrong in the life of a campaign, and how it is put right by command: each test is one such day."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.qomon.sandbox.people import ZOE
from tests.support.commands import done, hooks, printed, run
from tests.support.json_hook import ESSAI, ZOES_MAIL, crossed, live, plain_house, said, sent, stored, written
from tests.support.whole_bridge import House

OURS = ESSAI.lstrip() + "owner: pages\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, OURS).read_catalogue()


def call(house: House, secret: str, **answers: Any) -> int:
    headers = {"Content-Type": "application/json", "X-Token": secret}
    return house.door.post("/hooks/essai234", data=written(**answers), headers=headers).status_code


def test_the_secret_was_mistyped_in_the_tool(tmp_path: Path) -> None:
    house = plain_house(tmp_path, OURS, TYPED="an-invented-tokne").read_catalogue()
    assert call(house, "an-invented-tokne", mail=ZOES_MAIL, metier="Boulangère") == 401

    seen = done(run(house, "inbox", "refused", "essai", "--show"))
    assert ("mail: z•••@e•••.org" in seen, ZOES_MAIL in seen) == (True, False), "enough to know a form by"
    done(run(house, "hooks", "secret", "essai", "--add", "TYPED", "--why", "une faute dans l’outil"))
    done(run(house, "inbox", "recheck", "essai"))
    house.drain()
    assert live(house, 811) == ["Boulangère"]


def test_a_choice_of_the_form_is_none_in_qomon(house: House) -> None:
    events = [sent(house, written(mail=ZOES_MAIL, dispo="Peut-être", metier=job)) for job in ("Fée", "Ogre")]
    house.drain()
    assert [said(house.report(event)) for event in events] == [("held", "unknown_choice")] * 2

    shown = printed(run(house, "inbox", "decide", events[0], "--json"))
    assert [one["command"] for one in shown["decisions"]][1] == f"flask inbox decide {events[0]} --map CHOICE=VALUE"
    done(run(house, "inbox", "decide", events[0], "--map", "Peut-être=market"))
    done(hooks(house, "publish", "essai", "--why", "« Peut-être » est le marché"))
    done(run(house, "inbox", "release", *events))
    house.drain()
    assert {house.report(event)["outcome"] for event in events} <= {"delivered", "unchanged"}
    assert "market" in live(house, 810)


def test_two_people_share_a_mail(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, prenom="Karim", nom="Petit", metier="Soudeur")["event"]
    shown = done(run(house, "inbox", "decide", event))
    assert "The form says: Karim Petit" in shown
    assert f"Contact {ZOE} in Qomon: Zoé" in shown

    done(run(house, "inbox", "decide", event, "--create", "--who", "Léa", "--why", "son frère"))
    house.drain()
    karim = house.report(event)
    assert (said(karim), karim["contact"]["id"] != ZOE) == (("created", None), True)
    assert (stored(house)["firstname"], live(house, 811)) == ("Zoé", ["Menuisière"])


def test_a_wrong_mapping_was_live_for_fifty_people(house: House) -> None:
    for number in range(50):
        house.sandbox.contacts.put(
            9_500_000 + number, {"mail": f"personne{number}@example.org", "firstname": "Camille"}
        )
    done(
        run(
            house, "hooks", "import", "-", "--force", stdin=OURS.replace("custom_fields.Métier", "custom_fields.Surnom")
        )
    )
    for number in range(50):
        sent(house, written(mail=f"personne{number}@example.org", metier=f"Métier {number}"))
        house.clock.move(seconds=2)
        house.drain()
    made = crossed(house, mail="nouveau@example.org", metier="Métier neuf")["event"]
    assert live(house, 820, 9_500_049) == ["Métier 49"]

    done(hooks(house, "publish", "essai", "--version", "1", "--lose", 51, "--why", "le bon champ"))
    seen = done(run(house, "restore", "--hook", "essai", "--revision", "2", "--dry-run"))
    assert "50 submissions would be as if they had never come." in seen
    assert f"Made a contact, which stays: {made}" in seen
    house.clock.move(minutes=3)
    for words in (("restore", "--hook", "essai", "--revision", "2"), ("inbox", "replay", "--hook", "essai")):
        job = printed(run(house, *words, "--yes", "--json"))["job"]
        for _ in range(6):
            house.clock.move(minutes=1)
            house.drain()
        assert printed(run(house, "jobs", "show", job, "--json"))["state"] == "done"
    contacts = [(live(house, 811, 9_500_000 + n), live(house, 820, 9_500_000 + n)) for n in range(50)]
    assert contacts == [([f"Métier {number}"], []) for number in range(50)]
    assert {one["status"] for one in house.sandbox.calls} == {200}, "not one call too many"


def test_what_did_we_change_yesterday(house: House) -> None:
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    house.clock.move(days=1)
    told = done(run(house, "contacts", "changed", "--since", "yesterday"))

    assert f"contact {ZOE}  webhook essai, version 1" in told
    assert "custom_fields.Métier: changed, confirmed by Qomon" in told
    assert "Boulangère" not in told, "no value but for whom somebody asks"


def test_a_member_asks_for_her_data_and_then_to_be_erased(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère", lettre="Oui")["event"]
    copy = json.loads(done(run(house, "person", "export", ZOES_MAIL, "--json")))
    assert [one["event"] for one in copy["submissions"]] == [event]
    assert "Boulangère" in done(run(house, "person", "export", ZOES_MAIL, "--html"))

    certificate = printed(run(house, "forget", ZOES_MAIL, "--yes", "--json"))
    assert (certificate["gone"]["event"], certificate["gone"]["receipt"]) == (1, 1)
    assert "Erased on request" in done(run(house, "inbox", "show", event))
    assert run(house, "person", "export", ZOES_MAIL).exit_code == 1
    house.clock.move(hours=1)
    again = crossed(house, mail=ZOES_MAIL, metier="Pompière")
    assert said(again) == ("delivered", None), "who comes back is new"
    assert [one["did"] for one in printed(run(house, "audit", "--json"))] == ["forgotten", "exported", "exported"]
