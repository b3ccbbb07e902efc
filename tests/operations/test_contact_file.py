"""`flask contacts show`: all that is held and was done on one person."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bridge.operations import activity
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import done, printed, run
from tests.support.json_hook import SOMEBODY, ZOES_MAIL, crossed, fault, rows, said, sent, written
from tests.support.unsubscription import LEON, MAIL, MARTHE, a_house, person
from tests.support.unsubscription import told as unsubscribed
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

NUMBER = "+33639980142"


def shown(house: House, who: object, *words: str) -> Any:
    return printed(run(house, "contacts", "show", who, "--json", *words))


def events(house: House, who: object) -> list[str]:
    return [one["event"] for one in shown(house, who)["events"]]


def later(house: House, **answers: Any) -> str:
    house.clock.move(minutes=1)
    return str(crossed(house, **answers)["event"])


def left(house: House, **fields: Any) -> None:
    unsubscribed(house, **fields)
    house.drain()


def test_what_was_said_written_and_proved_is_told_with_its_values(house: House) -> None:
    event = later(house, mail=ZOES_MAIL, metier="Boulangère", lettre="Oui")

    file = shown(house, ZOES_MAIL)
    (only,) = file["events"]
    assert (file["contacts"], only["event"], only["contact"], only["found_by"]) == ([ZOE], event, ZOE, "mail")
    assert [(one["label"], one["said"], one["status"]) for one in only["answers"]] == [
        ("mail", [ZOES_MAIL], "mapped"),
        ("metier", ["Boulangère"], "mapped"),
        ("lettre", ["Oui"], "mapped"),
    ]
    assert only["fields"][0] == {
        "field": "custom_fields.Métier",
        "change": "changed",
        "confirmed": "stored",
        "before": ["Menuisière"],
        "after": ["Boulangère"],
    }
    assert only["consents"][0]["statements"][0]["wording"] == "lettre: Oui"
    assert {one["field"] for one in file["marks"]} == {"custom_fields.Métier", "formdatas.Consentement", "mail"}
    assert file["waits"] == []


def test_people_read_the_same_in_lines(house: House) -> None:
    later(house, mail=ZOES_MAIL, metier="Boulangère", lettre="Oui")

    told = done(run(house, "contacts", "show", ZOE))
    assert told.startswith(f"Contact {ZOE} in default\n")
    assert "    metier: ‘Boulangère’ (sent)\n" in told
    assert "custom_fields.Métier: changed, confirmed by Qomon: ‘Menuisière’ → ‘Boulangère’\n" in told
    assert "    yes: formdatas.Consentement (consent_email), by “lettre: Oui”\n" in told


@pytest.mark.parametrize("who", [ZOE, ZOES_MAIL, "  Zoe.Lefevre@Example.org ", "mailto:zoe.lefevre@example.org"])
def test_number_and_mail_lead_to_the_same_person_however_they_are_written(house: House, who: object) -> None:
    mine = [later(house, mail=ZOES_MAIL, metier="Boulangère"), later(house, mail=ZOES_MAIL, prenom="Zoé")]
    later(house, mail=SOMEBODY, prenom="Camille")

    assert events(house, who) == mine


@pytest.mark.parametrize("who", [NUMBER, "06 39 98 01 42", "0033639980142"])
def test_a_phone_number_leads_to_what_was_said_with_the_mail_of_the_same_contact(house: House, who: str) -> None:
    first = later(house, mobile=NUMBER, prenom="Camille", nom="Exemple")
    second = later(house, mail=SOMEBODY, mobile=NUMBER, prenom="Camille")
    third = later(house, mail=SOMEBODY, metier="Boulangère")

    assert events(house, who) == [first, second, third]


def test_what_waits_and_nobody_knows_yet_whose_it_is_is_there(house: House) -> None:
    mine = later(house, mail=ZOES_MAIL, metier="Boulangère")
    held = later(house, mail=ZOES_MAIL, prenom="Karim")
    fault(house, "GET", "contacts", "quota", times=9)
    queued = later(house, mail=ZOES_MAIL, metier="Factrice")

    for who in (ZOE, ZOES_MAIL):
        file = shown(house, who)
        assert [one["event"] for one in file["events"]] == [mine, held, queued]
        assert file["waits"] == [held, queued]


def test_a_number_that_is_gone_leads_to_what_named_it_and_whose_that_is_now(house: House) -> None:
    """A link of before two contacts were merged."""
    event = later(house, numero="9999999", mail=ZOES_MAIL, metier="Boulangère")
    waits = later(house, mail=ZOES_MAIL, prenom="Karim")

    assert [(one["event"], one["contact"]) for one in shown(house, "9999999")["events"]] == [(event, ZOE)]
    assert events(house, ZOE) == [event, waits]


def test_nothing_is_told_of_somebody_else(house: House) -> None:
    other = crossed(house, mail=SOMEBODY, prenom="Camille", nom="Exemple")
    mine = later(house, mail=ZOES_MAIL, metier="Boulangère")

    assert events(house, ZOE) == [mine]
    assert events(house, other["contact"]["id"]) == [other["event"]]


def test_an_address_that_several_share_is_not_one_person(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    person(house, MARTHE)
    person(house, LEON)
    left(house)

    result = run(house, "contacts", "show", MAIL)
    file = shown(house, MAIL)
    assert file["contacts"] == [MARTHE, LEON]
    assert {one["contact"] for one in file["events"]} == {MARTHE, LEON}
    assert f"Several contacts share this address: {MARTHE}, {LEON}." in result.stderr
    assert {one["contact"] for one in shown(house, MARTHE)["events"]} == {MARTHE}


def test_what_an_address_took_back_is_told_of_its_contact_too(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    left(house)
    assert [one["field"] for one in shown(house, MAIL)["withdrawn"]] == ["formdatas.Consentement"]

    person(house, MARTHE)
    house.clock.move(minutes=1)
    left(house, n=2)
    assert [one["field"] for one in shown(house, MARTHE)["withdrawn"]] == ["formdatas.Consentement"]
    assert "Taken back, and remembered:\n  formdatas.Consentement" in done(run(house, "contacts", "show", MARTHE))


def test_of_what_was_erased_the_event_and_its_consents_stay(house: House) -> None:
    event = later(house, mail=ZOES_MAIL, metier="Boulangère", lettre="Oui")
    bare = later(house, mail=ZOES_MAIL, metier="Factrice")
    house.clock.move(days=31)
    house.prune()

    for who in (ZOE, ZOES_MAIL):
        file = shown(house, who)
        assert [(one["event"], one["contact"]) for one in file["events"]] == [(event, ZOE), (bare, None)]
        assert all(one["erased"] and not one["answers"] and not one["fields"] for one in file["events"])
        assert len(file["events"][0]["consents"]) == 1


@pytest.mark.parametrize("what", ["report", "record", "undo", "receipt"])
def test_what_does_not_open_is_named_and_the_rest_is_told(house: House, what: str) -> None:
    shut = later(house, mail=ZOES_MAIL, metier="Boulangère", lettre="Oui")
    whole = later(house, mail=ZOES_MAIL, metier="Factrice")
    table = {"undo": tables.undo, "receipt": tables.receipt}.get(what, tables.event)
    key = tables.event.c.id if table is tables.event else table.c.event
    column = what if table is tables.event else "sealed"
    with house.services.store.write() as tx:
        tx.execute(update(table).where(key == shut).values({column: b"noise"}))

    result = run(house, "contacts", "show", ZOE)
    told = {one["event"]: one["opens"] for one in shown(house, ZOE)["events"]}
    assert told == {shut: False, whole: True}
    assert "  What is stored of it does not open, or not all of it.\n" in done(result)
    assert "put it back and ask again" in result.stderr


def test_page_by_page_none_is_left_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [later(house, mail=ZOES_MAIL, metier=f"Métier {number % 2}") for number in range(5)]
    monkeypatch.setattr(activity, "PAGE", 2)

    assert events(house, ZOE) == mine


def test_what_came_with_a_call_that_cannot_be_read_stays_out_and_breaks_nothing(house: House) -> None:
    mine = later(house, mail=ZOES_MAIL, metier="Boulangère")
    house.clock.move(minutes=1)
    unread = sent(house, b'{"mail": ')

    assert said(house.report(unread)) == ("held", "unreadable")
    assert events(house, ZOE) == [mine]


def test_no_cell_of_a_table_is_a_formula(house: House) -> None:
    later(house, mail=SOMEBODY, prenom="Camille", metier='=HYPERLINK("https://example.org")', mobile=NUMBER)
    later(house, mail=SOMEBODY, metier="@SUM(A1)\n-second")

    lines = [*csv.DictReader(StringIO(run(house, "contacts", "show", SOMEBODY, "--csv").stdout, newline=""))]
    cells = [cell for line in lines for cell in line.values()]
    assert {f"'{NUMBER}", '\'=HYPERLINK("https://example.org")', "'@SUM(A1)\n-second"} <= {*cells}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert {line["what"] for line in lines} == {"event", "answer", "field", "mark"}


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("nobody@example.org", "We hold nothing on this person in default: nothing came from or for them"),
        ("123456", "We hold nothing on this person"),
        ("+33639980199", "We hold nothing on this person"),
        ("12ab", "This is no contact’s number, no mail address and no phone number."),
        ("zoe@", "This is no contact’s number"),
        ("0", "This is no contact’s number"),
        ("9" * 19, "This is no contact’s number"),
        ("", "This is no contact’s number"),
    ],
)
def test_somebody_unknown_or_unreadable_gets_a_true_sentence(house: House, who: str, told: str) -> None:
    result = run(house, "contacts", "show", who)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {told}")
    assert len(who) < 6 or who not in result.stderr


def test_an_unknown_account_is_refused_and_another_one_holds_nothing(house: House) -> None:
    later(house, mail=ZOES_MAIL, metier="Boulangère")

    assert "No Qomon account is called lyon." in run(house, "contacts", "show", ZOE, "--space", "lyon").stderr
    with house.services.store.write() as tx:
        for table in (tables.event, tables.identity, tables.mark, tables.seen, tables.known):
            tx.execute(update(table).values(space="lyon"))
    assert run(house, "contacts", "show", ZOE).exit_code == 1
    assert rows(house, tables.event)[0].space == "lyon"


def test_no_line_of_the_log_says_whom_somebody_looked_at(house: House, caplog: pytest.LogCaptureFixture) -> None:
    later(house, mail=ZOES_MAIL, metier="Boulangère")
    caplog.clear()
    done(run(house, "contacts", "show", ZOES_MAIL))

    assert ZOES_MAIL not in caplog.text + str([vars(one) for one in caplog.records])


def test_an_answer_without_a_word_and_one_that_nobody_looked_at_are_told(house: House) -> None:
    run(house, "pause")
    sent(house, written(mail=ZOES_MAIL, metier=""))

    told = done(run(house, "contacts", "show", ZOES_MAIL))
    assert told.startswith("No contact known yet in default\n")
    assert "    mail: ‘zoe.lefevre@example.org’ (" in told
    assert "    metier: (" in told


def test_a_question_without_an_answer_says_nothing(house: House) -> None:
    crossed(house, mail=ZOES_MAIL, metier=None)

    assert "None" not in done(run(house, "contacts", "show", ZOES_MAIL))
