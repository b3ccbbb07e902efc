"""The sandbox stores and shows contacts as Qomon does (docs/qomon.md 2, 3)."""

import copy
from typing import Any

import pytest

from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.qomon.sandbox.people import ZOE
from bridge.qomon.sandbox.shapes import shown
from tests.support.sandbox_client import KEY, NOW, OLD, STAMP, Desk, entry, live


@pytest.mark.parametrize("name", ["DYNO", "CONTAINER", "RENDER", "RAILWAY_PROJECT_ID", "FLY_APP_NAME"])
def test_it_does_not_start_on_a_hosting_platform(name: str) -> None:
    with pytest.raises(RuntimeError, match=name):
        create_sandbox({"PATH": "/bin", name: "x"}, now=lambda: NOW, sleep=lambda _: None)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer other"}, {"Authorization": TOKEN}])
def test_a_call_without_the_key_is_refused_with_a_problem(desk: Desk, header: dict[str, str]) -> None:
    answer = desk.web.get(f"/contacts/{ZOE}", headers=header)
    assert (answer.status_code, answer.get_json()["status"]) == (401, 401)
    assert answer.content_type == "application/problem+json"


def test_the_seeded_people_are_rich_enough_to_be_wiped(desk: Desk) -> None:
    people = [desk.stored(number) for number in desk.web.get("/_sandbox/contacts").get_json()]
    zoe = desk.stored()
    custom = {entry["form_id"] for entry in zoe["custom_fields"]}
    assert (len(people) >= 12, len(live(zoe)) >= 20, custom >= set(range(811, 819))) == (True, True, True)
    assert any(entry["deleted_at"] for entry in zoe["formdatas"])
    assert [person["id"] for person in people if person["black_list"]] == [9000019]
    assert all(entry["form_ref_id"] for person in people for entry in person["formdatas"] + person["custom_fields"])


def test_a_bare_patch_clears_what_it_does_not_name(desk: Desk) -> None:
    desk.patch(firstname="Zoé")
    after = desk.stored()
    blank = {key: after[key] for key in ("surname", "mail", "birthdate", "address", "tags", "notes", "action_ids")}
    assert blank == {
        "surname": "",
        "mail": "",
        "birthdate": "",
        "address": {},
        "tags": [],
        "notes": [],
        "action_ids": [],
    }
    assert (after["firstname"], after["external_id"], live(after), live(after, "custom_fields")) == (
        "Zoé",
        "crm-1188",
        [],
        [],
    )


def test_a_blacklisted_person_is_freed_by_a_patch_that_forgets_it(desk: Desk) -> None:
    desk.patch(9000019, firstname="Solène")
    assert desk.stored(9000019)["black_list"] is False


def test_entries_are_soft_deleted_and_made_anew_with_their_date(desk: Desk) -> None:
    before = desk.stored()["formdatas"]
    desk.patch(formdatas=[entry(720, 7201, "supporter"), entry(750, 7501, "present", None)])
    after = desk.stored()["formdatas"]
    assert [e["id"] for e in after[: len(before)]] == [e["id"] for e in before]
    assert all(e["deleted_at"] for e in after[: len(before)])
    assert after[0]["deleted_at"] == STAMP
    assert after[-3 - 2]["deleted_at"] == "2025-01-05T12:00:00.000Z"  # was gone before
    fresh = after[len(before) :]
    assert [(e["data"], e["date"], e["created_at"]) for e in fresh] == [
        ("supporter", OLD, STAMP),
        ("present", STAMP, STAMP),
    ]
    assert {e["id"] for e in fresh}.isdisjoint(e["id"] for e in before)


def test_the_last_hundred_soft_deleted_entries_of_each_list_are_kept(desk: Desk) -> None:
    for number in range(12):
        desk.patch(formdatas=[entry(737, 7371, f"{number}.{part}") for part in range(10)])
    after = desk.stored()["formdatas"]
    gone = [e["data"] for e in after if e["deleted_at"]]
    assert (len(gone), gone[0], gone[-1], len(live(desk.stored()))) == (100, "1.0", "10.9", 10)


def test_what_a_read_shows_is_not_changed_by_a_later_write(desk: Desk) -> None:
    """Reads share the stored lists: a write makes new ones."""
    sandbox = desk.web.application.extensions["sandbox"]
    read = shown(sandbox.contacts.all[ZOE], sandbox.switches)
    before = copy.deepcopy(read)
    desk.patch(firstname="Zoé", tags=[{"name": "x"}], formdatas=[entry(720, 7201, "supporter")])
    assert before == read


def test_radio_keeps_the_last_checkbox_distinct_choices_and_text_everything(desk: Desk) -> None:
    sent = [
        entry(720, 7201, "supporter"),
        entry(720, 7203, "undecided"),
        entry(721, 7211, "strong"),
        entry(721, 7212, "weak"),
        entry(710, 7101, "consent_email"),
        entry(710, 7101, "consent_email"),
        entry(710, 7102, "consent_sms"),
        entry(737, 7371, "Nord"),
        entry(737, 7371, "Nord"),
    ]
    desk.patch(formdatas=sent)
    assert [(form, written) for form, written, _ in live(desk.stored())] == [
        (720, "undecided"),
        (721, "weak"),
        (710, "consent_email"),
        (710, "consent_sms"),
        (737, "Nord"),
        (737, "Nord"),
    ]


@pytest.mark.parametrize(
    ("contact", "place"),
    [
        ({"formdatas": [entry(9, 91, "x")]}, "formdatas[0]"),
        ({"formdatas": [entry(710, 7201, "consent_email")]}, "formdatas[0]"),
        ({"formdatas": [entry(710, 7101, "E-mail")]}, "formdatas[0]"),
        ({"custom_fields": [entry(812, 8121, "deux")]}, "custom_fields[0]"),
        ({"custom_fields": [entry(813, 8131, "2026-02-31T00:00:00.000Z")]}, "custom_fields[0]"),
        ({"custom_fields": [entry(811, 8111, "")]}, "custom_fields[0]"),
        ({"custom_fields": [entry(811, 8111, "x", "2024-02-11T10:20:30.123456Z")]}, "custom_fields[0]"),
        ({"mail": "zoe"}, "mail"),
        ({"birthdate": "1990-02-31T00:00:00.000Z"}, "birthdate"),
        ({"firstname": 3}, "firstname"),
        ({"black_list": "no"}, "black_list"),
        ({"address": {"postalcode": 1000}}, "address.postalcode"),
        ({"tags": ["newsletter"]}, "tags"),
        ({"action_ids": ["1"]}, "action_ids"),
    ],
)
def test_what_does_not_fit_is_a_422_that_names_the_place_and_changes_nothing(
    desk: Desk, contact: dict[str, Any], place: str
) -> None:
    before = desk.stored()
    answer = desk.patch(**contact)
    assert (answer.status_code, answer.get_json()["title"]) == (422, "Unprocessable Entity")
    assert answer.get_json()["errors"][0]["location"] == f"body.data.contact.{place}"
    assert desk.stored() == before


def test_a_body_without_its_wrapping_is_refused(desk: Desk) -> None:
    assert desk.web.patch(f"/contacts/{ZOE}", json={"firstname": "Zoé"}, headers=KEY).status_code == 422


def test_unknown_keys_and_the_reads_spelling_are_ignored(desk: Desk) -> None:
    desk.patch(birth_city="Brest", birthcountry="France", id=3, mood="good")
    after = desk.stored()
    assert (after["birth_city"], after["birth_country"], after["id"], "mood" in after) == (
        "Brest",
        "",
        ZOE,
        False,
    )


def test_a_patch_of_nobody_is_404(desk: Desk) -> None:
    assert desk.patch(1, firstname="Zoé").status_code == 404


def test_the_seed_shape_has_numbers_in_the_address_and_its_own_spelling(desk: Desk) -> None:
    read = desk.read(9000018)
    address = read["address"]
    assert (address["postalcode"], address["housenumber"], address["city"]) == (
        1000,
        "4 bis",
        "Bourg-en-Bresse",
    )
    keys = {"customfields", "birthcity", "actions_ids"}
    assert (keys <= read.keys(), {"custom_fields", "birth_city", "action_ids"} & read.keys()) == (True, set())
    assert (read["birthcity"], desk.read()["birthdate"]) == ("", "1988-02-29T00:00:00Z")


def test_the_newer_shape_has_text_in_the_address_and_no_empty_fields(desk: Desk) -> None:
    desk.switch(shape="newer", envelope="bare")
    read = desk.get("/contacts/9000018").get_json()["data"]
    assert (read["address"]["postalcode"], "birth_city" in read, len(read["custom_fields"])) == (
        "01000",
        False,
        2,
    )
    assert read["black_list"] is False


@pytest.mark.parametrize(("lists", "expected"), [("shown", 2), ("omit_empty", 1), ("omit_all", 0)])
def test_lists_can_be_missing_from_a_read(desk: Desk, lists: str, expected: int) -> None:
    desk.switch(lists=lists)
    assert len({"formdatas", "customfields"} & desk.read(9000023).keys()) == expected


def test_soft_deleted_entries_show_unless_switched_off(desk: Desk) -> None:
    shown = len(desk.read()["formdatas"])
    desk.switch(soft_deleted=False)
    assert shown - len(desk.read()["formdatas"]) == 3
