"""A contact's page in Qomon is learned from one that somebody pastes, and is a link wherever its number stands."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.errors import Faults
from bridge.hooks.revisions import By
from bridge.operations import contact_page
from bridge.qomon import account
from bridge.store import tables
from tests.support.json_hook import crossed, plain_house
from tests.support.visitor import Visitor

BY = By(datetime(2026, 11, 21, tzinfo=UTC), "Léa")
PASTED = "https://app.qomon.example.org/en/contacts/9000017?tab=2"


@pytest.mark.parametrize(
    ("pasted", "learned"),
    [
        ("https://app.qomon.example.org/contacts/9000017", "https://app.qomon.example.org/contacts/{contact}"),
        (" https://app.qomon.example.org/#/c/9000017/edit ", "https://app.qomon.example.org/#/c/{contact}/edit"),
        (PASTED, "https://app.qomon.example.org/en/contacts/{contact}?tab=2"),
    ],
)
def test_the_last_number_of_the_address_is_the_contacts(pasted: str, learned: str) -> None:
    assert contact_page.pattern(pasted) == learned


@pytest.mark.parametrize(
    "pasted",
    ["9000017", "https://[9000017", "http://app.example.org/9000017", "https://app.example.org/me", "https://a:b@app.example.org/9000017",
     "javascript:alert(9000017)", "https://9000017.example.org/", "https://app.example.org/9000017\n"[:-1] + "\x00"],
)  # fmt: skip
def test_what_is_no_page_of_a_contact_is_refused(pasted: str) -> None:
    with pytest.raises(Faults):
        contact_page.pattern(pasted)


def test_it_is_a_link_on_a_submission_once_it_was_pasted_by_an_admin(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    event = crossed(house, mail="zoe.lefevre@example.org", metier="Boulangère")["event"]
    before = Visitor(house).get(f"/submissions/{event}").source
    refused = Visitor(house).send("/settings/installation/contact-page", space="default", address=PASTED).status
    Visitor(house, "admin").send("/settings/installation/contact-page", space="default", address=PASTED)
    after = Visitor(house).get(f"/submissions/{event}").source

    assert ("Open in Qomon" in before, refused) == (False, 403)
    assert 'href="https://app.qomon.example.org/en/contacts/9000017?tab=2"' in after


def test_what_was_proved_of_the_account_stays_beside_it(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    with house.services.store.write() as tx:
        account.learn(tx, "default", ["tags"], [], house.clock())
    contact_page.learn(house.services, "default", PASTED, BY)
    with house.services.store.read() as tx:
        known = account.omitted(tx, "default"), account.probed(tx, "default")

    assert known == (frozenset({"tags"}), True)


def test_a_pasted_address_alone_proves_nothing(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    contact_page.learn(house.services, "default", PASTED, BY)
    with house.services.store.read() as tx:
        assert (account.omitted(tx, "default"), account.probed(tx, "default")) == (frozenset(), False)


def test_the_version_before_finds_in_a_profile_what_it_asks_for(tmp_path: Path) -> None:
    """It crosses beside this one during an upgrade, and fails where `omitted` is missing."""
    house = plain_house(tmp_path)
    contact_page.learn(house.services, "default", PASTED, BY)
    with house.services.store.read() as tx:
        profile = tx.execute(select(tables.space.c.profile)).scalar_one()

    assert json.loads(profile)["omitted"] == []
