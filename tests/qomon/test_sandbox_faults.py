"""The sandbox's faults and readings of what is unknown, over HTTP: docs/qomon.md 9 and 11.7."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

import pytest
import requests

from bridge.commands.sandbox import server
from bridge.errors import Unanswered
from bridge.qomon.client import Qomon
from bridge.qomon.pace import Pace
from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.qomon.sandbox.people import ZOE
from tests.support.sandbox_client import KARIM, KEY, NOW, OLD, Desk, entry, live
from tests.support.wsgi_adapter import mounted


def plan(desk: Desk, method: str, fault: str, **more: Any) -> int:
    asked = {"method": method, "path": "contacts", "fault": fault, **more}
    return desk.web.post("/_sandbox/faults", json=asked).status_code


def test_a_colleague_edits_right_after_the_next_read_of_that_contact(desk: Desk) -> None:
    plan(desk, "GET", "edited", contact=ZOE, edit={"mobile": "+33639980111"})
    desk.read(KARIM)
    first, second, third = (desk.read()["mobile"] for _ in range(3))
    assert (first, second, third) == ("06 39 98 01 77", "+33639980111", "+33639980111")


def test_an_edit_right_after_a_write_is_not_in_its_echo(desk: Desk) -> None:
    plan(desk, "PATCH", "edited", edit={"surname": "Autre"})
    echo = desk.patch(surname="Lefèvre").get_json()["data"]["contact"]
    assert (echo["surname"], desk.stored()["surname"]) == ("Lefèvre", "Autre")


def test_a_contact_is_merged_away_right_after_it_was_read(desk: Desk) -> None:
    plan(desk, "GET", "merged_away", contact=ZOE)
    assert (desk.read(KARIM)["id"], desk.read()["id"]) == (KARIM, ZOE)
    assert (desk.patch(firstname="Zoé").status_code, desk.read(KARIM)["id"]) == (404, KARIM)


def test_a_slow_answer_is_right_and_late(desk: Desk) -> None:
    plan(desk, "GET", "slow", ms=3000)
    assert (desk.read()["id"], (desk.clock.now - NOW).total_seconds()) == (ZOE, 3)


def test_an_answer_withheld_after_the_write_is_a_timeout_to_the_client(desk: Desk) -> None:
    http = mounted(desk.web.application)
    visit = Qomon("https://qomon.example.org", TOKEN, Pace(), now=lambda: desk.clock.now, http=http).visit()
    plan(desk, "PATCH", "timeout_after")
    with pytest.raises(Unanswered) as caught:
        visit.replace(ZOE, {"firstname": "Zoë"})
    assert (caught.value.finished, desk.stored()["firstname"]) == (False, "Zoë")


@pytest.fixture
def address() -> Iterator[str]:
    """A sandbox behind a real HTTP server."""
    app = create_sandbox({}, now=lambda: datetime.now(UTC), sleep=sleep)
    with server(app, 0) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def test_over_http_the_withheld_answer_really_takes_its_time_and_nobody_else_waits(address: str) -> None:
    asked = {"method": "PATCH", "path": "contacts", "fault": "timeout_after", "ms": 1500}
    assert requests.post(f"{address}/_sandbox/faults", json=asked, timeout=5).status_code == 200
    body = {"data": {"contact": {"firstname": "Zoë"}}}
    began = monotonic()
    with pytest.raises(requests.ReadTimeout):
        requests.patch(f"{address}/contacts/{ZOE}", json=body, headers=KEY, timeout=0.3)
    read = requests.get(f"{address}/contacts/{ZOE}", headers=KEY, timeout=5).json()
    assert (read["data"]["contact"]["firstname"], monotonic() - began < 1.2) == ("Zoë", True)


def test_whoever_waits_long_enough_gets_a_gateways_504(address: str) -> None:
    asked = {"method": "PATCH", "path": "contacts", "fault": "timeout_after", "ms": 50}
    requests.post(f"{address}/_sandbox/faults", json=asked, timeout=5)
    answer = requests.patch(f"{address}/contacts/{ZOE}", json={"data": {"contact": {}}}, headers=KEY, timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (504, "text/html; charset=utf-8")


def test_queries_and_escapes_in_the_address_arrive(address: str) -> None:
    assert requests.get(f"{address}/forms/71%30?x=1", headers=KEY, timeout=5).json()["data"]["form"]["id"] == 710


@pytest.mark.parametrize(
    "wrong",
    [
        {"times": 0},
        {"times": "2"},
        {"contact": "9000017"},
        {"ms": -1},
        {"edit": {"mobile": "1"}},
        {"fault": "edited"},
        {"fault": "edited", "edit": "mobile"},
        {"path": "people"},
        {"mood": "good"},
    ],
)
def test_a_fault_asked_for_wrongly_is_400(desk: Desk, wrong: dict[str, Any]) -> None:
    assert plan(desk, "GET", **{"fault": "slow", **wrong}) == 400


def test_appended_free_inputs_and_checkboxes_stay_beside_those_sent(desk: Desk) -> None:
    desk.switch(entries="appended")
    sent = [entry(737, 7371, "Nord"), entry(710, 7101, "consent_email"), entry(720, 7201, "supporter")]
    desk.patch(KARIM, formdatas=[*sent, entry(710, 7102, "consent_sms")])
    desk.patch(
        KARIM, formdatas=[entry(737, 7371, "Sud"), entry(710, 7103, "consent_call"), entry(720, 7202, "probable")]
    )
    desk.patch(KARIM, formdatas=[entry(737, 7371, "Sud"), entry(720, 7202, "probable")])
    assert sorted(written for _form, written, _date in live(desk.stored(KARIM))) == ["Nord", "Sud", "probable"]


def test_appended_checkboxes_add_up_while_their_form_is_sent(desk: Desk) -> None:
    desk.switch(entries="appended")
    desk.patch(KARIM, formdatas=[entry(710, 7102, "consent_sms")])
    assert live(desk.stored(KARIM)) == [(710, "consent_email", OLD), (710, "consent_sms", OLD)]


def test_of_two_spellings_one_counts_and_the_other_clears(desk: Desk) -> None:
    desk.switch(spelling="seed")
    desk.patch(birthcity="Brest", birth_country="France", actions_ids=[7])
    after = desk.stored()
    assert (after["birth_city"], after["birth_country"], after["action_ids"]) == ("Brest", "", [7])


def test_an_entry_that_does_not_fit_drops_the_whole_patch_when_asked(desk: Desk) -> None:
    desk.switch(unknown_entries="drop")
    before = desk.stored()
    answer = desk.patch(firstname="Autre", formdatas=[entry(9, 91, "x")])
    assert (answer.status_code, answer.get_json()["data"]["contact"]["firstname"]) == (200, "Zoé")
    assert desk.stored() == before
    assert desk.patch(firstname="Autre").get_json()["data"]["contact"]["firstname"] == "Autre"


@pytest.mark.parametrize(
    ("contact", "place"),
    [
        ({"id": 3}, "id"),
        ({"address": {"city": "Brest", "id": "1"}}, "address.id"),
        ({"formdatas": [{**entry(720, 7201, "supporter"), "id": 9}]}, "formdatas[0].id"),
    ],
)
def test_in_strict_mode_an_unknown_key_is_422(desk: Desk, contact: dict[str, Any], place: str) -> None:
    loose = desk.patch(**contact).status_code
    desk.switch(unknown_keys="refuse")
    answer = desk.patch(**contact)
    assert (loose, answer.status_code, desk.patch(firstname="Zoé").status_code) == (200, 422, 200)
    assert [one["location"] for one in answer.get_json()["errors"]] == [f"body.data.contact.{place}"]


def test_search_lags_behind_edits_and_merges(desk: Desk) -> None:
    desk.switch(index_delay_ms=2000)
    desk.web.put(f"/_sandbox/contacts/{KARIM}", json={"surname": "Otto"})
    desk.web.delete(f"/_sandbox/contacts/{ZOE}")
    at_once = [desk.found("surname", name) for name in ("benali", "otto", "lefèvre")]
    desk.clock.sleep(2)
    later = [desk.found("surname", name) for name in ("benali", "otto", "lefèvre")]
    assert (at_once, later) == ([[KARIM], [], [ZOE]], [[], [KARIM], []])


def test_kpi_counts_whoever_a_search_would_find(desk: Desk) -> None:
    condition = {"$condition": {"attr": "surname", "ope": "eql", "value": "dubreuil"}}
    queries = [{"$all": [{"$all": [condition]}]}, {"$all": []}, {"$all": [condition]}]
    body = [{"data": {"advanced_search": {"query": query}}} for query in queries]
    answers = [desk.web.post("/kpi", json=one, headers=KEY) for one in body]
    assert [answer.get_json()["data"]["total"] for answer in answers[:2]] == [2, 15]
    assert (answers[2].status_code, answers[0].headers["x-ratelimit-cost"]) == (422, "1")
