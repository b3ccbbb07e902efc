"""A choice of a consent that says no is a withdrawal: it crosses like one, its receipt says no (docs/hook-file.md,
docs/laws.md 7).
"""

from pathlib import Path
from typing import Any

import pytest

from bridge.hooks.check import check
from bridge.hooks.hook import parse
from bridge.qomon.sandbox.people import ZOE
from bridge.report import receipts
from schemas.words import refuses
from tests.support.commands import run
from tests.support.json_hook import ESSAI, live, plain_house, said, sent, statuses, written
from tests.support.whole_bridge import House

MAIL = "zoe.lefevre@example.org"
LETTER, BOXES, CHANNELS, WORDS = 712, 713, 714, 715
RULES = """
  - {from: lettre, to: formdatas.Lettre}
  - {from: cases, to: formdatas.Cases}
  - {from: canaux, to: formdatas.Canaux, no: [sms_out, mail_out]}
  - {from: retour, to: formdatas.Lettre, change: remove}
  - {from: ville, to: address.city}
  - {from: perdu, to: formdatas.Nulle part}
"""
HOOK = ESSAI.split("  - {from: lettre")[0] + RULES.lstrip("\n")


def form(id_: int, label: str, kind: str, *choices: tuple[str, str]) -> dict[str, Any]:
    refs = [{"id": id_ * 10 + at, "value": value, "label": shown} for at, (value, shown) in enumerate(choices, 1)]
    return {"id": id_, "label": label, "type": kind, "refvalues": refs}


@pytest.fixture
def house(tmp_path: Path, both_stores: str) -> House:
    made = plain_house(tmp_path, HOOK)
    consents = [
        *made.sandbox.forms["consent"],
        form(LETTER, "Lettre", "radio", ("accord", "Oui"), ("opposition", "Je m’oppose")),
        form(BOXES, "Cases", "checkbox", ("mail", "E-mail"), ("sms", "SMS"), ("rien", "Refus")),
        form(CHANNELS, "Canaux", "checkbox", ("mail", "Mail"), ("sms", "SMS"), ("mail_out", "-"), ("sms_out", "-/-")),
    ]
    made.sandbox.forms = {**made.sandbox.forms, "consent": consents}
    return made.read_catalogue()


def put(house: House, form: int, *texts: str, date: str = "2021-05-04T10:00:00.000Z", **more: Any) -> None:
    refs = {one["value"]: one["id"] for one in form_of(house, form)["refvalues"]}
    entries = [{"form_id": form, "form_ref_id": refs[text], "data": text, "date": date} for text in texts]
    house.sandbox.contacts.put(ZOE, {"formdatas": entries, "lastchange": "2021-06-01T00:00:00.000Z", **more})


def form_of(house: House, id_: int) -> Any:
    return next(one for one in house.sandbox.forms["consent"] if one["id"] == id_)


def crossed(house: House, **answers: Any) -> dict[str, Any]:
    event = sent(house, written(mail=MAIL, **answers))
    house.drain()
    return house.report(event)


def kept(house: House, report: dict[str, Any]) -> list[tuple[str, str]]:
    with house.services.store.read() as tx:
        told = receipts.of_event(tx, house.services.vault, report["event"])
    return [(one["said"], one["value"]) for receipt in told for one in receipt["statements"]]


def test_to_choose_no_takes_the_yes_back_and_is_kept_as_a_no(house: House) -> None:
    put(house, LETTER, "accord")
    report = crossed(house, lettre="Je m’oppose")

    assert (said(report), live(house, LETTER), kept(house, report)) == (
        ("delivered", None),
        ["opposition"],
        [("no", "opposition")],
    )


@pytest.mark.parametrize(
    ("more", "held"),
    [
        ({"perdu": "x"}, "unknown_field"),
        ({"dispo": ["Jamais vu"]}, "unknown_choice"),
        ({"cases": ["SMS"]}, "do_not_contact"),
    ],
)
def test_it_crosses_though_the_rest_is_held(house: House, more: dict[str, Any], held: str) -> None:
    put(house, LETTER, "accord", black_list=held == "do_not_contact", surname="Avant")
    report = crossed(house, lettre="Je m’oppose", nom="Après", metier="Soudeuse", **more)

    assert (said(report), live(house, LETTER)) == (("held", held), ["opposition"])
    assert ("Soudeuse" in live(house, 811), live(house, BOXES)) == (False, [])
    assert statuses(report)["metier"] == "held"
    assert statuses(report)["lettre"] == "mapped"
    assert kept(house, report) == [("no", "opposition")]


@pytest.mark.parametrize(("brake", "held"), [("mode: approve", "approval"), ("address: hold", "address_moved")])
def test_it_crosses_though_a_person_is_asked_about_the_rest(house: House, brake: str, held: str) -> None:
    was = "mode: live" if held == "approval" else "address: keep"
    house.import_hook(HOOK.replace(was, brake))
    put(house, LETTER, "accord", address={"city": "Lyon"})
    report = crossed(house, lettre="Je m’oppose", ville="Brest", metier="Soudeuse")
    assert (said(report), live(house, LETTER)) == (("held", held), ["opposition"])
    assert "Soudeuse" not in live(house, 811)


def test_somebody_on_do_not_contact_may_say_no(house: House) -> None:
    put(house, LETTER, "accord", black_list=True)
    report = crossed(house, lettre="Je m’oppose", metier="Soudeuse")
    assert (said(report), live(house, LETTER), live(house, 811)) == (("delivered", None), ["opposition"], ["Soudeuse"])


def test_the_no_of_boxes_takes_the_others_out(house: House) -> None:
    put(house, BOXES, "mail", "sms")
    assert said(crossed(house, cases=["Refus"])) == ("delivered", None)
    assert live(house, BOXES) == ["rien"]


def test_yes_and_no_in_one_answer_is_no(house: House) -> None:
    report = crossed(house, cases=["SMS", "Refus"])
    assert live(house, BOXES) == ["rien"]
    assert "consent_conflict" in [note["code"] for note in report["notes"]]
    assert kept(house, report) == [("no", "rien")]


def test_where_each_channel_has_its_own_no_the_others_stay(house: House) -> None:
    put(house, CHANNELS, "mail", "sms")
    report = crossed(house, canaux=["-/-"])
    assert sorted(live(house, CHANNELS)) == ["mail", "sms", "sms_out"]
    assert kept(house, report) == [("no", "sms_out")]


def test_who_takes_a_no_back_says_neither(house: House) -> None:
    put(house, LETTER, "opposition", black_list=True)
    report = crossed(house, retour="Je m’oppose")
    assert (said(report), live(house, LETTER)) == (("held", "do_not_contact"), ["opposition"])


@pytest.mark.parametrize("first", ["yes", "no"])
@pytest.mark.parametrize("question", ["lettre", "cases"])
@pytest.mark.parametrize(("yes_at", "no_at"), [(1, 2), (2, 1), (1, 1)])
def test_the_newest_counts_and_the_no_of_the_same_moment(
    house: House, question: str, first: str, yes_at: int, no_at: int
) -> None:
    words = {"lettre": ("Oui", "Je m’oppose", LETTER), "cases": ("SMS", "Refus", BOXES)}[question]
    told = [(words[0], yes_at), (words[1], no_at)]
    for answer, at in told if first == "yes" else reversed(told):
        crossed(house, **{question: answer}, submitted_at=f"2026-11-22T08:00:0{at}Z")
        house.clock.move(seconds=5)

    given = {"accord", "sms"} & {*live(house, words[2])}
    assert bool(given) == (yes_at > no_at)
    assert bool({"opposition", "rien"} & {*live(house, words[2])}) == (no_at >= yes_at or question == "cases")


def test_a_yes_that_qomon_dates_later_stays(house: House) -> None:
    put(house, BOXES, "mail", "sms", date="2026-11-22T08:30:00.000Z")
    house.sandbox.contacts.all[ZOE]["lastchange"] = "2026-11-22T08:30:00.000Z"
    crossed(house, cases=["Refus"], submitted_at="2026-11-22T08:00:00Z")
    assert {"mail", "sms"} <= {*live(house, BOXES)}


def test_the_lists_of_a_rule_overrule_the_words(house: House) -> None:
    house.import_hook(HOOK.replace("to: formdatas.Lettre}", "to: formdatas.Lettre, yes: [opposition], no: [Oui]}", 1))
    report = crossed(house, lettre="Oui")
    assert (live(house, LETTER), kept(house, report)) == (["accord"], [("no", "accord")])
    house.clock.move(seconds=1)
    assert kept(house, crossed(house, lettre="Je m’oppose", n=2)) == [("yes", "opposition")]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("{from: x, to: surname, no: [refus]}", "no: says which choices of a consent mean no, and `surname` is none."),
        ("{from: x, to: formdatas.Lettre, yes: [Non!], no: [non!]}", "no: names a choice that `yes` names too."),
        ("{from: x, to: custom_fields.Disponibilités, no: [door]}", "no: says which choices of a consent mean no"),
        ("{from: x, to: formdatas.Cases, no: [jamais]}", "no: `jamais` is no choice of `formdatas.Cases`."),
    ],
)
def test_what_is_wrong_with_the_lists_is_told(house: House, rule: str, sentence: str) -> None:
    text = ESSAI.split("  - {from: numero")[0] + "  - {from: mail, to: mail}\n  - " + rule
    shown = run(house, "hooks", "check", "-", stdin=text.encode())
    assert sentence in shown.output


def test_a_no_may_be_set_by_an_event_that_is_no_yes(house: House) -> None:
    rule = "{when: {kind: unsubscribed}, to: formdatas.Lettre, value: opposition}"
    text = ESSAI.split("  - {from: numero")[0] + "  - {from: mail, to: mail}\n  - " + rule
    catalogue = house.services.catalogues.stored("default")
    assert catalogue is not None
    assert check(parse(text, lambda _name: "a secret of sixteen", ["default"]), catalogue) == []
    asked = check(
        parse(text.replace("opposition", "accord"), lambda _name: "a secret of sixteen", ["default"]), catalogue
    )
    assert "gives a consent" in asked[0]


@pytest.mark.parametrize(
    "text", ["Refus", "REFUSÉ", "non", "No.", "opt-out", "Opt out", "Opposée", "désinscrit", "withdrawn"]
)
def test_words_that_say_no(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize("text", ["Oui", "", "Nonne", "consent_email", "Notre lettre", "non renseigné ?", "refuge"])
def test_words_that_do_not(text: str) -> None:
    assert not refuses(text)
