"""`flask inbox correct`: answers that people put right (docs/hook-file.md)."""

from typing import Any, cast

import pytest

from bridge.inbox import events
from bridge.qomon.sandbox.people import ZOE
from bridge.report import receipts
from bridge.store import tables
from schemas.report import caller_view
from tests.support.commands import done, run
from tests.support.json_hook import SOMEBODY, ZOES_MAIL, asked, live, rows, said, sent, stored, writes, written
from tests.support.whole_bridge import House

WHO = ("--who", "Léa", "--why", "a typo")


def sent_on(house: House, **answers: Any) -> str:
    event = sent(house, written(**answers))
    house.drain()
    return event


def corrected(house: House, event: str, *words: object) -> dict[str, Any]:
    done(run(house, "inbox", "correct", event, *words, *WHO))
    house.drain()
    return house.report(event)


def refused(house: House, event: str, *words: object) -> str:
    before = rows(house, tables.event)
    result = run(house, "inbox", "correct", event, *words, *WHO)
    assert (result.exit_code, result.stdout, rows(house, tables.event)) == (1, "", before)
    return result.stderr.removeprefix(f"Error: {event}: nothing done: ").rstrip()


@pytest.mark.usefixtures("both_stores")
def test_who_it_is_about_is_read_anew_and_what_was_said_stays_beside_it(house: House) -> None:
    event = sent_on(house, mail="zoe.lefevre(at)example.org", metier="Boulangère")
    assert said(house.report(event)) == ("held", "no_identity")
    report = corrected(house, event, "--set", f"MAIL={ZOES_MAIL}")

    line = report["answers"][0]
    assert (said(report), report["contact"]["id"], report["contact"]["found_by"]) == (("delivered", None), ZOE, "mail")
    assert (line["sent"], line["original"], line["corrected_by"], line["why"]) == (
        *(ZOES_MAIL, "zoe.lefevre(at)example.org", "Léa", "a typo"),
    )
    assert live(house, 811) == ["Boulangère"]
    with house.services.store.read() as tx:
        row = events.find_event(tx, event)
    assert row is not None
    told = cast("Any", house.services.vault.unseal(row.report))
    view = caller_view(told, "https://bridge.example.org", creates=True)
    assert not {"sent", "original", "corrected_by", "why"} & view["answers"][0].keys()

    again = corrected(house, event, "--set", "metier=Pilote")  # the first correction stays
    assert (said(again), live(house, 811), again["answers"][0]["sent"]) == (("delivered", None), ["Pilote"], ZOES_MAIL)


def test_what_was_created_is_put_right_where_it_was_written_and_newer_answers_stay(house: House) -> None:
    event = sent_on(house, mail="camile@example.org", prenom="Camille", metier="Pilote")
    made = house.report(event)["contact"]["id"]
    house.clock.move(hours=1)
    sent_on(house, numero=made, metier="Juge")

    report = corrected(house, event, "--set", f"mail={SOMEBODY}", "--set", "metier=Maçon")
    assert (said(report), report["contact"]["id"], asked(house, "POST")) == (("delivered", None), made, 1)
    assert (stored(house, made)["mail"], live(house, 811, made)) == (SOMEBODY, ["Juge"])


def test_a_consent_is_put_right_only_as_the_person_said(house: House) -> None:
    event = sent_on(house, mail=ZOES_MAIL, prenom="Karim", lettre="Non")
    assert "a consent is what the person said" in refused(house, event, "--set", "lettre=Oui")
    before = writes(house)
    done(
        run(
            house,
            "inbox",
            "correct",
            event,
            "--set",
            "lettre=Oui",
            "--set",
            "prenom=Zoé",
            "--confirmed-by-person",
            *WHO,
        )
    )
    house.drain()
    assert (said(house.report(event)), before) == (("delivered", None), [])
    assert "as the person told Léa (a typo)" in done(run(house, "inbox", "show", event))
    with house.services.store.read() as tx:
        (receipt,) = receipts.of_event(tx, house.services.vault, event)
    assert receipt["confirmed_by_person"] == [{"by": "Léa", "why": "a typo", "at": "2026-11-22T09:00:00.000Z"}] * 2


def test_what_cannot_be_put_right_is_said_and_changes_nothing(house: House) -> None:
    event = sent_on(house, mail="nonsense", metier="Pilote")
    assert refused(house, "nothing", "--set", "mail=a") == "no such submission."
    assert refused(house, event, "--set", "age=3") == ("age is not one question of it. Those are: ‘mail’, ‘metier’")
    assert refused(house, event, "--set", "mail=a", "--set", "mail=b") == "mail takes one answer."
    assert run(house, "inbox", "correct", event, "--set", "mail", *WHO).exit_code == 2
    done(run(house, "inbox", "skip", event))
    assert refused(house, event, "--set", f"mail={ZOES_MAIL}") == (
        "it is skipped: only what is held, given up or written is put right."
    )
