"""One submission's page: what it says to whom, what can be done now, and the tool's report at the same address."""

from pathlib import Path
from typing import Any

import pytest

from bridge.operations import audit
from bridge.store import tables
from tests.support.json_hook import ESSAI, PROOF, ZOES, change, count, live, plain_house, sent, stored, written
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

HOSTILE = "<b>bold</b>\u202etxet"
HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


@pytest.fixture
def zoes(house: House) -> str:
    event = sent(house, ZOES)
    house.drain()
    return event


@pytest.fixture
def held(house: House) -> str:
    event = sent(house, written(mail="no address", prenom=HOSTILE))
    house.drain()
    return event


def deeds(house: House) -> list[str]:
    with house.services.store.read() as tx:
        return [one.did for one in audit.listed(tx, house.services.vault)]


def job_of(house: House) -> str:
    entries = [one for one in stored(house)["custom_fields"] if not one["deleted_at"]]
    return next(str(one["data"]) for one in entries if one["data"] in ("Boulangère", "Menuisière"))


def test_the_headline_has_the_numbers_and_the_table_both_sides(house: House, zoes: str) -> None:
    visitor = Visitor(house, "staff").get(f"/submissions/{zoes}")

    assert "Written on 22 Nov 2026, 10:00: 1 field changed, 61 kept." in visitor.text
    assert "before: Menuisière Boulangère now: Boulangère changed confirmed by Qomon" in visitor.text
    assert "A plain webhook with these answers would have erased 45 fields" in visitor.text
    assert "zoe" not in visitor.title.lower()


def test_a_viewer_reads_shapes_only_also_in_the_twin(house: House, zoes: str) -> None:
    visitor = Visitor(house, "viewer").get(f"/submissions/{zoes}")
    shown = visitor.source + str(visitor.json(f"/submissions/{zoes}.json"))

    assert "Boulangère" not in shown
    assert "zoe.lefevre" not in shown
    assert "B." in shown
    assert visitor.json(f"/submissions/{zoes}.json")["deeds"] == []


def test_the_twin_has_the_codes(house: House, zoes: str) -> None:
    told = Visitor(house, "staff").json(f"/submissions/{zoes}.json")

    assert (told["outcome"], told["contact"], told["found_by"]) == ("delivered", 9000017, "mail")
    assert [(one["change"], one["before"], one["after"]) for one in told["changed"]] == [
        ("changed", ["Menuisière"], ["Boulangère"])
    ]


def test_what_people_wrote_is_shown_as_text(house: House, held: str) -> None:
    source = Visitor(house, "staff").get(f"/submissions/{held}").source

    assert "&lt;b&gt;bold&lt;/b&gt;" in source
    assert "<b>bold" not in source
    assert "\u202e" not in source


def test_opening_it_is_noted_once_in_ten_minutes_and_person(house: House, zoes: str) -> None:
    visitor = Visitor(house, "staff")
    for _ in range(3):
        visitor.get(f"/submissions/{zoes}")
    once = deeds(house).count("submission_seen")
    Visitor(house, "viewer").get(f"/submissions/{zoes}")
    house.clock.move(minutes=11)
    visitor.get(f"/submissions/{zoes}")

    assert once == 1
    assert deeds(house).count("submission_seen") == 3


def test_an_unknown_one_says_so(house: House) -> None:
    visitor = Visitor(house, "staff").get("/submissions/nobody")

    assert visitor.status == 404
    assert "erased on request" in visitor.text


def test_erased_answers_are_told_and_nothing_is_offered(house: House, zoes: str) -> None:
    change(house, zoes, erased=1_800_000_000_000, record=b"", report=b"")
    visitor = Visitor(house, "staff").get(f"/submissions/{zoes}")

    assert "The answers were erased after their days, as set." in visitor.text
    assert "Boulangère" not in visitor.text.partition("Before and after")[0]
    assert visitor.json(f"/submissions/{zoes}.json")["deeds"] == []


def test_what_does_not_open_says_so(house: House, held: str) -> None:
    change(house, held, record=b"nonsense")

    assert "What is stored of it does not open." in Visitor(house, "staff").get(f"/submissions/{held}").text


def test_a_held_one_is_left_out_and_a_second_time_nothing_is_done(house: House, held: str) -> None:
    visitor = Visitor(house, "staff")
    offered = visitor.json(f"/submissions/{held}.json")["deeds"]
    first = visitor.send(f"/submissions/{held}/leave-out", why="spam").follow().text
    again = visitor.send(f"/submissions/{held}/send")

    assert offered == ["decide", "correct", "release", "skip"]
    assert "Left out on" in first
    assert "Sam left it out spam" in first
    assert (again.status, "it is not held, it is skipped." in again.text) == (409, True)


def test_one_that_waits_is_tried_now(house: House) -> None:
    event = sent(house, ZOES)
    visitor = Visitor(house, "staff").send(f"/submissions/{event}/try")
    waits = visitor.follow().json(f"/submissions/{event}.json")
    house.drain()

    assert (waits["deeds"], bool(waits["next_try"])) == (["retry", "skip"], True)
    assert visitor.json(f"/submissions/{event}.json")["outcome"] == "delivered"


def test_leaving_out_is_confirmed_on_a_page_first(house: House, held: str, zoes: str) -> None:
    visitor = Visitor(house, "staff")

    assert "Leave out 1 submission" in visitor.get(f"/submissions/{held}/leave-out").text
    assert "It is over already" in visitor.get(f"/submissions/{zoes}/leave-out").text
    assert house.report(held)["outcome"] == "held"


def test_put_back_shows_each_field_and_then_does_it_once(house: House, zoes: str) -> None:
    visitor = Visitor(house, "staff")
    shown = visitor.get(f"/submissions/{zoes}/put-back").text
    untouched = job_of(house)
    made = visitor.send(f"/submissions/{zoes}/put-back").answer.headers["Location"]
    again = visitor.send(f"/submissions/{zoes}/put-back").status
    house.drain()

    assert "now: Boulangère would be: Menuisière" in shown
    assert (untouched, job_of(house), again) == ("Boulangère", "Menuisière", 409)
    assert "1 field is as before." in visitor.get(made).text
    assert "Put back by people" in visitor.get(f"/submissions/{zoes}").text


def test_what_somebody_changed_since_is_kept(house: House, zoes: str) -> None:
    place = house.sandbox.contacts.all[9000017]["custom_fields"]
    next(entry for entry in place if entry["data"] == "Boulangère")["data"] = "Fleuriste"
    text = Visitor(house, "staff").get(f"/submissions/{zoes}/put-back").text

    assert "kept: changed since: left as it is" in text
    assert "Put back 0 fields" in text


def test_send_again_shows_what_it_would_do_by_each_version(house: House, zoes: str) -> None:
    with house.services.store.read() as tx:
        hook = house.services.hooks.by_name(tx, "essai")
    assert hook is not None
    house.import_hook(ESSAI.replace("{from: metier, to: custom_fields.Métier}", "{from: metier, to: nothing}"))
    visitor = Visitor(house, "staff")
    text = visitor.get(f"/submissions/{zoes}/send-again").text
    then = visitor.get(f"/submissions/{zoes}/send-again?version=1").status
    made = visitor.send(f"/submissions/{zoes}/send-again", version="1")
    house.drain()

    assert "As now (version 2) As then (version 1)" in text
    assert (then, made.status) == (200, 303)
    assert "Nothing to change" in made.follow().text


def test_what_came_is_for_staff_and_noted(house: House, held: str) -> None:
    refused = Visitor(house, "viewer").send(f"/submissions/{held}/came").status
    visitor = Visitor(house, "staff").send(f"/submissions/{held}/came")

    assert refused == 403
    assert "&lt;b&gt;bold" in visitor.source
    assert deeds(house)[0] == "looked_at"


@pytest.mark.parametrize("deed", ["send", "try", "leave-out", "put-back", "send-again"])
def test_a_viewer_decides_nothing(house: House, held: str, deed: str) -> None:
    visitor = Visitor(house, "viewer").send(f"/submissions/{held}/{deed}")

    assert (visitor.status, house.report(held)["outcome"]) == (403, "held")


def test_a_summary_for_help_holds_nothing_of_a_person(house: House, zoes: str) -> None:
    source = Visitor(house, "staff").get(f"/submissions/{zoes}").source
    summary = source.partition('<pre id="summary">')[2].partition("</pre>")[0]

    assert "outcome: delivered" in summary
    assert not any(word in summary for word in ("zoe", "Boulangère", "9000017", "metier"))


def test_the_tools_report_stays_at_the_same_address(house: House, zoes: str) -> None:
    with_proof: Any = house.door.get(f"/submissions/{zoes}", headers={**PROOF, **HTML})
    with_wrong = house.door.get(f"/submissions/{zoes}", headers={"X-Token": "wrong", **HTML})

    assert with_proof.get_json()["outcome"] == "delivered"
    assert (with_wrong.status_code, with_wrong.mimetype) == (401, "application/problem+json")


def test_a_person_without_a_login_is_asked_for_it_and_a_program_is_refused(house: House, zoes: str) -> None:
    person = house.door.get(f"/submissions/{zoes}", headers=HTML)
    nobody = house.door.get("/submissions/nobody", headers=HTML)
    program = house.door.get(f"/submissions/{zoes}")

    assert person.headers["Location"] == f"/login?next=/submissions/{zoes}"
    assert nobody.status_code == 303
    assert (program.status_code, program.mimetype) == (401, "application/problem+json")


def test_consents_and_who_decided_are_told(house: House) -> None:
    event = sent(house, written(mail="zoe.lefevre@example.org", lettre="Oui"))
    house.drain()
    text = Visitor(house, "staff").get(f"/submissions/{event}").text

    assert live(house, 826) is not None
    assert count(house, tables.receipt) == 1
    assert "Consents" in text
