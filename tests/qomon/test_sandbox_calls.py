"""The sandbox answers calls as Qomon does (docs/qomon.md 4, 5, 7): search, forms, tokens, faults."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bridge.qomon.sandbox.people import ZOE
from tests.support.sandbox_client import NOW, OLD, Desk, entry, live


def test_eql_matches_the_beginning_of_words_whatever_their_case(desk: Desk) -> None:
    assert desk.found("mail", "paul.martin@example.org") == [9000024, 9000025]
    assert desk.found("mail", "paul.martin@example.org", "eql:strictdata") == []
    assert desk.found("mail", "MART paul") == [9000024, 9000025]
    assert desk.found("mobile", "0639980155") == []
    assert desk.found("mobile", "06 39 98 01 55") == [9000018]
    assert desk.found("mail", "twice@sandbox.test") == [9000030, 9000031]


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ({"$condition": {"attr": "mail", "ope": "eql", "value": "x"}}, {}),
        ({"$all": [{"$condition": {"attr": "mail", "ope": "eql", "value": "x"}}]}, {}),
        ({"$all": [{"$all": [{"$condition": {"attr": "mood", "ope": "eql", "value": "x"}}]}]}, {}),
        ({"$all": []}, {"per_page": 0}),
        ({"$all": []}, {"per_page": 1001}),
        ({"$all": []}, {"page": -1}),
        ({"$all": []}, {"sort_attr": "mood"}),
        (None, {}),
    ],
)
def test_a_query_of_another_form_is_422(desk: Desk, query: object, more: dict[str, Any]) -> None:
    assert desk.search(query, **more).status_code == 422


def test_groups_and_conditions_are_joined_as_asked(desk: Desk) -> None:
    marthe, leon = ({"$condition": {"attr": "firstname", "ope": "eql", "value": name}} for name in ("Marthe", "Léon"))
    mail = {"$condition": {"attr": "mail", "ope": "eql", "value": "famille.dubreuil@example.org"}}
    queries = [
        {"$all": [{"$at_least_one": [marthe, leon]}, {"$all": [mail]}]},
        {"$all": [{"$all": [marthe, mail]}]},
        {"$all": [{"$all": [marthe, leon]}]},
        {"$at_least_one": [{"$all": [marthe]}, {"$all": [leon]}]},
        {"$at_least_one": []},
    ]
    found = [desk.search(query).get_json()["data"]["contacts"] or [] for query in queries]
    assert [len(people) for people in found] == [2, 1, 0, 2, 0]


def test_pages_start_at_0_and_nobody_is_null(desk: Desk) -> None:
    pages = [desk.search({"$all": []}, per_page=10, page=page).get_json()["data"]["contacts"] for page in range(3)]
    assert ([len(page or []) for page in pages], pages[2]) == ([10, 5, 0], None)


def test_a_created_contact_is_found_after_the_index_delay(desk: Desk) -> None:
    desk.switch(index_delay_ms=2000)
    made = desk.create(firstname="Aya", mail="aya@example.org").get_json()["data"]["contact"]
    at_once = desk.found("mail", "aya@example.org")
    desk.clock.sleep(2)
    assert (made["firstname"], at_once, desk.found("mail", "aya@example.org")) == ("Aya", [], [made["id"]])


def test_every_answer_counts_tokens_and_an_empty_bucket_is_429(desk: Desk) -> None:
    first = desk.patch(firstname="Zoé").headers
    told = [first[f"x-ratelimit-{name}"] for name in ("limit", "cost", "remaining")]
    assert told == ["burst:100;rate:10.0", "5", "95"]
    statuses = [desk.patch(firstname="Zoé").status_code for _ in range(20)]
    refused = desk.patch(firstname="Zoé")
    assert (statuses, refused.headers["Retry-After"]) == ([200] * 19 + [429], "1")
    desk.clock.sleep(1)
    assert desk.patch(firstname="Zoé").status_code == 200


@pytest.mark.parametrize(
    ("kind", "expected"), [("seconds", "1"), ("date", "Mon, 01 Jun 2026 12:00:01 GMT"), ("none", None)]
)
def test_retry_after_is_a_number_a_date_or_absent(desk: Desk, kind: str, expected: str | None) -> None:
    desk.switch(burst=1, retry_after=kind)
    assert desk.patch(firstname="Zoé").headers.get("Retry-After") == expected


def test_a_large_limit_is_written_out(desk: Desk) -> None:
    desk.switch(burst=1e9, rate=1e9)
    assert desk.get("/forms/710").headers["x-ratelimit-limit"] == "burst:1000000000;rate:1000000000.0"


def test_latency_is_slept_and_slow_is_slower(desk: Desk) -> None:
    desk.switch(latency_ms=250)
    desk.read()
    desk.found("mail", "slow@sandbox.test")
    assert desk.clock.now - NOW == timedelta(seconds=5.5)


def test_busy_answers_429(desk: Desk) -> None:
    condition = {"$condition": {"attr": "mail", "ope": "eql", "value": "busy@sandbox.test"}}
    assert desk.search({"$all": [{"$all": [condition]}]}).status_code == 429


@pytest.mark.parametrize(
    ("fault", "status", "applied"),
    [
        ("error_before", 500, False),
        ("refused", 401, False),
        ("rejected", 422, False),
        ("missing", 404, False),
        ("quota", 429, False),
        ("error_after", 500, True),
        ("html", 200, True),
        ("truncated", 200, True),
        ("cut", 200, True),
        ("other_contact", 200, True),
    ],
)
def test_a_fault_happens_as_often_as_planned_before_or_after_the_write(
    desk: Desk, fault: str, status: int, *, applied: bool
) -> None:
    asked = {"method": "PATCH", "path": "contacts", "fault": fault}
    desk.web.post("/_sandbox/faults", json=asked)
    reads = desk.get(f"/contacts/{ZOE}").status_code
    spoiled = desk.patch(firstname="Zoë")
    assert (reads, spoiled.status_code, desk.stored()["firstname"] == "Zoë") == (200, status, applied)
    assert desk.patch(firstname="Zoé").get_json()["data"]["contact"]["id"] == ZOE


def test_switched_off_fields_stay_capitals_come_and_unknown_entries_vanish(desk: Desk) -> None:
    desk.switch(drops=["mobile"], normalises=True, unknown_entries="ignore", echo="partial")
    sent = [entry(9, 91, "x"), entry(720, 7201, "supporter")]
    echo = desk.patch(mobile="+33639980199", surname="Lefèvre", formdatas=sent).get_json()["data"]["contact"]
    assert (echo["mobile"], echo["surname"], "formdatas" in echo) == ("06 39 98 01 77", "LEFÈVRE", False)
    assert live(desk.stored()) == [(720, "supporter", OLD)]


@pytest.mark.parametrize(
    "switches", [{"mood": "good"}, {"shape": "old"}, {"drops": "mail"}, {"latency_ms": -1}, {"normalises": 1}]
)
def test_an_unknown_switch_or_value_is_400_and_sets_nothing(desk: Desk, switches: dict[str, Any]) -> None:
    answer = desk.switch(echo="partial", **switches)
    assert (answer.status_code, desk.web.get("/_sandbox/switches").get_json()["echo"]) == (400, "full")


def test_an_unknown_fault_is_400(desk: Desk) -> None:
    asked = {"method": "PATCH", "path": "contacts", "fault": "gremlins"}
    assert desk.web.post("/_sandbox/faults", json=asked).status_code == 400


def test_a_colleague_edits_and_merges_away_and_a_reset_brings_all_back(desk: Desk) -> None:
    before = desk.stored()
    desk.web.put(f"/_sandbox/contacts/{ZOE}", json={"mobile": "+33639980111"})
    edited = desk.stored()
    desk.web.delete("/_sandbox/contacts/9000018")
    gone = desk.get("/contacts/9000018").status_code
    desk.web.post("/_sandbox/reset")
    changed = {key for key in before if before[key] != edited[key]}
    assert (changed, gone) == ({"mobile", "lastchange", "UpdatedAt"}, 404)
    assert (desk.stored(), desk.get("/contacts/9000018").status_code) == (before, 200)


def test_calls_are_listed_with_method_path_cost_and_status(desk: Desk) -> None:
    desk.patch(firstname="Zoé")
    desk.get("/forms/710")
    assert desk.web.get("/_sandbox/calls").get_json() == [
        {"method": "PATCH", "path": f"/contacts/{ZOE}", "cost": 5, "status": 200},
        {"method": "GET", "path": "/forms/710", "cost": 1, "status": 200},
    ]


@pytest.mark.parametrize(
    ("path", "look"),
    [
        ("/v1/forms/type/consent", lambda inside: inside["forms"][0]["id"]),
        ("/forms/consent", lambda inside: inside["forms"][0]["id"]),
        ("/forms/710", lambda inside: inside["form"]["id"]),
    ],
)
def test_forms_are_read_by_category_or_id(desk: Desk, path: str, look: Callable[[Any], int]) -> None:
    assert look(desk.get(path).get_json()["data"]) == 710
