"""`flask doctor`: what is wrong and what to do. `flask doctor --probe`: does this space leave empty lists out of its
reads? Proved by writing, or not believed.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.qomon import account
from bridge.qomon.sandbox.people import ZOE
from tests.support.commands import run
from tests.support.json_hook import ESSAI, crossed, fault, plain_house, said, stored, switch, writes
from tests.support.pont import OLD, PONT, kept
from tests.support.whole_bridge import House

BOTH = {"custom_fields", "formdatas"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path, ESSAI)
    made.sandbox.contacts.put(PONT, {"firstname": "Test", "surname": "Pont"})
    return made


def known(house: House) -> set[str]:
    with house.services.store.read() as tx:
        return set(account.omitted(tx, "default"))


def probed(house: House, contact: int = PONT) -> tuple[int, str]:
    result = run(house, "doctor", "--probe", contact)
    return result.exit_code, result.output


def test_lists_that_are_left_out_when_empty_and_shown_when_not_are_proved(house: House) -> None:
    switch(house, lists="omit_empty")
    before = kept(stored(house, PONT))

    code, told = probed(house)

    assert (code, told.splitlines()[0]) == (
        0,
        "default: lists that a read leaves out when they are empty: custom_fields, formdatas.",
    )
    assert (known(house), kept(stored(house, PONT))) == (BOTH, before)


def test_lists_that_are_never_shown_are_not_proved(house: House) -> None:
    """To a single read both spaces look the same."""
    switch(house, lists="omit_all")
    before = kept(stored(house, PONT))
    code, told = probed(house)

    assert (code, "Not proved: custom_fields, formdatas." in told) == (1, True)
    assert (known(house), kept(stored(house, PONT))) == (set(), before)


def test_where_every_list_is_shown_none_is_proved(house: House) -> None:
    assert (probed(house)[0], known(house)) == (0, set())


def test_what_was_seen_is_told_first_what_is_not_as_documented(house: House) -> None:
    switch(house, normalises=True)
    house.sandbox.contacts.put(PONT, {"UpdatedAt": OLD, "lastchange": OLD})
    lines = probed(house)[1].splitlines()

    assert lines[1] == "DIFFERS        A surname is written anew: capitals, spaces or accents."
    assert "as documented  The gender is kept." in lines


def test_what_was_seen_is_kept_beside_what_was_proved(house: House) -> None:
    probed(house)
    with house.services.store.write() as tx:
        account.set_contact_page(tx, "default", "https://qomon.example.org/{contact}")
    with house.services.store.read() as tx:
        seen, at = account.seen(tx, "default"), account.tried(tx, "default")

    assert (seen["gender"], seen["strange_form"], at) == ("kept", "refused", house.clock())


def test_what_was_proved_is_not_believed_any_more_once_an_empty_list_is_shown(house: House) -> None:
    switch(house, lists="omit_empty")
    probed(house)
    switch(house, lists="shown")
    other = PONT + 1
    house.sandbox.contacts.put(other, {"firstname": "Test"})

    assert (probed(house, other)[0], known(house)) == (0, set())


def test_a_contact_that_holds_deleted_entries_only_proves_nothing_either_way(house: House) -> None:
    """After the first probe the same contact shows its lists, with what was deleted in them."""
    switch(house, lists="omit_empty")
    probed(house)

    assert (probed(house)[0], known(house)) == (0, BOTH)


@pytest.mark.parametrize(
    "names",
    [{"firstname": "Zoé", "surname": "Lefèvre"}, {"firstname": "", "surname": ""}, {"firstname": "Testard"}],
)
def test_it_is_not_tried_on_a_person(house: House, names: dict[str, str]) -> None:
    switch(house, lists="omit_empty")
    house.sandbox.contacts.put(ZOE, names)
    before = stored(house)
    code, told = probed(house, ZOE)

    assert (code, f"Error: Contact {ZOE} is not called Test. This writes to the contact" in told) == (1, True)
    assert (writes(house), stored(house)) == ([], before)


@pytest.mark.parametrize("names", [{"firstname": "Pont", "surname": "TEST"}, {"firstname": "test", "surname": ""}])
def test_either_name_may_say_that_it_is_a_test(house: House, names: dict[str, str]) -> None:
    house.sandbox.contacts.put(PONT, names)

    assert probed(house)[0] == 0


def test_what_the_contact_holds_is_there_afterwards(house: House) -> None:
    switch(house, lists="omit_empty")
    entry = {"form_id": 811, "data": "Pilote", "date": "2025-01-01T00:00:00.000Z"}
    full = {"tags": ["adhérent"], "mail": "pont@example.org", "black_list": True, "custom_fields": [entry]}
    house.sandbox.contacts.put(PONT, full)
    before = kept(stored(house, PONT))

    assert (probed(house)[0], known(house), kept(stored(house, PONT))) == (0, {"formdatas"}, before)


@pytest.mark.parametrize("name", ["error_before", "cut", "rejected"])
def test_a_probe_that_does_not_end_learns_nothing_and_says_where_to_look(house: House, name: str) -> None:
    switch(house, lists="omit_empty")
    fault(house, "PATCH", "contacts", name)
    code, told = probed(house)

    assert (code, f"Look at contact {PONT} in Qomon" in told, known(house)) == (1, True, set())


def test_a_call_that_fails_half_way_still_puts_the_contact_back(house: House) -> None:
    """The read after the first list was filled."""
    switch(house, lists="omit_empty")
    run(house, "catalogue")
    before = kept(stored(house, PONT))
    search = house.sandbox.next_fault

    def third_read(*call: Any) -> Any:
        if sum(c["method"] == "GET" and c["path"].startswith("/contacts") for c in house.sandbox.calls) == 2:
            house.sandbox.next_fault = search  # type: ignore[method-assign]
            fault(house, "GET", "contacts", "html")
        return search(*call)

    house.sandbox.next_fault = third_read  # type: ignore[assignment, method-assign]  # a real part, only noticed
    code, _ = probed(house)

    assert (code, known(house), kept(stored(house, PONT))) == (1, set(), before)


def test_a_contact_that_is_not_there_is_said_so(house: House) -> None:
    assert probed(house, 5) == (1, "Error: Qomon has no contact 5.\n")


def test_while_writing_is_off_it_does_not_write(tmp_path: Path) -> None:
    house = plain_house(tmp_path, WRITING="off")

    assert probed(house) == (1, "Error: WRITING=off: nothing is written, and this would write.\n")


def test_without_a_probe_everything_is_looked_at_the_worst_first_with_what_to_do(house: House) -> None:
    run(house, "pause")
    result = run(house, "doctor")
    lines = result.output.splitlines()

    assert result.exit_code == 0
    assert lines[:2] == [
        "warning  default: Writing is paused. Since 2026-11-22T09:00:00.000Z.",
        "         -> If it should go on: flask resume",
    ]
    assert "ok       default: lists that a read leaves out when they are empty: none known." in lines
    assert "ok       1 webhook, and it loads." in lines


def test_a_fault_is_an_exit_code(tmp_path: Path) -> None:
    plain_house(tmp_path)
    result = run(House(tmp_path, (), JSON_TOKEN=""), "doctor")

    assert (result.exit_code, result.output.partition("  ")[0]) == (1, "FAULT")
    assert "$JSON_TOKEN is not set" in result.output


def test_programs_are_told_the_same(house: House) -> None:
    run(house, "pause")
    result = run(house, "doctor", "--json")
    said = json.loads(result.stdout)

    assert (result.exit_code, said["well"]) == (0, True)
    assert said["findings"][0] == {
        "code": "space_stopped",
        "level": "warn",
        "sentence": "default: Writing is paused. Since 2026-11-22T09:00:00.000Z.",
        "fix": "If it should go on: flask resume",
    }


def test_one_account_may_be_asked_about_if_there_is_such_a_one(tmp_path: Path) -> None:
    house = plain_house(tmp_path, QOMON_TOKEN__LYON="an-invented-token")
    both, one = run(house, "doctor").output, run(house, "doctor", "--space", "lyon").output

    assert ["default: lists" in said for said in (both, one)] == [True, False]
    assert ["lyon: lists" in said for said in (both, one)] == [True, True]
    assert run(house, "doctor", "--space", "paris").output == (
        "Error: No Qomon account is called paris. Known: default, lyon.\n"
    )


def test_a_store_that_is_away_is_an_answer_and_no_traceback(house: House, tmp_path: Path) -> None:
    house.services.store.close()
    tmp_path.joinpath("bridge.db").write_bytes(b"not a database " * 1000)
    result = run(house, "doctor")

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert result.output.startswith(f"FAULT    The store does not answer: the file {tmp_path}/bridge.db.")
    assert "password manager" in result.output


def test_a_probe_is_for_people(house: House) -> None:
    assert run(house, "doctor", "--probe", PONT, "--json").exit_code == 2


def test_after_the_proof_those_who_were_held_cross_whole(house: House) -> None:
    """Paul has neither answers nor custom fields, and Qomon does not show the lists."""
    switch(house, lists="omit_empty")
    paul = {"mail": "paul.martin@example.org", "metier": "Boulanger"}
    first = crossed(house, **paul)
    assert (said(first), writes(house)) == (("held", "shape_unproved"), [])
    probed(house)
    before = kept(stored(house, 9000024))

    assert said(crossed(house, **paul, prenom="Paul")) == ("delivered", None)
    after = kept(stored(house, 9000024))
    assert [entry[:2] for entry in after.pop("custom_fields")] == [(811, "Boulanger")]
    assert after == {name: value for name, value in before.items() if name != "custom_fields"}


def test_where_nothing_was_proved_they_stay_held(house: House) -> None:
    switch(house, lists="omit_all")
    probed(house)

    assert said(crossed(house, mail="paul.martin@example.org", metier="Boulanger")) == ("held", "shape_unproved")
