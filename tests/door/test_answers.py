"""What a caller is told: its own answers and never what Qomon holds; duplicates, batches, reports asked for later."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bridge.model import Outcome
from bridge.proofs.verify import Proof, sign
from bridge.qomon.sandbox.people import ZOE
from bridge.report import report
from bridge.store import tables
from schemas import codes
from schemas.report import caller_view
from tests.support.json_hook import (
    ESSAI,
    HEADER,
    PROOF,
    SOMEBODY,
    TOKEN,
    asked,
    count,
    plain_house,
    rows,
    said,
    send,
    sent,
    statuses,
    writes,
    written,
)
from tests.support.whole_bridge import NOW, House, sample, tally_signature

MAIL_ONLY = written(mail="zoe.lefevre@example.org")
ZOES = written(mail="zoe.lefevre@example.org", prenom="Zoé", metier="Boulangère", dispo=["Tractage"], lettre="Oui")


def told_later(house: House, body: bytes) -> Any:
    """The caller's view of an event once it has crossed: what the same call is then answered."""
    send(house, body)
    house.drain()
    (event,) = send(house, body)["events"]
    assert event["outcome"] == "duplicate"
    return event["first"]


def nameless(view: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in view.items() if key not in ("event", "report_url")}


def test_the_caller_sees_its_answers_where_they_go_and_the_entries_that_it_asks_for(house: House) -> None:
    view = told_later(house, ZOES)

    assert list(view) == [
        "event", "hook", "outcome", "reason", "received_at", "submitted_at",
        "answers", "formdatas", "custom_fields", "report_url",
    ]  # fmt: skip
    assert (view["hook"], view["outcome"], view["reason"]) == ("essai", "delivered", None)
    assert view["answers"][2] == {
        "key": "metier", "label": "metier", "status": "mapped", "to": "custom_fields.Métier", "sent": "Boulangère",
    }  # fmt: skip
    assert view["formdatas"] == [{"form_id": 710, "form_ref_id": 7101, "data": "consent_email"}]
    assert view["custom_fields"] == [
        {"form_id": 811, "form_ref_id": 8111, "data": "Boulangère"},
        {"form_id": 810, "form_ref_id": 8102, "data": "leaflets"},
    ]
    assert view["report_url"] == f"https://bridge.example.org/submissions/{view['event']}"


def test_nothing_that_only_qomon_holds_reaches_the_caller(house: House) -> None:
    view = json.dumps(told_later(house, ZOES), ensure_ascii=False)

    only_qomon = (
        str(ZOE), "Lefèvre-Brûlé", "06 39 98 01 77", "+33639980177", "01 99 00 12 34", "1988-02-29", "crm-1188",
        "rue des Tilleuls", "Bourg-en-Bresse", "Bénévole", "marché", "Menuisière", "couture", "supporter", "Zozo",
    )  # fmt: skip
    assert [value for value in only_qomon if value in view] == []


@pytest.mark.parametrize("body", [ZOES, MAIL_ONLY, written(mail="zoe.lefevre@example.org", dispo="Autre chose")])
@pytest.mark.parametrize("missing", ["create", "hold", "ignore"])
@pytest.mark.parametrize("mode", ["live", "preview"])
def test_the_answer_does_not_tell_whether_the_person_was_known(
    tmp_path: Path, mode: str, missing: str, body: bytes
) -> None:
    text = ESSAI.replace("missing: create", f"missing: {missing}").replace("mode: live", f"mode: {mode}")
    knows, knows_not = plain_house(tmp_path / "one", text), plain_house(tmp_path / "other", text)
    knows_not.sandbox.contacts.all.pop(ZOE)

    assert nameless(told_later(knows, body)) == nameless(told_later(knows_not, body))


@pytest.mark.parametrize("outcome", ["other_person", "several_contacts", "do_not_contact"])
def test_the_answer_does_not_tell_what_is_wrong_with_the_contact(tmp_path: Path, outcome: str) -> None:
    mails = {
        "other_person": "karim.benali@example.org",
        "several_contacts": "twice@sandbox.test",
        "do_not_contact": "solene.guivarch@example.org",
    }
    house = plain_house(tmp_path)

    view = told_later(house, written(mail=mails[outcome], prenom="Solène", lettre="Oui"))

    assert house.report(view["event"])["reason"] == outcome
    assert (view["outcome"], view["reason"]) == ("accepted", None)
    assert set(statuses(view).values()) == {"mapped"}


@pytest.mark.parametrize("outcome", [*Outcome])
@pytest.mark.parametrize("creates", [True, False])
def test_each_outcome_reads_as_the_design_says(outcome: str, *, creates: bool) -> None:
    told = {**report.start("essai", 1, Outcome(outcome), None, None, NOW), "event": "e"}

    shown = caller_view(told, "https://bridge.example.org", creates=creates)["outcome"]

    written_ = "delivered" if creates else "accepted"
    named = dict.fromkeys(("delivered", "created", "unchanged"), written_) | {"ignored": "ignored"}
    assert shown == named.get(outcome, "accepted")


@pytest.mark.parametrize("reason", codes.HELD)
def test_a_reason_to_hold_is_told_only_if_the_submission_alone_caused_it(reason: str) -> None:
    told = {**report.start("essai", 1, Outcome.HELD, reason, None, NOW), "event": "e"}

    shown = caller_view(told, "https://bridge.example.org", creates=True)

    own = reason in ("unreadable", "thin_ping", "no_identity")
    assert said(shown) == (("held", reason) if own else ("accepted", None))


@pytest.mark.parametrize("reason", codes.IGNORED)
def test_an_ignored_event_says_why_unless_that_tells_who_is_known(reason: str) -> None:
    told = {**report.start("essai", 1, Outcome.IGNORED, reason, None, NOW), "event": "e"}

    shown = caller_view(told, "https://bridge.example.org", creates=False)

    assert said(shown) == (("accepted", None) if reason == "missing_contact" else ("ignored", reason))


def test_a_hook_without_any_proof_answers_ids_only(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace(HEADER, "none"))

    first, again = (house.door.post("/hooks/essai234", data=ZOES).get_json() for _ in range(2))

    assert first == {"delivery": first["delivery"], "events": [{"event": first["events"][0]["event"]}]}
    assert again["events"] == first["events"]
    assert house.door.get(f"/submissions/{first['events'][0]['event']}").status_code == 401


def test_a_hook_that_answers_in_full_shows_the_staffs_view(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("wait: 0", "wait: 0\nanswer: full"))

    view = told_later(house, ZOES)

    assert view == house.report(view["event"])
    assert (view["contact"]["id"], view["revision"], "cost" in view) == (ZOE, 1, True)


@pytest.mark.parametrize("scheme", ["header", "basic", "bearer"])
def test_a_report_is_shown_later_to_whoever_has_the_hooks_proof(tmp_path: Path, scheme: str) -> None:
    proofs = {
        "header": (HEADER, Proof("header", (TOKEN,), header="X-Token")),
        "basic": ("{scheme: basic, user: moi, secret: $JSON_TOKEN}", Proof("basic", (TOKEN,), user="moi")),
        "bearer": ("{scheme: bearer, secret: $JSON_TOKEN}", Proof("bearer", (TOKEN,))),
    }
    text, proof = proofs[scheme]
    house = plain_house(tmp_path, ESSAI.replace(HEADER, text))
    event = sent(house, ZOES, sign(ZOES, proof, NOW))
    house.drain()

    answer = house.door.get(f"/submissions/{event}", headers=sign(b"", proof, NOW))

    assert (answer.status_code, said(answer.get_json())) == (200, ("delivered", None))
    assert house.door.get(f"/submissions/{event}").status_code == 401
    assert house.door.get("/submissions/nobody", headers=sign(b"", proof, NOW)).status_code == 401


def test_a_signature_opens_no_report_later(tmp_path: Path) -> None:
    house = House(tmp_path)
    event = house.post(sample())["events"][0]["event"]

    answer = house.door.get(f"/submissions/{event}", headers=tally_signature(b""))

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_the_same_bytes_again_make_no_second_event_and_answer_the_first_report(house: House) -> None:
    first = sent(house, ZOES)
    house.drain()
    (again,) = send(house, ZOES)["events"]
    house.drain()

    assert list(again) == ["event", "outcome", "first"]
    assert (again["event"], again["outcome"]) == (first, "duplicate")
    assert (again["first"]["event"], again["first"]["outcome"]) == (first, "delivered")
    assert (count(house, tables.event), asked(house, "PATCH")) == (1, 1)


def test_a_tools_own_id_counts_for_ever(house: House) -> None:
    first = sent(house, ZOES, {"Idempotency-Key": "k-1"})
    house.clock.move(days=300)

    assert sent(house, ZOES, {"Idempotency-Key": "k-1"}) == first
    assert count(house, tables.event) == 1


def test_the_same_id_with_other_answers_is_a_new_event_with_a_note(house: House) -> None:
    first = sent(house, ZOES, {"Idempotency-Key": "k-1"})
    second = sent(house, MAIL_ONLY, {"Idempotency-Key": "k-1"})
    house.drain()

    assert second != first
    assert house.report(first)["notes"] == []
    assert house.report(second)["notes"] == [{"code": "key_reused", "answer": None, "rule": None}]
    assert sent(house, ZOES, {"Idempotency-Key": "k-1"}) == first


def test_a_tally_response_that_was_edited_is_a_new_event(tmp_path: Path) -> None:
    house = House(tmp_path)

    first = house.cross(sample())
    second = house.cross(sample(Nom="Lefèvre"))

    assert [note["code"] for note in second["notes"]] == ["key_reused"]
    assert second["event"] != first["event"]


@pytest.mark.parametrize(("minutes", "events"), [(9.9, 1), (10.1, 2)])
def test_without_an_id_the_same_bytes_are_the_same_event_for_ten_minutes(
    house: House, minutes: float, events: int
) -> None:
    send(house, ZOES)
    house.clock.move(minutes=minutes)
    send(house, ZOES)

    assert count(house, tables.event) == events
    assert [note for row in rows(house, tables.event) for note in house.report(row.id)["notes"]] == []


def test_what_a_tool_changes_by_itself_does_not_make_another_event(house: House) -> None:
    """Spaces and the order of keys are the tool's business; the digest is of the record."""
    first = sent(house, b'{"mail": "camille.exemple@example.org", "prenom": "Camille"}')

    assert sent(house, b'{"prenom":"Camille","mail":"camille.exemple@example.org"}') == first


def test_two_hooks_do_not_share_their_duplicates(tmp_path: Path) -> None:
    other = ESSAI.replace("hook: essai", "hook: autre").replace("essai234", "autre234")
    house = plain_house(tmp_path, ESSAI, other)

    send(house, ZOES)
    house.door.post("/hooks/autre234", data=ZOES, headers=PROOF)

    assert count(house, tables.event) == 2


def test_each_record_of_a_list_is_an_event_of_its_own(house: House) -> None:
    batch = json.dumps([{"mail": SOMEBODY, "prenom": "Camille"}, {"prenom": "Sans"}, {"mail": SOMEBODY}]).encode()

    answer = send(house, batch)
    house.drain()

    outcomes = [said(house.report(event["event"])) for event in answer["events"]]
    assert outcomes == [("created", None), ("held", "no_identity"), ("unchanged", None)]
    assert (count(house, tables.delivery), count(house, tables.event)) == (1, 3)
    assert [event["outcome"] for event in send(house, batch)["events"]] == ["duplicate"] * 3


def test_an_empty_list_is_a_delivery_without_events(house: House) -> None:
    answer = send(house, b"[]")

    assert (answer["events"], count(house, tables.delivery), count(house, tables.event)) == ([], 1, 0)


@pytest.mark.parametrize(("mode", "outcome"), [("capture", "captured"), ("preview", "previewed")])
def test_a_hook_that_does_not_write_says_accepted_and_writes_nothing(tmp_path: Path, mode: str, outcome: str) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", f"mode: {mode}"))

    view = told_later(house, ZOES)

    assert (view["outcome"], house.report(view["event"])["outcome"]) == ("accepted", outcome)
    assert (writes(house), count(house, tables.lane)) == ([], 0)


def test_events_that_the_filter_leaves_out_say_so(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("wait: 0", "wait: 0\nonly: {answer: pays, is: [France]}"))

    (event,) = send(house, written(mail=SOMEBODY, pays="Belgique"))["events"]

    assert said(event) == ("ignored", "filter")
