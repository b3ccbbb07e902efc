"""To do: one card for each cause, and one decision for all that it holds."""

from typing import Any

import pytest
from sqlalchemy import update

from bridge.operations import causes
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.held import HOSTILE, KARIM, cause_of, events_in, held, named, outside
from tests.support.json_hook import (
    ESSAI,
    ZOES_MAIL,
    rows,
    said,
    writes,
)
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House


def many_cards(house: House) -> list[tuple[str, int]]:
    cards = Visitor(house, "viewer").json("/todo.json")["cards"]
    return [(card["reason"], card["many"]) for card in cards]


@pytest.mark.usefixtures("both_stores")
def test_what_one_decision_ends_is_one_card_and_the_worst_comes_first(house: House) -> None:
    outside(house, 3)
    outside(house, 1, "Jamais")
    held(house, **KARIM)
    held(house, **{**KARIM, "metier": "Pilote"})
    held(house, **{**KARIM, "prenom": "Boris"})

    assert many_cards(house) == [
        *(("other_person", 2), ("other_person", 1), ("unknown_choice", 3), ("unknown_choice", 1)),
    ]


def test_staff_see_what_it_is_about_and_viewers_its_shape(house: House) -> None:
    outside(house, 2)
    held(house, **KARIM)
    page = Visitor(house).get("/todo")
    assert "3 submissions wait for your decision." in page.text
    assert "‘Peut-être’ is not a choice of ‘Disponibilités’ in Qomon." in page.text
    assert "The form says: Karim Petit" in page.text
    assert "Will be erased on 20 Feb 2027 if nobody decides." in page.text

    page = Visitor(house, "viewer").get("/todo")
    assert "‘P.’ is not a choice" in page.text
    for personal in ("Peut-être", "Karim", ZOES_MAIL):
        assert personal not in page.source
        assert personal not in page.get("/todo.json").source
        page.get("/todo")


def test_a_viewer_looks_and_decides_nothing(house: House) -> None:
    (event,) = outside(house, 1)
    cause = cause_of(house, event)
    viewer = Visitor(house, "viewer")
    assert "Staff decide" in viewer.get(f"/todo/{cause}").text
    assert "Peut-être" not in viewer.source + viewer.get(f"/todo/{cause}.json").source
    for path in (f"/submissions/{event}/decide", f"/submissions/{event}/correct", f"/submissions/{event}/decide.json"):
        assert viewer.get(path).status == 403
    for path in ("check", "decide", "decide-many", "note"):
        assert viewer.send(f"/todo/{cause}/{path}", choice="skip", event=event).status == 403
    assert viewer.send(f"/submissions/{event}/decide", choice="skip").status == 403
    assert said(house.report(event)) == ("held", "unknown_choice")


def test_nobody_without_a_login_sees_it(house: House) -> None:
    visitor = Visitor(house, None)
    assert visitor.get("/todo").status == 303
    assert visitor.get("/todo.json").status == 401


def test_nothing_to_decide_names_who_closed_the_last_card(house: House) -> None:
    assert "Nothing to decide." in Visitor(house).get("/todo").text
    (event,) = outside(house, 1)
    sam = Visitor(house)
    sam.send(f"/submissions/{event}/decide", choice="skip")
    assert sam.answer.headers["Location"] == "/todo"
    assert "1 submission was left out." in sam.follow().text
    assert "The last card was closed by Sam, 22 Nov 2026, 10:00." in sam.text


@pytest.mark.usefixtures("both_stores")
def test_twelve_are_decided_at_once_after_their_effect_was_shown(house: House) -> None:
    events = outside(house, 12)
    cause = cause_of(house, events[0])
    sam = Visitor(house).get(f"/todo/{cause}")
    assert "12 submissions of essai wait for it." in sam.text
    assert "Peut-être" not in sam.title
    sam.send(f"/todo/{cause}/check", choice="leave_out", what="Peut-être")
    assert "12 submissions will be sent without ‘Peut-être’." in sam.text
    assert "Send 12 submissions" in sam.text
    assert {said(house.report(event))[0] for event in events} == {"held"}

    form: dict[str, Any] = {"choice": "leave_out", "what": "Peut-être", "event": events_in(sam)}
    sam.send(f"/todo/{cause}/decide", **form).follow()
    assert "12 submissions are on their way to Qomon." in sam.text
    house.drain()
    assert {said(house.report(event))[0] for event in events} == {"created"}
    assert [row.cause for row in rows(house, tables.event)] == [None] * 12

    before = writes(house)
    sam.send(f"/todo/{cause}/decide", **form)
    assert "12 submissions stayed as they were" in sam.text
    assert sam.title.startswith("Error: Nothing was done")
    house.drain()
    assert writes(house) == before


def test_what_cannot_be_done_is_told_and_keeps_back_nothing_else(house: House) -> None:
    first, second = outside(house, 2)
    cause = cause_of(house, first)
    sam = Visitor(house)
    sam.send(f"/submissions/{first}/decide", choice="skip")
    sam.send(f"/todo/{cause}/decide", choice="leave_out", what="Peut-être", event=[first, second])
    assert "1 submission stayed as it was" in sam.text
    assert "1 submission is on its way to Qomon." in sam.text
    house.drain()
    assert said(house.report(second))[0] == "created"


def test_a_choice_is_another_one_this_time(house: House) -> None:
    first, second = outside(house, 2)
    cause = cause_of(house, first)
    sam = Visitor(house).get(f"/todo/{cause}")
    assert "In Qomon, in ‘Disponibilités’, this is" in sam.text
    assert '<option value="market">' in sam.source
    sam.send(f"/todo/{cause}/check", choice="once", what="Peut-être", value="")
    assert "Choose first what ‘Peut-être’ is in Qomon." in sam.text
    sam.send(f"/todo/{cause}/check", choice="once", what="Peut-être", value="market")
    assert "2 submissions will be sent with ‘Marchés’ in the place of ‘Peut-être’." in sam.text
    sam.send(f"/todo/{cause}/decide", choice="once", what="Peut-être", value="market", event=events_in(sam))
    house.drain()
    assert [said(house.report(event))[0] for event in (first, second)] == ["created", "created"]


def test_the_first_ones_are_ticked(house: House) -> None:
    house.import_hook(ESSAI.replace("mode: live", "mode: approve"))
    events = [held(house, mail=f"y{number}@example.org", prenom="Ada") for number in range(3)]
    cause = cause_of(house, events[0])
    sam = Visitor(house).get(f"/todo/{cause}")
    assert events_in(sam) == events
    assert "Tick the submissions that are to be sent." in sam.send(f"/todo/{cause}/check", choice="send").text
    sam.send(f"/todo/{cause}/check", choice="send", event=events[:2])
    assert "2 submissions will be sent." in sam.text
    assert "1 other stays in To do." in sam.text
    sam.send(f"/todo/{cause}/decide", choice="send", event=events_in(sam))
    assert sam.answer.headers["Location"] == f"/todo/{cause}"
    house.drain()
    assert [said(house.report(event))[0] for event in events] == ["created", "created", "held"]


def test_many_ask_for_the_password_again_and_are_done_some_at_a_time(house: House) -> None:
    (event,) = outside(house, 1)
    cause = cause_of(house, event)
    sam = Visitor(house)
    assert sam.send(f"/todo/{cause}/decide", choice="skip", event=["0" * 20] * 51).status == 400
    house.clock.move(minutes=20)
    sam.send(f"/todo/{cause}/decide-many", choice="skip", event=event)
    assert "Your password, please" in sam.text
    assert said(house.report(event))[0] == "held"


def test_a_note_is_kept_at_the_cause_sealed_and_noted(house: House) -> None:
    (event,) = outside(house, 1)
    cause = cause_of(house, event)
    sam = Visitor(house)
    sam.send(f"/todo/{cause}/note", note=f"asked Jeanne {HOSTILE}", who="Léa")
    page = sam.get("/todo")
    assert "Léa" in page.text
    assert "asked Jeanne" in page.text
    assert "<script>x" not in page.source
    assert b"Jeanne" not in rows(house, tables.card)[0].sealed
    assert [row.did for row in rows(house, tables.audit)][-1] == "cause_noted"
    assert "Jeanne" not in Visitor(house, "viewer").get("/todo").source
    sam.send(f"/todo/{cause}/note", note="", who="")
    assert rows(house, tables.card) == []
    assert sam.send("/todo/nothing/note", note="x").status == 409


def test_a_note_goes_with_a_person_of_its_card_and_with_its_days(house: House) -> None:
    first, second = held(house, **KARIM), outside(house, 1)[0]
    sam = Visitor(house)
    for event in (first, second):
        sam.send(f"/todo/{cause_of(house, event)}/note", note="asked", who="")
    assert len(rows(house, tables.card)) == 2
    assert house.app.test_cli_runner().invoke(args=["forget", ZOES_MAIL, "--yes", "--all"]).exit_code == 0
    assert [row.cause for row in rows(house, tables.card)] == [cause_of(house, second)]

    with house.services.store.write() as tx:
        tx.execute(update(tables.card).values(at=0))
    house.prune()
    assert len(rows(house, tables.card)) == 1  # somebody still waits there
    sam.send(f"/todo/{cause_of(house, second)}/note", note="asked", who="")
    sam.send(f"/submissions/{second}/decide", choice="skip")
    house.clock.move(days=89)
    house.prune()
    assert len(rows(house, tables.card)) == 1
    house.clock.move(days=2)
    house.prune()
    assert rows(house, tables.card) == []


def test_a_cause_is_lost_by_what_is_decided_and_found_anew(house: House) -> None:
    event = held(house, **KARIM, dispo="Le marché")
    before = cause_of(house, event)
    Visitor(house).send(f"/submissions/{event}/decide", choice="contact", contact=str(ZOE))
    house.drain()
    assert said(house.report(event)) == ("held", "unknown_choice")
    assert [row.cause for row in rows(house, tables.event)] == [None]
    assert cause_of(house, event) not in (before, "None")
    assert "Nothing waits for this decision any more." in Visitor(house).get(f"/todo/{before}").follow().text


def test_rows_of_a_cause_go_on_by_their_number(house: House) -> None:
    events = outside(house, 1)
    cause = cause_of(house, events[0])
    copies(house, 119)
    sam = Visitor(house).get(f"/todo/{cause}")
    assert "120 submissions of essai wait for it." in sam.text
    seen = []
    path: str | None = f"/todo/{cause}.json"
    while path:
        page = sam.json(path)
        seen += [row["event"] for row in page["rows"]]
        path = page["older"] and page["older"].replace("?", ".json?")
    assert len(set(seen)) == len(seen) == 120
    assert sam.get(f"/todo/{cause}?after={10**30}").status == 200
    assert sam.get("/todo/nothing.json").status == 404


def copies(house: House, many: int) -> None:
    """The same row again and again, under other ids."""
    (row,) = [one._asdict() for one in rows(house, tables.event)]
    with house.services.store.write() as tx:
        made = [{**row, "id": f"{number:020x}", "seq": row["seq"] + number} for number in range(1, many + 1)]
        tx.execute(tables.event.insert(), made)


def test_ten_thousand_of_one_cause_are_one_quick_card(house: House) -> None:
    outside(house, 1)
    named(house)
    copies(house, 10_000)
    sam = Visitor(house)
    began = house_time()
    cards = sam.json("/todo.json")["cards"]
    assert [card["many"] for card in cards] == [10_001]
    assert house_time() - began < 1


def house_time() -> float:
    from time import perf_counter

    return perf_counter()


@pytest.mark.usefixtures("both_stores")
def test_what_has_no_cause_gets_one_in_small_steps(house: House) -> None:
    outside(house, 1)
    copies(house, 450)
    store, vault = house.services.store, house.services.vault
    assert causes.name_some(store, vault) == 200
    with store.read() as tx:
        assert causes.unnamed(tx) == 251
    causes.each_minute(house.services)
    assert causes.name_some(store, vault) == 0
    assert len({row.cause for row in rows(house, tables.event)}) == 1


def test_what_does_not_open_is_a_card_too(house: House) -> None:
    (event,) = outside(house, 1)
    with house.services.store.write() as tx:
        tx.execute(update(tables.event).values(report=b"torn", record=b"torn"))
    assert many_cards(house) == [("unknown_choice", 1)]
    sam = Visitor(house).get(f"/submissions/{event}/decide")
    assert "does not open" in sam.text
    assert sam.send(f"/submissions/{event}/decide", choice="skip").status == 303
