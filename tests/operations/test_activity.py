"""`flask contacts changed`: which contacts were changed, by what, and who let it through."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, update

from bridge.operations import activity
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import done, printed, run
from tests.support.json_hook import ESSAI, PROOF, SOMEBODY, ZOES_MAIL, crossed, plain_house, rows, said, switch, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

PARTS = """
  - {from: oui, to: formdatas.Consentement, values: {lettre: consent_email}}
  - {from: non, to: formdatas.Consentement, values: {sms: consent_sms}, change: remove}
"""
OTHER = ESSAI.replace("hook: essai", "hook: autre").replace("essai234", "autre234") + "space: lyon\n"
LYON = {"QOMON_TOKEN__LYON": "sandbox-token", "QOMON_URL__LYON": "https://qomon.example.org"}
METIER = {"field": "custom_fields.Métier", "change": "changed", "confirmed": "stored"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    hook = ESSAI.split("  - {from: lettre")[0] + PARTS.lstrip("\n")
    return plain_house(tmp_path, hook, OTHER, **LYON).read_catalogue()


def changed(house: House, *words: str) -> Any:
    return printed(run(house, "contacts", "changed", "--json", *words))


def change(house: House, table: Table, event: str, **values: Any) -> None:
    key = table.c.event if table is tables.undo else table.c.id
    with house.services.store.write() as tx:
        tx.execute(update(table).where(key == event).values(**values))


def crossed_later(house: House, **answers: Any) -> str:
    house.clock.move(minutes=1)
    return str(crossed(house, **answers)["event"])


def test_it_says_who_was_changed_in_what_by_which_version_and_when(house: House) -> None:
    event = crossed_later(house, mail=ZOES_MAIL, metier="Boulangère")

    assert changed(house) == [
        {
            "at": "2026-11-22T09:01:00.000Z",
            "contact": ZOE,
            "event": event,
            "space": "default",
            "hook": "essai",
            "revision": 1,
            "kind": "submitted",
            "outcome": "delivered",
            "reason": None,
            "about": None,
            "released": None,
            "fields": [METIER],
            "erased": None,
            "opens": True,
        }
    ]


def test_created_ones_are_there_and_what_wrote_nothing_is_not(house: House) -> None:
    new = crossed_later(house, mail=SOMEBODY, prenom="Camille")
    crossed_later(house, mail=SOMEBODY, prenom="Camille")
    held = crossed(house, mail=ZOES_MAIL, prenom="Karim", metier="Facteur")

    (only,) = changed(house)
    assert said(held) == ("held", "other_person")
    assert (only["event"], only["outcome"], only["contact"]) == (new, "created", house.report(new)["contact"]["id"])
    assert [one["field"] for one in only["fields"]] == ["firstname", "mail"]


def test_what_is_held_but_wrote_a_part_is_there_with_that_part(house: House) -> None:
    report = crossed(house, mail=ZOES_MAIL, dispo="Nulle part", metier="Facteur", non="sms")

    (only,) = changed(house)
    assert (said(report), only["outcome"], only["reason"]) == (("held", "unknown_choice"), "held", "unknown_choice")
    assert only["fields"] == [{"field": "formdatas.Consentement", "change": "removed", "confirmed": "stored"}]


def test_what_qomon_dropped_is_told_as_dropped(house: House) -> None:
    switch(house, drops=["custom_fields"])
    crossed(house, mail=ZOES_MAIL, metier="Boulangère", mobile="+33639980199")

    (only,) = changed(house)
    assert only["reason"] == "not_confirmed"
    assert {one["field"]: one["confirmed"] for one in only["fields"]}["custom_fields.Métier"] == "dropped"


def test_a_part_that_was_written_before_a_person_sent_the_rest_is_not_forgotten(house: House) -> None:
    event = crossed_later(house, mail=ZOES_MAIL, prenom="Zoé", dispo="Nulle part", metier="Facteur", non="sms")
    hook = ESSAI.replace("to: custom_fields.Disponibilités}", "to: nothing}").split("  - {from: lettre")[0]
    house.import_hook(hook)
    house.clock.move(hours=1)
    done(run(house, "inbox", "release", event))
    waiting = changed(house)
    house.drain()

    (only,) = changed(house)
    assert [one["field"] for one in waiting[0]["fields"]] == ["formdatas.Consentement"]
    assert only["released"] == "2026-11-22T10:01:00.000Z"
    assert {one["field"] for one in only["fields"]} == {"custom_fields.Métier", "formdatas.Consentement"}
    assert "sent by somebody’s decision at 2026-11-22T10:01:00.000Z" in done(run(house, "contacts", "changed"))


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_page_by_page_none_is_left_out_or_told_twice(house: House, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Of two that wrote in the same millisecond the one that came first is first; erased ones are before all others."""
    monkeypatch.setattr(activity, "PAGE", size)
    events = [crossed_later(house, mail=ZOES_MAIL, metier=f"Métier {number}") for number in range(5)]
    house.clock.move(days=31)
    house.prune()
    events += [str(crossed(house, mail=ZOES_MAIL, metier=f"Autre {number}")["event"]) for number in range(5)]

    assert [one["event"] for one in changed(house, "--since", "60 days")] == events


def test_in_order_of_writing_whenever_they_came(house: House) -> None:
    first = crossed_later(house, mail=ZOES_MAIL, prenom="Karim", dispo="Porte-à-porte")
    second = crossed_later(house, mail=ZOES_MAIL, metier="Boulangère")
    house.import_hook(ESSAI.replace("names: agree", "names: ignore"))
    house.clock.move(minutes=1)
    done(run(house, "inbox", "release", first))
    house.drain()

    assert [one["event"] for one in changed(house)] == [second, first]


def test_only_what_was_written_between_the_two_moments(house: House) -> None:
    events = []
    for number in range(3):
        events.append(crossed(house, mail=ZOES_MAIL, metier=f"Métier {number}")["event"])
        house.clock.move(days=1)

    between = ("--since", "2026-11-23", "--until", "2026-11-23")
    assert [one["event"] for one in changed(house, *between)] == [events[1]]
    assert [
        one["event"] for one in changed(house, "--since", "2026-11-22T10:00+01:00", "--until", "yesterday")
    ] == events
    assert [one["event"] for one in changed(house, "--since", "2026-11-22T10:00:01+01:00")] == events[1:]
    assert [one["event"] for one in changed(house, "--since", "2026-11-22", "--until", "2026-11-22T10:00")] == []


def test_only_by_one_webhook_even_one_that_was_deleted_and_in_one_account(house: House) -> None:
    mine = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    body = written(mail=ZOES_MAIL, metier="Factrice")
    house.door.post("/hooks/autre234", data=body, headers={"Content-Type": "application/json", **PROOF})
    house.drain()
    with house.services.store.write() as tx:
        tx.execute(update(tables.hook).where(tables.hook.c.name == "essai").values(deleted_at=1))

    assert [one["event"] for one in changed(house, "--hook", "essai")] == [mine]
    assert [one["hook"] for one in changed(house, "--hook", "autre")] == ["autre"]
    assert [one["space"] for one in changed(house, "--space", "lyon")] == ["lyon"]
    assert len(changed(house)) == 2


def test_an_erased_one_says_that_and_whose_receipt_is_kept(house: House) -> None:
    plain = crossed_later(house, mail=ZOES_MAIL, metier="Boulangère")
    proved = crossed_later(house, mail=ZOES_MAIL, oui="lettre")
    house.clock.move(days=31)
    house.prune()

    result = run(house, "contacts", "changed", "--since", "60 days")
    told = changed(house, "--since", "60 days")
    assert [(one["event"], one["contact"], one["fields"]) for one in told] == [(plain, None, []), (proved, ZOE, [])]
    assert all(one["erased"] and one["opens"] for one in told)
    assert "no contact known" in done(result)
    assert "were erased at" in result.stdout
    assert "of 2 of them were erased" in result.stderr


@pytest.mark.parametrize("table", [tables.event, tables.undo])
def test_one_that_does_not_open_is_named_and_the_others_are_told(house: House, table: Table) -> None:
    shut = crossed_later(house, mail=ZOES_MAIL, metier="Boulangère")
    whole = crossed_later(house, mail=ZOES_MAIL, metier="Factrice")
    change(house, table, shut, **({"report": b"noise"} if table is tables.event else {"sealed": b"noise"}))

    result = run(house, "contacts", "changed")
    told = {one["event"]: one for one in changed(house)}
    assert [told[one]["opens"] for one in (shut, whole)] == [False, True]
    assert (told[shut]["contact"], [one["field"] for one in told[shut]["fields"]]) == (ZOE, ["custom_fields.Métier"])
    assert "does not open" in done(result)
    assert "put it back and ask again" in result.stderr


def test_one_of_which_nothing_opens_is_named_by_what_its_row_says(house: House) -> None:
    event = crossed_later(house, mail=ZOES_MAIL, metier="Boulangère")
    change(house, tables.event, event, report=b"noise", outcome="of a later version")
    change(house, tables.undo, event, sealed=b"noise")

    (only,) = changed(house)
    assert (only["event"], only["contact"], only["outcome"], only["opens"]) == (event, ZOE, "unknown", False)


def test_a_table_holds_a_line_for_each_field(house: House) -> None:
    event = crossed_later(house, mail=SOMEBODY, prenom="Camille", nom="Exemple")
    lines = [*csv.DictReader(StringIO(run(house, "contacts", "changed", "--csv").stdout))]

    assert [(one["event"], one["field"], one["change"]) for one in lines] == [
        (event, field, "set") for field in ("firstname", "surname", "mail")
    ]
    assert {(one["hook"], one["revision"], one["opens"]) for one in lines} == {("essai", "1", "true")}


def test_no_value_of_a_person_is_told(house: House) -> None:
    crossed_later(house, mail=SOMEBODY, prenom="Camille", metier="Boulangère", mobile="+33639980142")

    for form in ((), ("--json",), ("--csv",)):
        output = run(house, "contacts", "changed", *form).output
        assert not any(value in output for value in (SOMEBODY, "Camille", "Boulangère", "639980142"))


def test_nothing_is_written_and_qomon_is_not_asked(house: House) -> None:
    crossed_later(house, mail=ZOES_MAIL, metier="Boulangère")
    every = [table for table in tables.metadata.sorted_tables if table not in (tables.health, tables.audit)]
    before = [rows(house, table) for table in every]
    house.sandbox.calls.clear()
    done(run(house, "contacts", "changed"))
    done(run(house, "contacts", "show", ZOES_MAIL))

    assert house.sandbox.calls == []
    assert [rows(house, table) for table in every] == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--since", "soon"), "--since: not a moment that we can read: soon. Write a day (2026-11-22)"),
        (("--since", "2026-02-30"), "not a moment"),
        (("--until", "7 weeks ago"), "--until: not a moment"),
        (("--since", "2026-11-23"), "Nothing lies between 2026-11-22T23:00:00.000Z and 2026-11-22T09:00:00.000Z"),
        (("--since", "today", "--until", "2026-11-21"), "--since comes before --until"),
        (("--hook", "nobody"), "There is no hook nobody. See: flask hooks list"),
        (("--space", "nowhere"), "No Qomon account is called nowhere. Known: default, lyon."),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(house: House, words: tuple[str, ...], told: str) -> None:
    result = run(house, "contacts", "changed", *words)

    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr


def test_json_and_csv_are_not_asked_for_at_once(house: House) -> None:
    for words in (("changed",), ("show", ZOES_MAIL)):
        assert run(house, "contacts", *words, "--json", "--csv").exit_code == 2


def test_a_time_in_which_nothing_was_written_says_so(house: House) -> None:
    result = run(house, "contacts", "changed", "--since", "yesterday", "--until", "yesterday")

    assert (done(result), changed(house)) == (result.stderr, [])
    assert result.stderr.startswith("Nothing was written between 2026-11-20T23:00:00.000Z and 2026-11-21T23:00:00.000Z")
