"""docs/laws.md 8 by field, through the whole bridge: what somebody else changed since stays, and nothing beside it is
older.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.merge import history
from bridge.merge.history import Seen
from bridge.merge.precedence import History
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import run
from tests.support.json_hook import (
    ESSAI,
    crossed,
    fault,
    live,
    plain_house,
    rows,
    said,
    sent,
    statuses,
    stored,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

MAIL = "zoe.lefevre@example.org"
SETS = (
    ESSAI.replace(", change: fill", "").replace("address: keep", "address: replace")
    + """\
  - {from: telephone, to: phone}
  - {from: retrait, to: formdatas.Consentement, values: {E-mail: consent_email, SMS: consent_sms}, change: remove}
  - {from: themes, to: tags}
  - {from: seuls, to: tags, change: replace}
  - {from: stop, to: black_list, as: bool}
  - {from: rue, to: address.street}
  - {from: ville, to: address.city}
"""
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Read once, at 9:01: what the contact showed then is known."""
    made = plain_house(tmp_path, SETS)
    made.clock.move(minutes=1)
    crossed(made, mail=MAIL)
    return made


def zoe(house: House, at: str, **answers: Any) -> dict[str, Any]:
    """The report of one submission of Zoé's; `at`: when the tool says that it was, within the hour of 9."""
    return crossed(house, mail=MAIL, submitted_at=f"2026-11-22T09:{at}Z", **answers)


def colleague(house: House, at: int, **changes: Any) -> None:
    """Somebody changes the contact in Qomon at that minute past 9."""
    house.clock.move(minutes=at - house.clock().minute)
    house.sandbox.contacts.put(ZOE, changes)
    house.clock.move(minutes=1)


def released(house: House, event: str) -> dict[str, Any]:
    assert run(house, "inbox", "release", event).exit_code == 0
    house.drain()
    return house.report(event)


def test_a_release_after_an_outage_loses_nothing(house: House) -> None:
    """Qomon is down for a week: what was given up crosses whole when a person tries it again."""
    fault(house, "GET", "contacts", "error_before", times=60)
    house.clock.move(minutes=1)
    event = sent(house, written(mail=MAIL, telephone="01 99 00 77 77", lettre="Oui", metier="Soudeuse"))
    for _ in range(10):
        house.drain()
        house.clock.move(days=1)
    house.drain()
    assert house.report(event)["outcome"] in ("failed", "held")
    house.sandbox.faults.clear()

    verb = "retry" if house.report(event)["outcome"] == "failed" else "release"
    assert run(house, "inbox", verb, event).exit_code == 0
    house.drain()
    assert said(house.report(event)) == ("delivered", None)
    told = statuses(house.report(event))
    assert {told[name] for name in ("telephone", "lettre", "metier")} == {"mapped"}
    assert (stored(house)["phone"], "consent_email" in live(house, 710)) == ("+33199007777", True)


def test_a_colleagues_change_of_the_surname_does_not_make_the_phone_older(house: House) -> None:
    colleague(house, 10, surname="Lefèvre-Nouveau")
    report = zoe(house, "05:00", nom="Ancien", telephone="01 99 00 77 77", lettre="Oui", themes="Marché")
    assert {"nom": "older", "telephone": "mapped", "lettre": "mapped", "themes": "mapped"}.items() <= statuses(
        report
    ).items()
    assert (stored(house)["surname"], stored(house)["phone"]) == ("Lefèvre-Nouveau", "+33199007777")


def test_what_a_colleague_changed_stays_theirs_though_others_changes_come_later(house: House) -> None:
    """The moment of a field's change never goes back, and no later read makes it nobody's."""
    colleague(house, 10, phone="01 99 00 11 11")
    zoe(house, "20:00", metier="Soudeuse")
    colleague(house, 30, surname="Nouveau")
    zoe(house, "31:00", metier="Peintre")
    assert statuses(zoe(house, "05:00", telephone="01 99 00 77 77"))["telephone"] == "older"
    assert statuses(zoe(house, "15:00", telephone="01 99 00 88 88"))["telephone"] == "mapped"


def test_a_field_that_still_shows_what_we_wrote_is_nobody_elses(house: House) -> None:
    zoe(house, "02:00", telephone="01 99 00 77 77")
    colleague(house, 10, surname="Nouveau")
    assert statuses(zoe(house, "05:00", telephone="01 99 00 88 88"))["telephone"] == "mapped"
    colleague(house, 20, phone="01 99 00 11 11")
    assert statuses(zoe(house, "15:00", telephone="01 99 00 99 99"))["telephone"] == "older"
    colleague(house, 30, phone="01 99 00 88 88")
    assert statuses(zoe(house, "25:00", telephone="01 99 00 99 99"))["telephone"] == "mapped"


def test_what_a_colleague_emptied_is_not_filled_again(house: House) -> None:
    colleague(house, 10, mobile="", birthdate="")
    report = zoe(house, "05:00", mobile="06 39 98 01 88", naissance="01/02/1990", telephone="01 99 00 77 77")
    assert {"mobile": "older", "naissance": "older", "telephone": "mapped"}.items() <= statuses(report).items()
    assert (stored(house)["mobile"], stored(house)["birthdate"]) == ("", "")


def test_a_blank_of_a_contact_that_was_never_read_is_filled(tmp_path: Path) -> None:
    house = plain_house(tmp_path, SETS)
    house.sandbox.contacts.put(ZOE, {"mobile": ""})
    house.clock.move(minutes=10)
    report = crossed(
        house, mail=MAIL, submitted_at="2026-11-22T08:00:00Z", mobile="06 39 98 01 88", metier="Soudeuse", themes="X"
    )
    assert {"mobile": "mapped", "metier": "older", "themes": "older"}.items() <= statuses(report).items()


def test_a_list_is_judged_element_by_element(house: House) -> None:
    house.sandbox.contacts.put(ZOE, {"tags": ["un", "deux"]})
    house.clock.move(minutes=1)
    zoe(house, "02:00", metier="Soudeuse")
    colleague(house, 10, tags=["un", "trois"])
    report = zoe(house, "05:00", themes=["deux", "quatre"])
    assert (sorted(stored(house)["tags"]), statuses(report)["themes"]) == (["quatre", "trois", "un"], "mapped")
    zoe(house, "06:00", seuls=["cinq"])
    assert sorted(stored(house)["tags"]) == ["cinq", "trois"]


def test_consents_are_judged_one_by_one_and_taking_back_by_its_own_date(house: House) -> None:
    assert live(house, 710) == ["consent_sms", "consent_call"]
    entries = [one for one in stored(house)["formdatas"] if one["data"] != "consent_sms" and not one["deleted_at"]]
    colleague(house, 10, formdatas=entries, surname="Nouveau")
    report = zoe(house, "05:00", lettre="Oui", nom="Ancien")
    assert (statuses(report)["lettre"], statuses(report)["nom"]) == ("mapped", "older")
    report = zoe(house, "06:00", retrait="E-mail")
    assert (statuses(report)["retrait"], live(house, 710)) == ("mapped", ["consent_call"])
    late = {"form_id": 710, "form_ref_id": 7102, "data": "consent_sms", "date": "2026-11-22T09:20:00.000Z"}
    colleague(house, 20, formdatas=[*stored(house)["formdatas"], late])
    assert statuses(zoe(house, "15:00", retrait="SMS"))["retrait"] == "older"
    assert statuses(zoe(house, "22:00", retrait="SMS"))["retrait"] == "mapped"


def test_do_not_contact_obeys_the_order_and_is_never_lifted(house: House) -> None:
    assert statuses(zoe(house, "02:00", stop=True))["stop"] == "mapped"
    colleague(house, 10, black_list=False)
    assert (statuses(zoe(house, "05:00", stop=True))["stop"], stored(house)["black_list"]) == ("older", False)
    zoe(house, "12:00", stop=True)
    zoe(house, "13:00", stop=False)
    assert stored(house)["black_list"] is True


@pytest.mark.parametrize("name", ["lastchange", "UpdatedAt"])
def test_either_of_qomons_moments_counts_and_only_as_a_moment(house: House, name: str) -> None:
    """An upsert moves UpdatedAt alone. The same moment, otherwise written, is no change."""
    zoe(house, "02:00", telephone="01 99 00 77 77")
    contact = house.sandbox.contacts.all[ZOE]
    same = {one: contact[one].replace("Z", "+00:00") for one in ("lastchange", "UpdatedAt")}
    contact |= {**same, "surname": "Nouveau"}
    assert statuses(zoe(house, "01:30", nom="Ancien"))["nom"] == "mapped"
    contact |= {"surname": "Autre", name: "2026-11-22T10:10:00.123456+01:00"}
    house.clock.move(minutes=15)
    assert statuses(zoe(house, "10:00.122", nom="Ancien"))["nom"] == "older"
    assert statuses(zoe(house, "10:00.123", nom="Ancien"))["nom"] == "mapped"


def test_qomons_own_work_on_a_contact_changes_no_field(house: House) -> None:
    house.sandbox.contacts.all[ZOE]["UpdatedAt"] = "2026-11-22T09:30:00.000000Z"
    report = zoe(house, "00:30", telephone="01 99 00 77 77", nom="Nouveau", ville="Brest")
    assert {"telephone": "mapped", "nom": "mapped", "ville": "mapped"}.items() <= statuses(report).items()


def test_an_address_is_one_thing_for_a_colleague_too(house: House) -> None:
    colleague(house, 10, address={"street": "quai Neuf", "city": "Lyon"})
    report = zoe(house, "05:00", rue="rue des Lilas", ville="Brest", telephone="01 99 00 77 77")
    assert {"rue": "older", "ville": "older", "telephone": "mapped"}.items() <= statuses(report).items()
    assert stored(house)["address"]["street"] == "quai Neuf"


def test_after_a_crash_our_own_write_is_nobody_elses_and_a_colleagues_beside_it_is_theirs(house: House) -> None:
    fault(house, "PATCH", "contacts", "cut")
    event = sent(house, written(mail=MAIL, telephone="01 99 00 77 77"))
    house.drain()
    house.clock.move(seconds=10)
    house.sandbox.contacts.put(ZOE, {"surname": "Nouveau"})
    house.clock.move(minutes=1)
    house.drain()
    assert said(house.report(event)) == ("delivered", None)
    report = zoe(house, "01:05", nom="Ancien", telephone="01 99 00 88 88", mobile="06 39 98 01 88")
    assert {"nom": "older", "telephone": "mapped", "mobile": "mapped"}.items() <= statuses(report).items()


# released by hand


def held(house: House) -> str:
    """An event of 9:01, held because its first name is somebody else's; the next release finds that mended."""
    name = stored(house)["firstname"]
    report = crossed(house, mail=MAIL, prenom="Karim", nom="Ancien", telephone="01 99 00 77 77", retrait="SMS")
    assert said(report) == ("held", "other_person")
    house.import_hook(SETS.replace("names: agree", "names: ignore").replace("{from: prenom,", "{from: autre,"))
    assert stored(house)["firstname"] == name
    return str(report["event"])


def test_a_released_event_is_judged_like_any_other(house: House) -> None:
    report = released(house, held(house))
    assert said(report) == ("delivered", None)
    assert {"nom": "mapped", "telephone": "mapped"}.items() <= statuses(report).items()


def test_a_release_asks_once_where_a_colleague_changed_what_it_would_write(house: House) -> None:
    event = held(house)
    colleague(house, 10, surname="Nouveau")
    report = released(house, event)
    assert said(report) == ("held", "edited_since")
    assert statuses(report)["telephone"] == "held"
    assert {"phone": "changed", "formdatas.Consentement": "removed"}.items() <= {
        line["field"]: line["change"] for line in report["fields"]
    }.items()  # who decides sees all that it would write
    assert (stored(house)["surname"], "consent_sms" in live(house, 710)) == ("Nouveau", False)  # taking back crosses

    report = released(house, event)
    assert said(report) == ("delivered", None)
    assert {"nom": "older", "telephone": "mapped"}.items() <= statuses(report).items()
    assert (stored(house)["surname"], stored(house)["phone"]) == ("Nouveau", "+33199007777")


def test_a_release_does_not_ask_where_a_colleague_changed_something_else_or_to_the_same(house: House) -> None:
    event = held(house)
    colleague(house, 10, mobile="+33639980188", phone="01 99 00 77 77")
    assert said(released(house, event)) == ("delivered", None)


def test_what_was_seen_holds_no_answer(house: House) -> None:
    """Fingerprints only."""
    (row,) = rows(house, tables.seen)
    text = json.dumps([row.shown, row.since])
    assert row.shown
    assert not any(word in text for word in ("Zoé", "Lef", "zoe", "Bourg", "Menuis", "newsletter", "consent"))


@pytest.mark.parametrize("element", ["", "Bénévole", '"\\\x00\x7f\n', "\U0001f33b", "half \ud83c"])
def test_what_was_seen_is_read_back_whatever_an_entry_is_called(house: House, element: str) -> None:
    store, vault, now = house.services.store, house.services.vault, house.clock()
    keys: list[tuple[str, str]] = [("tags", element), ("tags", "*"), ("mail", "")]
    shown, since = dict.fromkeys(keys, "0f"), dict.fromkeys(keys, 1_700_000_000_000)
    with store.write() as tx:
        history.see(tx, "default", 99, Seen(None, shown), History(since=since), now)
        known = history.read(tx, vault, "default", 99)
    assert (known.seen.shown, known.history.since) == (shown, since)
