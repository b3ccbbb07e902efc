"""`flask inbox decide`: what people decide of one held event (docs/hook-file.md)."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.operations.decide import Deciding
from bridge.qomon.sandbox import TOKEN
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import done, hooks, printed, run
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    ZOES_MAIL,
    asked,
    change,
    count,
    fault,
    live,
    plain_house,
    rows,
    said,
    sent,
    statuses,
    stored,
    switch,
    writes,
    written,
)
from tests.support.whole_bridge import QOMON, House

OTHER = 9000020
NOBODY = 77
KARIM = {"mail": ZOES_MAIL, "prenom": "Karim", "nom": "Petit", "metier": "Boulangère"}


def held(house: House, reason: str, **answers: Any) -> str:
    event = sent(house, written(**answers))
    house.drain()
    assert said(house.report(event)) == ("held", reason)
    return event


def decided(house: House, event: str, *words: object) -> dict[str, Any]:
    """The report, after what was decided has crossed."""
    done(run(house, "inbox", "decide", event, *words))
    house.drain()
    return house.report(event)


def refused(house: House, event: str, *words: object) -> str:
    """Why nothing was done."""
    before = rows(house, tables.event)
    result = run(house, "inbox", "decide", event, *words)
    assert (result.exit_code, result.stdout, rows(house, tables.event)) == (1, "", before)
    return result.stderr.removeprefix(f"Error: {event}: nothing done: ").rstrip()


def test_both_sides_are_shown_with_what_can_be_decided_and_nothing_is_written(house: House) -> None:
    event = held(house, "other_person", **KARIM)
    before = rows(house, tables.event)
    shown = printed(run(house, "inbox", "decide", event, "--json"))

    (job,) = [line for line in shown["answers"] if line["question"] == "metier"]
    assert (job["said"], job["holds"], job["would"]) == ("Boulangère", "Menuisière", "Boulangère")
    assert [(one["contact"], one["name"], one["town"]) for one in shown["candidates"]] == [
        (ZOE, "Zoé Lefèvre-Brûlé", "Bourg-en-Bresse")
    ]
    assert [one["command"].split(event)[1] for one in shown["decisions"]] == [
        *(" --same", " --create", " --contact NUMBER", " --skip")
    ]
    assert "metier -> custom_fields.Métier: Boulangère; in Qomon: Menuisière -> Boulangère" in done(
        run(house, "inbox", "decide", event)
    )
    assert (rows(house, tables.event), writes(house)) == (before, [])


@pytest.mark.usefixtures("both_stores")
def test_whose_it_is_stays_decided_until_it_is_written(house: House) -> None:
    """It waits for something else first; the withdrawal that came with it crosses with it."""
    event = held(house, "other_person", **KARIM, dispo="Le marché")
    report = decided(house, event, "--contact", OTHER, "--who", "Léa", "--why", "her brother")
    assert (said(report), report["contact"]["id"], writes(house)) == (("held", "unknown_choice"), OTHER, [])

    house.import_hook(ESSAI.replace("{from: dispo, to: custom_fields.Disponibilités}", "{from: dispo, to: tags}"))
    assert run(house, "inbox", "release", event).exit_code == 0
    house.drain()
    report = house.report(event)
    assert (said(report), report["contact"]) == (
        ("delivered", None),
        {"id": OTHER, "found_by": None, "created": False},
    )
    assert (live(house, 811, OTHER), live(house, 811)) == (["Boulangère"], ["Menuisière"])
    assert b"her brother" not in rows(house, tables.event)[0].decision
    assert refused(house, event, "--contact", ZOE) == "it was decided already: it is delivered."


@pytest.mark.usefixtures("both_stores")
def test_one_name_on_one_contact_is_asked_about_once(house: House) -> None:
    event = held(house, "other_person", **KARIM)
    assert said(decided(house, event, "--same")) == ("delivered", None)
    assert (live(house, 811), stored(house)["firstname"]) == (["Boulangère"], "Zoé")

    house.clock.move(days=8)  # whoever was known lately is found anew
    assert said(house.report(sent_on(house, **{**KARIM, "metier": "Pilote"}))) == ("delivered", None)
    held(house, "other_person", **{**KARIM, "prenom": "Boris"})
    house.sandbox.contacts.all[ZOE]["firstname"] = "Anne"
    held(house, "other_person", **{**KARIM, "metier": "Maçon"})


def sent_on(house: House, **answers: Any) -> str:
    event = sent(house, written(**answers))
    house.drain()
    return event


@pytest.mark.usefixtures("both_stores")
def test_somebody_new_may_share_an_address(house: House) -> None:
    event = held(house, "other_person", **KARIM)
    report = decided(house, event, "--create")
    made = report["contact"]["id"]
    assert (said(report), stored(house, made)["firstname"], live(house, 811, made)) == (
        ("created", None),
        "Karim",
        ["Boulangère"],
    )
    assert (live(house, 811), count(house, tables.creating), count(house, tables.known)) == (["Menuisière"], 0, 0)
    assert house.report(sent_on(house, mail=ZOES_MAIL, prenom="Zoé", nom="Lefèvre-Brûlé"))["contact"]["id"] == ZOE


@pytest.mark.parametrize("reason", ["other_person", "missing_contact"])
def test_who_was_perhaps_created_is_never_created_again(house: House, reason: str) -> None:
    """Qomon made the contact and its answer was lost; the search shows it later."""
    answers = KARIM if reason == "other_person" else {**KARIM, "mail": SOMEBODY}
    house.import_hook(ESSAI.replace("missing: create", "missing: hold"))
    event = held(house, reason, **answers)
    fault(house, "POST", "contacts", "error_after")
    switch(house, index_delay_ms=20_000)
    assert said(decided(house, event, "--create")) == ("queued", "creating")
    assert refused(house, event, "--create") == "it was decided already: it is queued."
    for seconds in (5, 25, 90):
        house.clock.move(seconds=seconds)
        house.drain()

    report = house.report(event)
    assert (said(report), asked(house, "POST"), count(house, tables.creating)) == (("created", None), 1, 0)
    assert report["contact"]["id"] not in (ZOE, None)


def test_what_was_perhaps_created_is_this_contact(house: House) -> None:
    switch(house, index_delay_ms=3 * 3_600_000)
    fault(house, "POST", "contacts", "error_after")
    event = sent(house, written(mail=SOMEBODY, prenom="Camille", metier="Pilote"))
    house.drain()
    behind = sent(house, written(mail=SOMEBODY, prenom="Marthe", metier="Juge"))
    for seconds in (0, 5, 25, 90, 480, 600):
        house.clock.move(seconds=seconds)
        house.drain()
    assert said(house.report(event)) == ("held", "maybe_created")
    assert refused(house, event, "--create").startswith("Qomon was asked to create this contact and did not answer")

    assert said(decided(house, event, "--contact", OTHER)) == ("delivered", None)
    assert (live(house, 811, OTHER), count(house, tables.creating)) == (["Juge"], 0)
    assert (said(house.report(behind)), house.report(behind)["contact"]["id"]) == (("delivered", None), OTHER)


def test_a_contact_that_goes_meanwhile_is_looked_for_by_a_person(house: House) -> None:
    event = held(house, "other_person", **KARIM)
    done(run(house, "inbox", "decide", event, "--contact", OTHER))
    del house.sandbox.contacts.all[OTHER]
    house.drain()

    assert (said(house.report(event)), writes(house)) == (("held", "contact_gone"), [])
    assert "Answers" in done(run(house, "inbox", "decide", event))
    assert said(decided(house, event, "--contact", ZOE)) == ("delivered", None)


def test_what_cannot_be_decided_is_said_and_changes_nothing(house: House) -> None:
    event = held(house, "other_person", **KARIM)
    assert refused(house, event, "--contact", NOBODY) == f"the Qomon account default has no contact {NOBODY}."
    assert refused(house, "nothing", "--same") == "no such submission."
    assert run(house, "inbox", "decide", event, "--same", "--skip").exit_code == 2
    fault(house, "GET", "contacts", "error_before")
    assert run(house, "inbox", "decide", event, "--contact", ZOE).exit_code == 1
    done(run(house, "inbox", "decide", event, "--skip"))
    assert refused(house, event, "--same") == "it is not held, it is skipped."

    change(house, event, erased=0)
    assert refused(house, event, "--same").startswith("its answers were erased at")
    nameless = held(house, "no_identity", prenom="Karim")
    assert refused(house, nameless, "--create").startswith("that is not what it is held for: No usable address")
    assert refused(house, nameless, "--same").startswith("that is not what it is held for")
    assert said(decided(house, nameless, "--contact", ZOE)) == ("unchanged", None)

    delivered = sent_on(house, mail=ZOES_MAIL, metier="Pilote")
    assert refused(house, delivered) == "it is not held, it is delivered."


def test_a_number_counts_in_its_own_account_only(tmp_path: Path) -> None:
    lyon = {"QOMON_TOKEN__LYON": TOKEN, "QOMON_URL__LYON": QOMON}
    house = plain_house(tmp_path, **lyon).read_catalogue()
    event = held(house, "other_person", **KARIM, dispo="Le marché")
    assert said(decided(house, event, "--contact", OTHER)) == ("held", "unknown_choice")

    house.import_hook(
        ESSAI.replace("mode: live", "mode: live\nspace: lyon").replace("ponibilités}", "ponibilités, otherwise: skip}")
    )
    done(run(house, "inbox", "release", event))
    house.drain()
    assert (said(house.report(event)), writes(house)) == (("held", "other_person"), [])
    assert refused(house, event, "--contact", NOBODY) == f"the Qomon account lyon has no contact {NOBODY}."


def test_of_two_people_at_once_the_first_decides(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    event, read = held(house, "other_person", **KARIM), Deciding._read  # noqa: SLF001

    def meanwhile(*asked: Any) -> Any:
        monkeypatch.undo()
        done(run(house, "inbox", "decide", event, "--contact", OTHER))
        return read(*asked)

    monkeypatch.setattr(Deciding, "_read", meanwhile)
    late = run(house, "inbox", "decide", event, "--contact", ZOE)
    house.drain()
    assert (late.exit_code, "it was decided already" in late.stderr) == (1, True)
    assert (house.report(event)["contact"]["id"], live(house, 811)) == (OTHER, ["Menuisière"])


def test_the_version_before_holds_it_again(house: House) -> None:
    """It knows no decision: as if the column were empty."""
    event = held(house, "other_person", **KARIM)
    done(run(house, "inbox", "decide", event, "--contact", OTHER))
    with house.services.store.write() as tx:
        tx.execute(tables.event.update().values(decision=None))
    house.drain()

    assert (said(house.report(event)), writes(house)) == (("held", "other_person"), [])


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([ZOES_MAIL, SOMEBODY, "nonsense"]),
            st.sampled_from(["Karim", "Zoé", "Boris", ""]),
            st.sampled_from(["", ZOE, OTHER, NOBODY]),
            st.sampled_from([("--same",), ("--create",), ("--contact", OTHER), ("--contact", ZOE), ("--skip",)]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_no_decision_changes_a_contact_but_the_decided_one(house: House, cases: list[tuple[Any, ...]]) -> None:
    """In one house, which grows: whoever was decided about and created before is there, too."""
    house.clock.move(days=1)
    sent_ = {
        sent(house, written(mail=mail, prenom=name, numero=number, metier=f"{house.clock.at} {at}")): words
        for at, (mail, name, number, words) in enumerate(cases)
    }
    house.drain()
    waits = [event for event in sent_ if house.report(event)["outcome"] == "held"]
    before = copy.deepcopy(house.sandbox.contacts.all)
    wants = {event: run(house, "inbox", "decide", event, *sent_[event]).exit_code for event in waits}
    house.drain()

    told = {event: house.report(event) for event in waits}
    mine = {one["contact"]["id"] for one in told.values() if one["outcome"] in ("delivered", "created")}
    after = house.sandbox.contacts.all
    assert {id_ for id_ in after if after[id_] != before.get(id_)} == mine
    for event, words in sent_.items():
        if event in wants and wants[event] == 0 and words[0] == "--contact":
            assert told[event]["contact"]["id"] == words[1]
        if event in waits and told[event]["outcome"] == "created":
            assert words == ("--create",)
            assert told[event]["contact"]["id"] not in before


# what of it crosses


def test_one_decision_leaves_a_choice_out_of_all_that_say_it(house: House) -> None:
    people = [(ZOES_MAIL, "Zoé"), ("paul.martin@example.org", "Paul"), (SOMEBODY, "Camille")]
    said_ = [
        held(house, "unknown_choice", mail=mail, prenom=name, dispo=["Le marché", "Porte-à-porte"], metier=name)
        for mail, name in people
    ]
    held(house, "unknown_choice", mail=ZOES_MAIL, dispo="Les gares")
    assert refused(house, said_[0], "--leave-out", "Le port") == (
        "Le port is not what it waits for. That is: ‘Le marché’"
    )
    before = rows(house, tables.event)
    words = ("inbox", "decide", said_[0], "--leave-out", "le marche", "--all-alike", "--who", "Léa")
    listed = done(run(house, *words, "--dry-run")).splitlines()
    assert [line.split()[0] for line in listed[1:]] == said_
    assert (run(house, *words, stdin="2\n").exit_code, rows(house, tables.event)) == (1, before)

    done(run(house, *words, stdin="3\n"))
    house.drain()
    reports = [house.report(event) for event in said_]
    assert [one["outcome"] for one in reports] == ["delivered", "delivered", "created"]
    (line,) = [one for one in reports[0]["answers"] if one["key"] == "dispo"]
    assert (line["status"], line["original"], line["corrected_by"]) == ("mapped", ["Le marché", "Porte-à-porte"], "Léa")
    assert (live(house, 811), "Le marché" in live(house, 810)) == (["Zoé"], False)
    assert "Put right by Léa; it said: Le marché, Porte-à-porte." in done(run(house, "inbox", "show", said_[0]))


def test_the_same_person_twice_is_decided_once(house: House) -> None:
    mine = [held(house, "other_person", **{**KARIM, "metier": job}) for job in ("Pilote", "Maçon")]
    held(house, "other_person", **{**KARIM, "prenom": "Boris"})
    done(run(house, "inbox", "decide", mine[0], "--contact", OTHER, "--all-alike", "--yes"))
    house.drain()
    assert ([house.report(event)["contact"]["id"] for event in mine], live(house, 811, OTHER)) == (
        [OTHER] * 2,
        ["Maçon"],
    )


def test_all_but_the_consent_is_sent_to_who_must_not_be_contacted(house: House) -> None:
    house.sandbox.contacts.all[ZOE]["black_list"] = True
    before = live(house, 710)
    event = held(house, "do_not_contact", mail=ZOES_MAIL, lettre="Oui", metier="Pilote")
    report = decided(house, event, "--without-consent")
    assert (said(report), statuses(report)["lettre"]) == (("delivered", None), "not_sent")
    assert (live(house, 811), live(house, 710), stored(house)["black_list"]) == (["Pilote"], before, True)


def test_of_what_somebody_changed_meanwhile_only_the_chosen_fields_cross(house: House) -> None:
    sent_on(house, mail=ZOES_MAIL)  # seen as it is
    event = held(house, "unknown_choice", mail=ZOES_MAIL, metier="Pilote", naissance="01/02/1990", nom="X", dispo="Rue")
    house.import_hook(ESSAI.replace("{from: nom, to: surname, as: name, change: fill}", "{from: nom, to: surname}"))
    house.clock.move(hours=1)
    edited = dict.fromkeys(("lastchange", "UpdatedAt"), "2026-11-22T09:30:00.000Z")
    house.sandbox.contacts.all[ZOE].update(birthdate="1988-03-01T00:00:00.000Z", **edited)
    assert said(decided(house, event, "--leave-out", "Rue")) == ("held", "edited_since")

    shown = {
        line["to"]: line for line in printed(run(house, "inbox", "decide", event, "--json"))["answers"] if line["to"]
    }
    assert (shown["custom_fields.Métier"]["would"], shown["birthdate"]["status"]) == ("Pilote", "older")
    assert "no such field" in refused(house, event, "--only", "naissance")
    report = decided(house, event, "--only", "custom_fields.Métier", "--only", "birthdate")
    assert rows(house, tables.event)[-1].decided is None  # nobody agreed to the rest: the version before asks again
    assert (said(report), live(house, 811), stored(house)["surname"]) == (
        *(("delivered", None), ["Pilote"], "Lefèvre-Brûlé"),
    )
    assert (stored(house)["birthdate"][:10], statuses(report)["naissance"]) == ("1988-03-01", "older")


def test_a_choice_means_another_one_this_time_or_from_now_on(house: House) -> None:
    event = held(house, "unknown_choice", mail=ZOES_MAIL, dispo=["Porte à porte SVP", "Tractage"])
    assert "essai is kept in a file" in refused(house, event, "--map", "Porte à porte SVP=door")
    house.import_hook(ESSAI.replace("mode: live", "mode: live\nowner: pages"))
    words = ("--map", "porte a porte svp=door")
    assert "is no choice of custom_fields.Disponibilités. Those are:" in refused(house, event, "--map", f"{words[1]}x")
    assert refused(house, event, "--map", "Rue=door").startswith("Rue is not what it waits for.")
    assert "The draft of essai has it" in done(run(house, "inbox", "decide", event, *words))
    assert (said(house.report(event)), writes(house)) == (("held", "unknown_choice"), [])
    done(hooks(house, "publish", "essai"))
    done(run(house, "inbox", "release", event))
    house.drain()
    assert (said(house.report(event))[0], "door" in live(house, 810)) == ("delivered", True)

    again = held(house, "unknown_choice", mail=ZOES_MAIL, dispo=["Autre chose", "Tractage"], metier="Pilote")
    report = decided(house, again, "--map", "Autre chose=door", "--only-this-time")
    (line,) = [one for one in report["answers"] if one["key"] == "dispo"]
    assert (said(report), live(house, 811)) == (("delivered", None), ["Pilote"])
    assert (line["sent"], line["original"]) == (["door", "leaflets"], ["Autre chose", "Tractage"])
