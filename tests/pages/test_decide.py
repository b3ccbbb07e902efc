"""One held submission: decided beside what Qomon holds, or its answers put right."""

from typing import Any

from sqlalchemy import update

from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.held import HOSTILE, KARIM, cause_of, held, named, outside
from tests.support.json_hook import (
    ESSAI,
    PROOF,
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    fault,
    live,
    rows,
    said,
    stored,
    writes,
)
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House


def test_another_person_on_a_shared_mail_is_decided_beside_qomons(house: House) -> None:
    event = held(house, **KARIM)
    sam = Visitor(house).get(f"/submissions/{event}/decide")
    for told in (
        "Karim Petit",
        "Zoé Lefèvre-Brûlé",
        "Bourg-en-Bresse",
        "Menuisière",
        "Boulangère",
        "Create a new contact",
    ):
        assert told in sam.text
    assert "Karim" not in sam.title
    assert rows(house, tables.audit)[-1].did == "submission_seen"
    twin = sam.json(f"/submissions/{event}/decide.json")
    assert [one["contact"] for one in twin["candidates"]] == [ZOE]
    assert twin["choices"] == ["same", "create", "contact", "skip"]
    assert writes(house) == []

    sam.send(f"/submissions/{event}/decide", choice="create").follow()
    assert "1 submission is on its way to Qomon." in sam.text
    house.drain()
    report = house.report(event)
    assert (said(report)[0], stored(house, report["contact"]["id"])["firstname"]) == ("created", "Karim")

    sam.send(f"/submissions/{event}/decide", choice="create")
    assert (sam.status, "Nothing was done" in sam.text) == (409, True)
    sam.get(f"/submissions/{event}/decide")
    assert "Decided already" in sam.text
    assert "Sam decided on 22 Nov 2026, 10:00." in sam.text


def test_one_decision_may_count_for_all_of_one_person(house: House) -> None:
    first, second = held(house, **KARIM), held(house, **{**KARIM, "metier": "Pilote"})
    named(house)
    sam = Visitor(house).get(f"/submissions/{first}/decide")
    assert "also 1 other for the same cause" in sam.text
    sam.send(f"/submissions/{first}/decide", choice="same", alike="1").follow()
    assert "2 submissions are on their way to Qomon." in sam.text
    house.drain()
    assert {said(house.report(event))[0] for event in (first, second)} == {"delivered"}
    assert live(house, 811) == ["Pilote"]


def test_a_contacts_number_is_digits(house: House) -> None:
    event = held(house, **KARIM)
    for said_number in ("", "zoé", "-1", "9" * 30, "٣"):
        sam = Visitor(house).send(f"/submissions/{event}/decide", choice="contact", contact=said_number)
        assert (sam.status, "digits only" in sam.text) == (409, True)
    assert sam.send(f"/submissions/{event}/decide", choice="contact", contact="12").status == 409
    assert sam.send(f"/submissions/{event}/decide", choice="nonsense").status == 400
    assert sam.get("/submissions/nobody/decide").status == 404
    assert said(house.report(event)) == ("held", "other_person")


def test_the_ticked_answers_alone_are_used(house: House) -> None:
    event = held(house, mail=ZOES_MAIL, metier="Pilote", naissance="03/02/1987", dispo="Rue")
    house.clock.move(hours=1)
    edited = dict.fromkeys(("lastchange", "UpdatedAt"), "2026-11-22T09:30:00.000Z")
    house.sandbox.contacts.all[ZOE].update(birthdate="1988-03-01T00:00:00.000Z", **edited)
    sam = Visitor(house)
    sam.send(f"/submissions/{event}/decide", choice="leave_out", what="Rue")
    house.drain()
    assert said(house.report(event)) == ("held", "edited_since")

    sam.get(f"/submissions/{event}/decide")
    assert "Fill blanks only" in sam.text
    assert 'name="field" value="custom_fields.Métier"' in sam.source
    sam.send(f"/submissions/{event}/decide", choice="only")
    assert "Tick the answers that are to be used." in sam.text
    sam.send(f"/submissions/{event}/decide", choice="only", field=["custom_fields.Métier"])
    house.drain()
    assert (said(house.report(event))[0], live(house, 811)) == ("delivered", ["Pilote"])
    assert stored(house)["birthdate"][:10] == "1988-03-01"


def test_a_choice_is_another_one_from_now_on(house: House) -> None:
    (event,) = outside(house, 1)
    sam = Visitor(house)
    assert "Always" not in sam.get(f"/submissions/{event}/decide").text
    house.import_hook(ESSAI.replace("mode: live", "mode: live\nowner: pages"))
    assert "Always" in sam.get(f"/submissions/{event}/decide").text
    for path in (f"/submissions/{event}/decide", f"/todo/{cause_of(house, event)}/check"):
        sam.send(path, choice="mapped", what="Peut-être", value="market").follow()
        assert "The draft of essai has it. Publish it, then send what waits here." in sam.text
    assert said(house.report(event)) == ("held", "unknown_choice")


def test_a_field_that_is_gone_is_named_and_the_rest_is_sent(house: House) -> None:
    left = [form for form in house.sandbox.forms["custom_fields"] if form["id"] != 811]
    house.sandbox.forms = {**house.sandbox.forms, "custom_fields": left}
    house.clock.move(minutes=11)
    event = held(house, mail=SOMEBODY, prenom="Ada", metier="Pilote")
    assert said(house.report(event)) == ("held", "unknown_field")
    sam = Visitor(house).get("/todo")
    assert "No longer in Qomon: ‘Métier’" in sam.text
    sam.get(f"/submissions/{event}/decide")
    assert "Do not send ‘metier’" in sam.text
    sam.send(f"/submissions/{event}/decide", choice="leave_out", what="metier")
    house.drain()
    assert said(house.report(event))[0] == "created"


def test_qomon_that_does_not_answer_is_said_and_leaving_out_stays_possible(house: House) -> None:
    event = held(house, **KARIM)
    fault(house, "POST", "search", "error_before", times=50)
    sam = Visitor(house).get(f"/submissions/{event}/decide")
    assert (sam.status, "Qomon cannot be asked now" in sam.text) == (200, True)
    assert "Create a new contact" not in sam.text
    assert sam.json(f"/submissions/{event}/decide.json")["away"] is True
    sam.send(f"/submissions/{event}/decide", choice="skip").follow()
    assert "1 submission was left out." in sam.text


def test_what_people_wrote_is_only_ever_text(house: House) -> None:
    event = held(house, mail="x@example.org", prenom=HOSTILE, dispo=HOSTILE)
    cause = cause_of(house, event)
    sam = Visitor(house)
    for path in ("/todo", f"/todo/{cause}", f"/submissions/{event}/decide", f"/submissions/{event}/correct"):
        assert sam.get(path).status == 200
        assert "<script>x" not in sam.source
        assert "gnol" in sam.source


def test_an_answer_is_put_right_and_what_was_said_stays_beside_it(house: House) -> None:
    event = held(house, mail="zoe.lefevre(at)example.org", metier="Boulangère")
    sam = Visitor(house).get(f"/submissions/{event}/correct")
    assert "2 answers can be put right" in sam.text
    assert 'value="zoe.lefevre(at)example.org"' in sam.source
    typed: dict[str, Any] = {"answer-1": ZOES_MAIL, "answer-2": "Boulangère"}

    sam.send(f"/submissions/{event}/correct", **typed)
    assert (sam.status, sam.title.startswith("Error: ")) == (409, True)
    assert "Say why: it stays beside the answer." in sam.text
    assert f'value="{ZOES_MAIL}"' in sam.source

    sam.send(f"/submissions/{event}/correct", **typed, why="a typo").follow()
    assert "1 submission is on its way to Qomon." in sam.text
    house.drain()
    report = house.report(event)
    line = report["answers"][0]
    assert said(report)[0] == "delivered"
    assert (line["original"], line["corrected_by"], line["why"]) == ("zoe.lefevre(at)example.org", "Sam", "a typo")
    assert len([one for one in report["answers"] if "original" in one]) == 1

    sam.get(f"/submissions/{event}/correct")
    assert "zoe.lefevre(at)example.org" in sam.text
    assert "It was written already" in sam.text


def test_nothing_changed_is_said_and_nothing_typed_is_lost(house: House) -> None:
    event = held(house, mail="zoe(at)example.org", metier="Boulangère")
    sam = Visitor(house)
    same: dict[str, Any] = {"answer-1": "zoe(at)example.org"}
    sam.send(f"/submissions/{event}/correct", **same, why="hm")
    assert "No answer was changed." in sam.text
    with house.services.store.write() as tx:
        tx.execute(update(tables.hook).values(deleted_at=1))
    house.services.hooks.forget()
    typed: dict[str, Any] = {"answer-1": ZOES_MAIL, "answer-2": "Juge", "why": "hm"}
    sam.send(f"/submissions/{event}/correct", **typed)
    assert (sam.status, "its webhook was deleted" in sam.text) == (409, True)
    assert ZOES_MAIL in sam.text
    assert "Juge" in sam.text
    assert said(house.report(event)) == ("held", "no_identity")


def test_a_consent_needs_the_persons_own_word(house: House) -> None:
    event = held(house, mail="zoe(at)example.org", lettre="Non")
    sam = Visitor(house)
    typed: dict[str, Any] = {"answer-1": SOMEBODY, "answer-2": "Oui", "why": "on the phone"}
    sam.send(f"/submissions/{event}/correct", **typed)
    assert "If they told you themselves, tick it." in sam.text
    assert "--confirmed" not in sam.text
    assert 'value="Oui"' in sam.source
    sam.send(f"/submissions/{event}/correct", **typed, confirmed="1")
    house.drain()
    assert said(house.report(event))[0] == "created"


def test_a_call_that_nobody_can_read_is_mended_as_text(house: House) -> None:
    answer = house.door.post("/hooks/essai234", data=ZOES[:-1], headers={**PROOF, "Content-Type": "application/json"})
    event = answer.get_json()["events"][0]["event"]
    sam = Visitor(house).get(f"/submissions/{event}/correct")
    assert "mend its text" in sam.text
    assert "Boulangère" in sam.text
    sam.send(f"/submissions/{event}/correct", body="{ still cut", why="cut")
    assert (sam.status, "{ still cut" in sam.text) == (409, True)
    sam.send(f"/submissions/{event}/correct", body=ZOES.decode(), why="cut by the tool")
    assert sam.status == 303
    house.drain()
    assert said(house.report(event))[0] == "delivered"
    assert live(house, 811) == ["Boulangère"]
