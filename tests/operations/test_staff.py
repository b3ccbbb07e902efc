"""Accounts: the last admin stays, links end, what is stored of anybody is sealed; and the command that makes them."""

from pathlib import Path

import pytest

from bridge.hooks.revisions import By
from bridge.operations.staff import NotAllowed, Staff
from bridge.store import tables
from tests.support.commands import done, run
from tests.support.json_hook import plain_house, rows
from tests.support.visitor import PASSWORD, account_of
from tests.support.whole_bridge import House


@pytest.fixture
def house(tmp_path: Path, both_stores: str) -> House:
    return plain_house(tmp_path)


def staff(house: House) -> Staff:
    return Staff(house.services.store, house.services.vault)


def by(house: House) -> By:
    return By(house.clock(), "Léa")


def test_the_last_admin_is_neither_removed_nor_made_less(house: House) -> None:
    lea = account_of(house, "admin")
    account_of(house, "staff")

    with pytest.raises(NotAllowed, match="last admin"):
        staff(house).remove(lea.id, by(house))
    with pytest.raises(NotAllowed, match="last admin"):
        staff(house).change_role(lea.id, "viewer", by(house))
    assert staff(house).by_id(lea.id).role == "admin"


def test_the_first_account_is_made_once(house: House) -> None:
    staff(house).first("lea@example.org", "Léa", PASSWORD, by(house))

    with pytest.raises(NotAllowed, match="already"):
        staff(house).first("mallory@example.org", "Mallory", PASSWORD, by(house))


def test_two_spellings_of_an_address_are_one_account(house: House) -> None:
    account_of(house, "staff", "sam@example.org")

    with pytest.raises(NotAllowed, match="already"):
        staff(house).add(" Sam@Example.ORG ", "Sam", "viewer", by(house))


def test_a_link_ends_the_sessions_and_the_second_factor_when_it_is_used_and_not_before(house: House) -> None:
    sam = account_of(house)
    token = staff(house).link(sam.id, by(house))
    meanwhile = staff(house).of_session(sam.id, sam.stamp)
    after = staff(house).use_link(token, "encore une autre phrase", by(house))

    assert meanwhile is not None
    assert staff(house).of_session(sam.id, sam.stamp) is None
    assert after.second_factor == ""


def test_nothing_of_an_account_stands_in_the_open(house: House) -> None:
    account_of(house, "admin", "lea.tres.reconnaissable@example.org")
    (stored,) = rows(house, tables.account)

    assert "reconnaissable" not in repr(stored)
    assert "argon2" not in repr(stored)
    assert "Léa" not in repr(stored)


def test_an_account_is_added_linked_listed_and_removed_by_command(house: House) -> None:
    added = done(run(house, "staff", "add", "lea@example.org", "--name", "Léa", "--role", "admin"))
    linked = done(run(house, "staff", "link", "lea@example.org"))
    again = run(house, "staff", "add", "lea@example.org")
    last = run(house, "staff", "remove", "lea@example.org")
    done(run(house, "staff", "add", "sam@example.org", "--name", "Sam"))
    listed = done(run(house, "staff", "list"))
    removed = done(run(house, "staff", "remove", "sam@example.org"))

    assert added.startswith("https://bridge.example.org/welcome/")
    assert linked.splitlines()[0] != added.splitlines()[0]
    assert (again.exit_code, last.exit_code) == (1, 1)
    assert [line.split()[:2] for line in listed.splitlines()] == [
        ["admin", "lea@example.org"],
        ["staff", "sam@example.org"],
    ]
    assert removed == "Removed.\n"


def test_an_admin_is_made_by_whoever_has_the_console(house: House) -> None:
    account_of(house, "viewer", "vera@example.org")
    done(run(house, "staff", "link", "vera@example.org", "--admin"))

    assert [one.role for one in staff(house).listed()] == ["admin"]
