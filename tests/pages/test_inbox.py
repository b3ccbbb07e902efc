"""The inbox: what is listed for whom, its filters, its file; many at once; batches."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from bridge.operations import audit, jobs
from bridge.store import tables
from tests.support.json_hook import SOMEBODY, ZOES, change, count, plain_house, rows, sent, written
from tests.support.json_hook import stored as contact_of
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

HOSTILE = "<script>alert(1)</script>\u202egnirts"
NOBODYS = written(mail="no address", prenom=HOSTILE)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


@pytest.fixture
def zoes(house: House) -> str:
    """Written on Zoé's contact."""
    event = sent(house, ZOES)
    house.drain()
    return event


@pytest.fixture
def held(house: House) -> str:
    """It says no address."""
    event = sent(house, NOBODYS)
    house.drain()
    return event


def metier(house: House) -> list[str]:
    entries = contact_of(house)["custom_fields"]
    return [one["data"] for one in entries if one["data"] in ("Boulangère", "Menuisière") and not one["deleted_at"]]


def listed(visitor: Visitor, path: str = "/inbox.json") -> list[str]:
    return [one["event"] for one in visitor.json(path)["rows"]]


def deeds(house: House) -> list[str]:
    with house.services.store.read() as tx:
        return [one.did for one in audit.listed(tx, house.services.vault)]


def job_in(visitor: Visitor) -> str:
    found = re.search(r'name="job" value="([0-9a-f]+)"', visitor.source)
    assert found is not None
    return found[1]


def test_the_newest_is_first_with_what_became_of_it(house: House, zoes: str, held: str) -> None:
    visitor = Visitor(house, "staff").get("/inbox")

    assert "2 submissions, the newest first." in visitor.text
    assert "zoe.lefevre@example.org Written 1 field" in visitor.text
    assert listed(visitor) == [held, zoes]


def test_what_people_wrote_is_shown_as_text(house: House, held: str) -> None:
    visitor = Visitor(house, "staff").get("/inbox")

    assert "&lt;script&gt;" in visitor.source
    assert "<script>alert" not in visitor.source
    assert "\u202e" not in visitor.source


def test_a_viewer_sees_nobody_and_decides_nothing(house: House, zoes: str) -> None:
    visitor = Visitor(house, "viewer").get("/inbox")
    shown = visitor.source + str(visitor.json("/inbox.json"))

    assert "zoe.lefevre" not in shown
    assert "z•••@e•••.org" in shown
    assert 'name="deed"' not in shown


@pytest.mark.parametrize("path", ["/inbox/chosen", "/inbox/do", "/inbox/do-many", "/batches/a/stop"])
def test_only_staff_may_act_on_many(house: House, path: str) -> None:
    assert Visitor(house, "viewer").send(path, deed="skip").status == 403


def test_a_viewer_takes_no_list_away(house: House) -> None:
    assert Visitor(house, "viewer").get("/inbox/export.csv").status == 403


def test_filters_are_codes_in_the_address_and_each_can_be_taken_off(house: House, zoes: str, held: str) -> None:
    visitor = Visitor(house, "staff").get("/inbox?outcome=held&reason=no_identity&period=today")
    text, hrefs = visitor.text, re.findall(r'class="chip" href="([^"]+)"', visitor.source)

    assert listed(visitor, "/inbox.json?outcome=held&reason=no_identity&period=today") == [held]
    assert "/inbox?outcome=held&amp;period=today" in hrefs
    assert "1 submission for this filter." in text


def test_a_form_that_says_nothing_of_a_filter_leaves_it_out_of_the_address(house: House) -> None:
    answer = Visitor(house, "staff").get("/inbox?webhook=&outcome=held&period=").answer

    assert answer.headers["Location"] == "/inbox?outcome=held"


def test_unknown_codes_are_no_filter(house: House, zoes: str) -> None:
    assert listed(Visitor(house, "staff"), "/inbox.json?outcome=nonsense&period=century&version=x") == [zoes]


def test_nothing_for_a_filter_names_what_to_take_off(house: House, zoes: str) -> None:
    text = Visitor(house, "staff").get("/inbox?outcome=failed&period=7d").text

    assert "Nothing for this filter. Take off: Given up, 7 days." in text


def test_before_anything_came_it_says_what_to_do(house: House) -> None:
    assert "Nothing has arrived yet." in Visitor(house, "staff").get("/inbox").text


def test_older_ones_are_behind_a_link(house: House) -> None:
    events = [sent(house, written(mail=f"a{number}@example.org")) for number in range(52)]
    visitor = Visitor(house, "staff")
    first = visitor.json("/inbox.json")

    assert len(first["rows"]) == 50
    assert listed(visitor, f"/inbox.json?before={first['next']}") == [events[1], events[0]]


def test_the_file_is_for_spreadsheets_and_harmless(house: House, zoes: str) -> None:
    sent(house, written(mail="", prenom='=HYPERLINK("https://x.example")', nom="@b"))
    answer = Visitor(house, "staff", "fr").get("/inbox/export.csv").answer
    text = answer.get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))

    assert text.startswith("\ufeffevent;submitted_at")
    assert lines[0]["person"].startswith("'=HYPERLINK")
    assert (lines[1]["outcome"], lines[1]["person"], lines[1]["contact"]) == (
        "delivered",
        "zoe.lefevre@example.org",
        "9000017",
    )
    assert deeds(house)[0] == "submissions_exported"
    assert SOMEBODY not in answer.headers["Content-Disposition"]


def test_the_next_page_says_what_it_would_do_and_does_nothing(house: House, zoes: str, held: str) -> None:
    visitor = Visitor(house, "staff").send("/inbox/chosen", deed="skip", event=[zoes, held])

    assert "Leave out 1 submission" in visitor.text
    assert "1 more was chosen and stays as it is" in visitor.text
    assert house.report(held)["outcome"] == "held"


def test_nothing_ticked_leads_back(house: House) -> None:
    visitor = Visitor(house, "staff").send("/inbox/chosen", deed="skip").follow()

    assert "Nothing was ticked" in visitor.text


def test_ten_thousand_ticks_get_a_clear_answer(house: House) -> None:
    visitor = Visitor(house, "staff").send("/inbox/chosen", deed="restore", event=[f"{n:020x}" for n in range(10_000)])

    assert visitor.status == 409
    assert "10,000 are ticked; at most 1,000 can be named one by one." in visitor.text


def test_those_ticked_are_left_out_once(house: House, held: str) -> None:
    visitor = Visitor(house, "staff").send("/inbox/do", deed="skip", event=[held], why="spam").follow()
    again = Visitor(house, "staff").send("/inbox/do", deed="skip", event=[held]).follow()

    assert "1 submission left out." in visitor.text
    assert "it is done already" in again.text
    assert deeds(house).count("skipped") == 1


def test_what_cannot_be_sent_keeps_back_nothing_else_and_says_why(house: House, held: str) -> None:
    other = sent(house, written(mail="no address either", nom="X"))
    house.drain()
    change(house, held, hook="gone")
    visitor = Visitor(house, "staff").send("/inbox/do", deed="release", event=[held, other]).follow()

    assert "1 not done: its webhook was deleted." in visitor.text
    assert "1 submission sent." in visitor.text


def test_more_than_fifty_ask_for_the_password_again(house: House) -> None:
    events = [sent(house, written(nom=f"N{number}")) for number in range(51)]
    house.drain()
    visitor = Visitor(house, "staff")
    house.clock.move(minutes=16)
    few = visitor.send("/inbox/do", deed="skip", event=events).text
    many = visitor.send("/inbox/do-many", deed="skip", event=events).text

    assert "there are more of them by now" in few
    assert "password" in many.lower()
    assert {house.report(event)["outcome"] for event in events} == {"held"}


def test_put_back_in_bulk_is_a_batch_of_its_own(house: House, zoes: str, held: str) -> None:
    visitor = Visitor(house, "staff").send("/inbox/chosen", deed="restore", event=[zoes, held])
    job = job_in(visitor)
    before = metier(house)
    for _ in range(2):
        visitor.send("/inbox/do", deed="restore", event=[zoes, held], job=job)
    house.drain()
    page = Visitor(house, "viewer").get(f"/batches/{job}")

    assert (before, metier(house)) == (["Boulangère"], ["Menuisière"])
    assert count(house, tables.job) == 1
    assert "1 of 1 done, 0 left." in page.text
    assert page.json(f"/batches/{job}.json")["batch"]["outcomes"] == {"restored": 1}


def test_all_of_a_webhook_is_sent_again(house: House, zoes: str) -> None:
    (hook,) = rows(house, tables.hook)
    visitor = Visitor(house, "staff").send("/inbox/chosen", deed="replay", all="1", webhook=hook.id)
    job = job_in(visitor)
    compared = visitor.send("/inbox/chosen", deed="replay", all="1", webhook=hook.id, look="1").text
    visitor.send("/inbox/do", deed="replay", all="1", webhook=hook.id, job=job)
    house.drain()

    assert "Received by essai, version 1" in compared
    assert visitor.json(f"/batches/{job}.json")["batch"]["outcomes"] == {"unchanged": 1}


def test_contacts_are_looked_at_in_qomon_before_they_are_put_back(house: House, zoes: str) -> None:
    text = Visitor(house, "staff").send("/inbox/chosen", deed="restore", event=[zoes], look="1").text

    assert "1 was looked at in Qomon: Contacts wholly as before 1 Fields put back 1" in text


def test_too_many_of_a_filter_get_a_clear_answer(
    house: House, zoes: str, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.pages.chosen.AT_ONCE", 1)
    visitor = Visitor(house, "staff").send("/inbox/chosen", deed="skip", all="1")

    assert "these are more than 1. Take a shorter period" in visitor.text


def test_a_batch_is_stopped_and_goes_on(house: House, zoes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AHEAD", 0)
    visitor = Visitor(house, "staff").send("/inbox/chosen", deed="restore", event=[zoes])
    job = job_in(visitor)
    visitor.send("/inbox/do", deed="restore", event=[zoes], job=job)
    stopped = visitor.send(f"/batches/{job}/stop").follow().text
    monkeypatch.undo()
    visitor.send(f"/batches/{job}/resume")
    house.drain()

    assert "Stopped" in stopped
    assert metier(house) == ["Menuisière"]
    assert "Put back 1 submission" in visitor.get("/batches").text


def test_an_unknown_batch_is_not_there(house: House) -> None:
    assert Visitor(house, "staff").get("/batches/nobody").status == 404


@pytest.mark.parametrize("fields", [{"deed": "erase"}, {"deed": "restore", "job": "../x"}])
def test_a_forged_form_does_nothing(house: House, zoes: str, fields: dict[str, Any]) -> None:
    assert Visitor(house, "staff").send("/inbox/do", event=[zoes], **fields).status == 400
