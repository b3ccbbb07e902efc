"""`flask doctor --contract`: what docs/qomon.md says and what a Qomon does, on a contact that is put back."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.hooks.revisions import By
from bridge.operations import facts_told, probe
from bridge.qomon import account
from bridge.qomon.facts import FACTS
from tests.support.commands import run
from tests.support.json_hook import fault, plain_house, stored, switch, writes
from tests.support.pont import OLD, PONT, kept
from tests.support.whole_bridge import House

RECORDED = {"form_id": 710, "form_ref_id": 7101, "data": "consent_email", "date": OLD}
FULL = {
    "UpdatedAt": OLD,
    "lastchange": OLD,
    "married_name": "Test",
    "mail": "pont@example.org",
    "birth_city": "Lyon",
    "external_id": "crm-1",
    "action_ids": [301],
    "tags": ["adhérent"],
    "black_list": True,
    "notes": [{"id": 71, "content": "Rencontre", "pinned": True}],
    "address": {"id": 55001, "street": "rue du Port", "city": "Lyon", "latitude": "45.7", "longitude": "4.8"},
    "custom_fields": [{"form_id": 811, "data": "Pilote", "date": OLD}],
    "formdatas": [RECORDED | {"id": 1, "created_at": OLD, "deleted_at": None, "user_id": 7}],
}
SWITCHES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"entries": "appended"}, {"free_input": "beside", "checkbox": "beside"}),
    ({"entries": "literal"}, {"free_input": "beside", "checkbox": "beside", "sent_again": "twice"}),
    ({"lists": "omit_empty"}, {"empty_lists": "omitted"}),
    ({"lists": "omit_all"}, {"empty_lists": "hidden"}),
    ({"soft_deleted": False}, {"deleted_entries": "hidden"}),
    ({"echo": "partial"}, {"echo": "partial"}),
    ({"spelling": "seed"}, {"birth_place": "older"}),
    ({"unknown_entries": "ignore"}, {"strange_form": "ignored"}),
    ({"unknown_entries": "drop"}, {"strange_form": "dropped"}),
    ({"unknown_keys": "refuse"}, {"strange_key": "refused"}),
    ({"normalises": True}, {"surname": "respelled"}),
    ({"drops": ["gender"]}, {"gender": "lost"}),
    ({"drops": ["tags"]}, {"tags": "lost"}),
    ({"drops": ["notes"]}, {"notes": "lost"}),
    ({"drops": ["address"]}, {"address": "lost"}),
    ({"drops": ["mobile", "phone"]}, {"mobile": "lost", "phone": "lost"}),
    ({"drops": ["age_category"]}, {"age_category": "lost"}),
    ({"drops": ["birthdate"]}, {"birthdate": "lost"}),
    ({"drops": ["married_name"]}, {"other_fields": "lost"}),
    ({"drops": ["custom_fields"]}, {"custom_list": "lost"}),
    # of what is known either way nothing differs
    *(({name: value}, dict[str, str]()) for name, value in [
        ("shape", "newer"), ("envelope", "bare"), ("alive", "invalid"), ("ids", "spaced"), ("refs", "missing"),
        ("remains", True), ("stamps", "row"),
    ]),
]  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path)
    made.sandbox.contacts.put(PONT, {"firstname": "Test", "surname": "PONT", "UpdatedAt": OLD, "lastchange": OLD})
    return made


def held(house: House) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and each fact as programs are told it."""
    result = run(house, "doctor", "--contract", PONT, "--json")
    assert result.output.startswith("{"), result.output
    return result.exit_code, {one["fact"]: one for one in json.loads(result.stdout)["facts"]}


def differing(facts: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: one["code"] for name, one in facts.items() if one["verdict"] == "differs"}


def attempt(house: House) -> probe.Tried:
    return probe.attempt(house.services, "default", PONT, By(house.clock(), "somebody", None))


def at_write(house: House, number: int, name: str) -> None:
    """A fault at one of the writes to come, counted from 1."""
    planned = house.sandbox.next_fault

    def noticed(method: str, path: str, contact: int | None) -> Any:
        if method == "PATCH" and len(writes(house)) == number - 1:
            fault(house, "PATCH", "contacts", name)
        return planned(method, path, contact)

    house.sandbox.next_fault = noticed  # type: ignore[method-assign]  # a real part, only noticed


def forgets(house: House, **cleared: Any) -> None:
    """A Qomon whose replace clears what only it writes."""
    replace = house.sandbox.contacts.replace

    def forgetful(contact_id: int, *given: Any, **more: Any) -> dict[str, Any]:
        found = replace(contact_id, *given, **more)
        found.update(cleared)
        return found

    house.sandbox.contacts.replace = forgetful  # type: ignore[method-assign]


def test_the_sandbox_does_all_that_is_documented(house: House) -> None:
    before = kept(stored(house, PONT))
    code, facts = held(house)

    assert (code, differing(facts)) == (0, {})
    assert sum(one["verdict"] == "as_documented" for one in facts.values()) == 34
    assert kept(stored(house, PONT)) == before


def test_people_are_told_in_a_line_for_each_fact(house: House) -> None:
    switch(house, unknown_keys="refuse")
    result = run(house, "doctor", "--contract", PONT)
    lines = result.output.splitlines()
    place = lines.index("A9   DIFFERS        A key that Qomon does not know is refused.")

    assert result.exit_code == 1
    assert lines[place + 1] == f"{'':20}docs/qomon.md: A key that Qomon does not know is ignored."
    assert "A5   as documented  The gender is kept." in lines
    assert "A9   not tried      A write keeps the membership. (the contact has none)" in lines
    assert lines[-1] == "34 facts were tried, and 1 differ."


@pytest.mark.parametrize(("switches", "found"), SWITCHES, ids=[str(switches) for switches, _ in SWITCHES])
def test_where_a_qomon_does_something_else_it_is_found(
    house: House, switches: dict[str, Any], found: dict[str, str]
) -> None:
    switch(house, **switches)
    before = kept(stored(house, PONT))
    code, facts = held(house)

    assert (code, differing(facts)) == (1 if found else 0, found)
    assert kept(stored(house, PONT)) == before


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"entries": "appended"},
        {"entries": "literal"},
        {"shape": "newer"},
        {"spelling": "seed"},
        {"echo": "partial"},
    ],
    ids=str,
)
def test_a_contact_that_holds_much_is_put_back_whole(house: House, switches: dict[str, Any]) -> None:
    house.sandbox.contacts.put(PONT, FULL)
    switch(house, **switches)
    before = kept(stored(house, PONT))
    attempt(house)

    assert kept(stored(house, PONT)) == before


def test_what_only_a_contact_that_holds_something_shows(house: House) -> None:
    house.sandbox.contacts.put(PONT, FULL)
    _code, facts = held(house)
    names = ("external_id", "actions", "coordinates", "consent_author")

    assert [facts[name]["code"] for name in names] == ["kept", "kept", "kept", "lost"]


def test_no_consent_is_given_to_a_test_that_is_not_to_be_contacted(house: House) -> None:
    house.sandbox.contacts.put(PONT, FULL)
    held(house)
    forms = {entry["form_id"] for entry in stored(house, PONT)["formdatas"]}

    assert forms & {710, 711} == {710}  # the one that was there


def test_what_qomon_loses_of_its_own_is_found(house: House) -> None:
    house.sandbox.contacts.put(PONT, FULL)
    forgets(house, external_id="")
    code, facts = held(house)

    assert (code, differing(facts)) == (1, {"external_id": "lost"})


def test_a_field_that_qomon_refuses_is_found_among_the_others(house: House) -> None:
    """The catalogue knows a form that is gone since; the others are tried all the same."""
    house.read_catalogue()
    survey = [form for form in house.sandbox.forms["survey"] if form["id"] != 730]
    house.sandbox.forms = {**house.sandbox.forms, "survey": survey}
    house.sandbox.contacts.put(PONT, {"custom_fields": [{"form_id": 811, "data": "Pilote", "date": OLD}]})
    before = kept(stored(house, PONT))
    seen = {one.fact.key: (one.code, one.why) for one in attempt(house).seen}

    assert (seen["missing_entry"], seen["gender"]) == ((None, "refused"), ("kept", None))
    assert kept(stored(house, PONT)) == before


@pytest.mark.parametrize("gone", ["survey", "custom_fields", "consent"])
def test_a_space_that_lacks_a_sort_of_forms_is_tried_as_far_as_it_goes(house: House, gone: str) -> None:
    house.sandbox.forms = {**house.sandbox.forms, gone: []}
    code, facts = held(house)

    assert (code, differing(facts), facts["gender"]["verdict"]) == (0, {}, "as_documented")
    assert [status for _, status in writes(house)].count(422) == 1  # the strange form


def test_a_space_without_any_form_is_tried_as_far_as_it_goes(house: House) -> None:
    house.sandbox.forms = {category: [] for category in house.sandbox.forms}
    code, facts = held(house)

    assert (code, differing(facts)) == (0, {})
    assert facts["free_input"]["why"] == "Qomon has no field of that sort that the contact holds nothing of"


def test_it_waits_for_tokens(house: House) -> None:
    switch(house, burst=12)
    house.read_catalogue()
    began = house.clock()

    assert attempt(house).known["gender"] == "kept"
    assert (house.clock() - began).total_seconds() > 2


@pytest.mark.parametrize("name", ["error_before", "error_after", "cut", "quota"])
@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_wherever_it_is_cut_the_contact_is_put_back(house: House, number: int, name: str) -> None:
    house.sandbox.contacts.put(PONT, FULL)
    house.read_catalogue()
    before = kept(stored(house, PONT))
    at_write(house, number, name)
    if name == "quota":
        attempt(house)
    else:
        with pytest.raises(BridgeError, match=f"Look at contact {PONT} in Qomon"):
            attempt(house)

    assert kept(stored(house, PONT)) == before


def test_putting_back_is_tried_again(house: House) -> None:
    house.read_catalogue()
    before = kept(stored(house, PONT))
    at_write(house, 6, "error_before")  # after five steps
    attempt(house)

    assert ([status for _, status in writes(house)][-2:], kept(stored(house, PONT))) == ([500, 200], before)


def test_what_can_not_be_put_back_is_told_and_nothing_is_learned(house: House) -> None:
    house.read_catalogue()
    replace = house.sandbox.contacts.replace

    def stubborn(contact_id: int, *given: Any, **more: Any) -> dict[str, Any]:
        """From the third write on, tags and the mobile number stay."""
        if len(writes(house)) == 2:
            switch(house, drops=["tags", "mobile"])
        return replace(contact_id, given[0], house.sandbox.switches.drops, given[2], **more)

    house.sandbox.contacts.replace = stubborn  # type: ignore[method-assign]
    with pytest.raises(BridgeError, match=r"is not as it was before \(mobile, tags\): look at it in Qomon"):
        attempt(house)
    with house.services.store.read() as tx:
        assert (account.probed(tx, "default"), account.seen(tx, "default")) == (False, {})


def test_a_qomon_that_is_away_before_it_was_put_back_is_told(house: House) -> None:
    house.read_catalogue()
    read = house.sandbox.next_fault

    def down(method: str, path: str, contact: int | None) -> Any:
        if method == "GET" and writes(house):
            fault(house, "GET", "contacts", "html")
        return read(method, path, contact)

    house.sandbox.next_fault = down  # type: ignore[method-assign]
    with pytest.raises(BridgeError, match=r"Qomon does not answer\. Look at it in Qomon"):
        attempt(house)


def test_a_person_is_no_test_contact(house: House) -> None:
    house.sandbox.contacts.put(PONT, {"firstname": "Marie", "surname": "Dupont"})
    result = run(house, "doctor", "--contract", PONT)

    assert (result.exit_code, "is not called Test" in result.output, writes(house)) == (1, True, [])


def test_one_try_is_asked_for_at_a_time(house: House) -> None:
    result = run(house, "doctor", "--contract", PONT, "--probe", PONT)

    assert (result.exit_code, writes(house)) == (2, [])


def test_whatever_is_documented_has_its_sentence() -> None:
    assert [(fact.key, code) for fact in FACTS for code in fact.documented if not facts_told.told(fact.key, code)] == []


def test_every_line_of_the_page_that_says_two_things_has_its_fact() -> None:
    assert {f"A{number}" for number in range(1, 18)} <= {fact.ref for fact in FACTS}
