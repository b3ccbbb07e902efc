"""What an address took back before anybody knew whose it is counts against whoever turns up with it
(docs/ledger.md 21).
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.merge import consent
from bridge.store import tables
from tests.support.crashes import BrittleHouse, Fate
from tests.support.json_hook import PROOF, live, plain_house, rows, said, statuses
from tests.support.whole_bridge import House

MAIL = "nouvelle@example.org"
SOMEBODY = 9400001
AT = 1763800000
HOOK = """
hook: lettre
address: essai234
source: brevo
proof: {scheme: header, header: X-Token, secret: $JSON_TOKEN}
mode: live
wait: 0
contact: {find: [mail, mobile], names: agree, missing: create}
fields:
  - {from: email, to: mail}
  - {from: SMS, to: mobile}
  - {from: PRENOM, to: firstname, as: name, change: fill}
  - {from: OUI, to: formdatas.Consentement, values: {lettre: consent_email, SMS: consent_sms}}
  - {when: {kind: unsubscribed}, to: formdatas.Consentement, value: consent_email, change: remove}
"""


def a_house(folder: Path, hook: str = HOOK) -> House:
    return plain_house(folder, hook).read_catalogue()


@pytest.fixture
def house(tmp_path: Path, both_stores: str) -> House:
    return a_house(tmp_path)


def told(house: House, at: int, kind: str = "list_addition", **more: Any) -> dict[str, Any]:
    """The report of an event of this second, once it has crossed."""
    body = {"id": 10, "event": kind, "email": MAIL, "ts": AT + at, **more}
    headers = {"Content-Type": "application/json", **PROOF}
    answer = house.door.post("/hooks/essai234", data=json.dumps(body), headers=headers)
    assert answer.status_code == 200
    house.drain()
    return house.report(answer.get_json()["events"][0]["event"])


def yes(house: House, at: int, said: str = "lettre", **more: Any) -> dict[str, Any]:
    return told(house, at, attributes={"PRENOM": "Nouvelle", "OUI": said, **more})


def left(house: House, at: int, **more: Any) -> dict[str, Any]:
    return told(house, at, "unsubscribe", **more)


def consents(house: House) -> list[str]:
    (contact,) = (one for one in house.sandbox.contacts.all.values() if one["mail"] == MAIL)
    return live(house, 710, contact["id"])


@pytest.mark.parametrize("at", [4, 5])
def test_whoever_is_created_afterwards_gets_no_older_or_simultaneous_yes(house: House, at: int) -> None:
    assert said(left(house, 5)) == ("held", "missing_contact")
    made = yes(house, at)

    assert (said(made), consents(house)) == (("created", None), [])
    assert statuses(made)["attributes.OUI"] == "blocked"
    assert [note["code"] for note in made["notes"]] == ["consent_conflict"]
    assert not rows(house, tables.receipt)


def test_a_newer_yes_counts(house: House) -> None:
    left(house, 5)
    assert (said(yes(house, 6)), consents(house)) == (("created", None), ["consent_email"])


def test_it_takes_back_what_it_names(house: House) -> None:
    left(house, 5)
    yes(house, 4, "SMS")
    assert consents(house) == ["consent_sms"]


def test_whoever_is_found_afterwards_too(house: House) -> None:
    left(house, 5)
    house.sandbox.contacts.put(SOMEBODY, {"mail": MAIL.upper(), "firstname": "Nouvelle"})
    house.sandbox.contacts.all[SOMEBODY] |= dict.fromkeys(("lastchange", "UpdatedAt"), "2020-01-01T00:00:00.000Z")
    found = yes(house, 4)

    assert (found["contact"]["id"], statuses(found)["attributes.OUI"]) == (SOMEBODY, "blocked")
    assert live(house, 710, SOMEBODY) == []


def test_whoever_is_found_by_a_number_and_has_the_address_too(house: House) -> None:
    left(house, 5)
    person = {"mail": MAIL, "firstname": "Nouvelle", "mobile": "+33639980101", "lastchange": "2020-01-01T00:00:00.000Z"}
    house.sandbox.contacts.put(SOMEBODY, person)
    found = told(house, 4, email="", attributes={"OUI": "lettre", "SMS": "06 39 98 01 01"})

    assert (found["contact"]["id"], statuses(found)["attributes.OUI"]) == (SOMEBODY, "blocked")


def test_the_newest_one_counts_whenever_it_arrives(house: House) -> None:
    left(house, 5)
    left(house, 3)
    yes(house, 4)
    assert consents(house) == []


def test_a_number_counts_in_either_field(house: House) -> None:
    house.import_hook(HOOK.replace("value: consent_email, change", "value: consent_sms, change"))
    told(house, 5, "contact_updated", smsBlacklist=True, attributes={"SMS": "+33639980101"})
    yes(house, 4, "SMS", SMS="06 39 98 01 01")
    assert consents(house) == []


def test_do_not_contact_takes_back_all(house: House) -> None:
    house.import_hook(
        HOOK.replace(
            "to: formdatas.Consentement, value: consent_email, change: remove", 'to: black_list, value: "true"'
        )
    )
    left(house, 5)
    made = yes(house, 4, "SMS")
    assert (statuses(made)["attributes.OUI"], consents(house)) == ("blocked", [])


def test_one_that_reached_somebody_counts_against_the_next_one_too(house: House) -> None:
    """The yes that comes late is of somebody who has the same address and was not there yet."""
    house.sandbox.contacts.put(SOMEBODY, {"mail": MAIL, "firstname": "Marthe"})
    left(house, 5)
    house.sandbox.contacts.all[SOMEBODY]["mail"] = ""
    house.clock.move(days=8)
    made = yes(house, 4)
    assert (said(made), consents(house)) == (("created", None), [])


def test_no_address_is_kept(house: House) -> None:
    left(house, 5)
    (row,) = rows(house, tables.withdrawn)
    assert (row.field, row.element, row.channel) == ("formdatas.710", "7101", "mail")
    assert row.submitted_at == (AT + 5) * 1000
    assert "nouvelle" not in repr(row)


@pytest.mark.parametrize("nth", range(1, 7))
def test_what_is_taken_back_while_somebody_is_being_created_counts(nth: int) -> None:
    """Before each transaction of the way."""
    house = BrittleHouse(HOOK)
    body = {"id": 10, "event": "list_addition", "email": MAIL, "ts": AT, "attributes": {"OUI": "lettre"}}
    house.hand_in(body, "n1")

    def take_back() -> None:
        if not any(call["method"] == "POST" and call["path"] == "/contacts" for call in house.sandbox.calls):
            acted.append(nth)
            with house.services.store.write() as tx:
                taken = [("formdatas.710", "7101")]
                consent.remember(tx, house.services.vault, "default", [("mail", MAIL)], taken, (AT + 1) * 1000)

    acted: list[int] = []
    house.live(house.drain, Fate("write", "before", nth, take_back))
    for _ in range(4):
        house.clock.move(seconds=10)
        house.drain()
    assert consents(house) == ([] if acted else ["consent_email"])
    house.close()


EVENTS = st.lists(st.tuples(st.sampled_from(["yes", "no", "colleague"]), st.integers(1, 5)), min_size=1, max_size=6)


@settings(max_examples=40)
@given(EVENTS)
def test_law_7_in_any_order_of_arrival(tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, int]]) -> None:
    """The newest word counts, the no at the same second, whether or not anybody had the address at the time."""
    house = a_house(tmp_path_factory.mktemp("street"))
    for number, (what, at) in enumerate(events):
        if what == "colleague" and SOMEBODY not in house.sandbox.contacts.all:
            there = any(one["mail"] == MAIL for one in house.sandbox.contacts.all.values())
            person = {"mail": MAIL, "firstname": "Nouvelle", "lastchange": "2020-01-01T00:00:00.000Z"}
            house.sandbox.contacts.put(SOMEBODY, person) if not there else None
        elif what == "yes":
            yes(house, at, N=number)
        elif what == "no":
            left(house, at, n=number)
        house.clock.move(seconds=20)
    given_at = max((at for what, at in events if what == "yes"), default=0)
    taken_at = max((at for what, at in events if what == "no"), default=0)
    if any(one["mail"] == MAIL for one in house.sandbox.contacts.all.values()):
        assert consents(house) == (["consent_email"] if given_at > taken_at else [])
    house.close()
