"""The sandbox's odd spellings of a read, its literal reading of S3, and colleagues who come in between."""

from typing import Any

import pytest

from tests.support.sandbox_client import KARIM, Desk, entry, live


@pytest.mark.parametrize(
    ("alive", "spelt"),
    [
        ("null", None),
        ("zero", "0001-01-01T00:00:00Z"),
        ("go", "0001-01-01 00:00:00 +0000 UTC"),
        ("empty", ""),
        ("invalid", {"Time": "0001-01-01T00:00:00Z", "Valid": False}),
    ],
)
def test_the_living_are_spelt_as_asked_and_the_deleted_keep_their_time(desk: Desk, alive: str, spelt: Any) -> None:
    gone = [one["deleted_at"] for one in desk.read()["formdatas"] if one["deleted_at"]]
    desk.switch(alive=alive)
    shown = [one["deleted_at"] for one in desk.read()["formdatas"]]
    assert [one for one in shown if one != spelt] == gone
    assert shown.count(spelt) == len(live(desk.stored()))


@pytest.mark.parametrize(("ids", "space"), [("text", ""), ("spaced", " ")])
def test_ids_are_text_in_reads_and_in_searches(desk: Desk, ids: str, space: str) -> None:
    before = desk.read()
    desk.switch(ids=ids, shape="newer")
    read = desk.read()
    assert (read["id"], read["action_ids"]) == (f"{before['id']}{space}", [f"301{space}", f"305{space}"])
    assert [one["form_id"] for one in read["custom_fields"]] == [
        f"{one['form_id']}{space}" for one in before["customfields"]
    ]
    assert desk.found("mail", "zoe.lefevre@example.org") == [read["id"]]


def test_refvalues_may_be_missing_and_what_is_gone_may_be_shown(desk: Desk) -> None:
    desk.switch(refs="missing", remains=True)
    read = desk.read()
    assert not any("form_ref_id" in one for one in read["formdatas"])
    assert [one["name"] for one in read["tags"] if one.get("deleted_at")] == ["Ancienne"]
    assert [one["content"] for one in read["notes"] if one.get("deleted_at")] == ["Ôtée"]
    assert "Ancienne" not in desk.stored()["tags"]


@pytest.mark.parametrize(
    ("empty", "shown"), [("list", []), ("null", None), ("text", ""), ("zero", 0), ("false", False), ("object", {})]
)
@pytest.mark.parametrize("shape", ["seed", "newer"])
def test_what_stands_in_the_place_of_an_empty_list(desk: Desk, shape: str, empty: str, shown: Any) -> None:
    desk.switch(empty=empty, shape=shape, soft_deleted=False)
    read = desk.read(KARIM)
    assert [read["notes"], read.get("action_ids", read.get("actions_ids"))] == [shown, shown]
    assert type(read["notes"]) is type(shown)
    assert len(read["formdatas"]) == 2


def test_read_word_for_word_a_patch_doubles_what_is_there_already(desk: Desk) -> None:
    desk.switch(entries="literal")
    sent = [entry(737, 7371, "Nord"), entry(720, 7201, "supporter")]
    for _ in range(2):
        desk.patch(KARIM, formdatas=sent)
    assert sorted(written for _form, written, _date in live(desk.stored(KARIM))) == ["Nord", "Nord", "supporter"]


def test_each_row_of_a_patch_may_have_a_time_of_its_own(desk: Desk) -> None:
    desk.switch(stamps="row")
    desk.patch(KARIM, formdatas=[entry(737, 7371, "Nord"), entry(720, 7201, "supporter")])
    listed = desk.stored(KARIM)["formdatas"]
    times = [one["deleted_at"] or one["created_at"] for one in listed]
    assert [time[-4:] for time in times] == ["000Z", "001Z", "002Z", "003Z"]


def test_something_behind_the_scenes_moves_the_one_time_and_not_the_other(desk: Desk) -> None:
    desk.switch(touches=True)
    before = desk.stored()
    desk.clock.sleep(5)
    read = desk.read()
    assert (read["lastchange"], read["UpdatedAt"]) == (before["lastchange"], "2026-06-01T12:00:05.000000Z")


def test_a_colleague_adds_and_removes_right_after_a_read(desk: Desk) -> None:
    for name, form, ref, written in (("added", 720, 7201, "supporter"), ("removed", 710, 7101, "consent_email")):
        edit = {"formdatas": [entry(form, ref, written)]}
        asked = {"method": "GET", "path": "contacts", "fault": name, "edit": edit}
        assert desk.web.post("/_sandbox/faults", json=asked).status_code == 200
    before = desk.read(KARIM)
    desk.read(KARIM)
    assert [one["data"] for one in before["formdatas"]] == ["consent_email", "probable"]
    assert [written for _form, written, _date in live(desk.stored(KARIM))] == ["supporter"]
    assert desk.stored(KARIM)["lastchange"] == "2026-06-01T12:00:00.000Z"


@pytest.mark.parametrize("name", ["added", "removed"])
def test_a_colleague_who_does_nothing_is_400(desk: Desk, name: str) -> None:
    asked = {"method": "GET", "path": "contacts", "fault": name}
    assert desk.web.post("/_sandbox/faults", json=asked).status_code == 400


@pytest.mark.parametrize("switch", ["alive", "ids", "refs", "empty", "remains", "stamps", "touches", "entries"])
def test_each_switch_is_listed_and_takes_no_other_value(desk: Desk, switch: str) -> None:
    assert switch in desk.web.get("/_sandbox/switches").get_json()
    assert desk.switch(**{switch: "otherwise"}).status_code == 400
