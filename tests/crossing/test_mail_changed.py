"""A tool says that somebody has another address now: one contact before and after (docs/ledger.md 1 and 7)."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from bridge.mapping.compile import who_is_it
from bridge.model import Answer, Submission
from bridge.store import tables
from schemas.codes import Kind
from tests.support.json_hook import asked, count, fault, plain_house, said, switch, writes
from tests.support.sample_hook import answer, hook, submission
from tests.support.whole_bridge import House

OLD, NEW = "rita.old@example.org", "rita.new@example.org"
RITA = 9300000
LONG_AGO = dict.fromkeys(("lastchange", "UpdatedAt"), "2020-01-01T00:00:00.000Z")
RULE = "  - {when: {kind: mail_changed}, from: new_email, to: mail}\n"
HOOK = f"""
hook: essai
address: essai234
source: mailchimp
proof: {{scheme: header, header: X-Token, secret: $JSON_TOKEN}}
mode: live
wait: 0
contact: {{find: [mail], names: agree, missing: create}}
fields:
  - {{from: EMAIL, to: mail}}
{RULE}  - {{from: FNAME, to: firstname, as: name, change: fill}}
  - {{from: LNAME, to: surname, as: name, change: fill}}
"""


@pytest.fixture
def house(tmp_path: Path, both_stores: None) -> House:
    house = plain_house(tmp_path, HOOK)
    house.sandbox.contacts.put(RITA, {**LONG_AGO, "firstname": "Rita", "surname": "Brun", "mail": OLD})
    return house


def call(house: House, at: str, **data: str) -> str:
    kind = "upemail" if "new_email" in data else "profile"
    body = urlencode({"type": kind, "fired_at": f"2026-11-20 {at}", **{f"data[{name}]": v for name, v in data.items()}})
    headers = {"X-Token": "an-invented-token", "Content-Type": "application/x-www-form-urlencoded"}
    told = house.door.post("/hooks/essai234", data=body, headers=headers)
    assert told.status_code == 200, told.get_data(as_text=True)
    (event,) = told.get_json()["events"]
    return str(event["event"])


def changed(house: House, at: str = "20:53:21") -> str:
    return call(house, at, old_email=OLD, new_email=NEW)


def profile(house: House, mail: str, at: str = "20:53:21", first: str = "Rita") -> str:
    return call(house, at, **{"email": mail, "merges][EMAIL": mail, "merges][FNAME": first})


def ends(house: House, *events: str) -> list[tuple[str, str | None]]:
    house.drain()
    return [said(house.report(event)) for event in events]


def mails(house: House) -> list[str]:
    """Of whoever is called Rita."""
    return [one["mail"] for one in house.sandbox.contacts.all.values() if one["firstname"] == "Rita"]


def test_the_old_address_finds_and_the_next_call_finds_by_the_new_one(house: House) -> None:
    """Also while Qomon's search has not heard of it."""
    switch(house, index_delay_ms=3_600_000)
    assert ends(house, changed(house)) == [("delivered", None)]
    assert ends(house, profile(house, NEW)) == [("unchanged", None)]
    assert (mails(house), count(house, tables.lane)) == ([NEW], 0)


@pytest.mark.parametrize("first", ["changed", "profile"])
@pytest.mark.parametrize("second", ["20:53:21", "20:53:22"])
def test_both_at_once_in_either_order_are_one_contact(house: House, first: str, second: str) -> None:
    """Mailchimp sends the profile beside the changed address, in the same second, in no order."""
    if first == "changed":
        events = [changed(house, "20:53:21"), profile(house, NEW, second)]
    else:
        events = [profile(house, NEW, "20:53:21"), changed(house, second)]
    assert sorted(ends(house, *events)) == [("delivered", None), ("unchanged", None)]
    assert (mails(house), count(house, tables.lane)) == ([NEW], 0)
    assert [method for method, _ in writes(house)] == ["PATCH"]


def test_both_while_qomon_is_away_are_one_contact(house: House) -> None:
    fault(house, "GET", "contacts", "error_before")
    events = [changed(house)]
    house.drain()
    events.append(profile(house, NEW))
    house.clock.move(seconds=31)
    assert ends(house, *events) == [("delivered", None), ("unchanged", None)]
    assert mails(house) == [NEW]


def test_somebody_else_with_the_new_address_is_not_led_along(house: House) -> None:
    """Boris came before the new address was Rita's, so it is his as well; a moment later he is another person."""
    events = [changed(house), profile(house, NEW, first="Boris")]
    assert ends(house, *events) == [("delivered", None), ("created", None)]
    assert mails(house) == [NEW]
    assert house.sandbox.contacts.all[RITA]["firstname"] == "Rita"


def test_an_old_address_that_nobody_has_creates_nobody_and_the_new_one_finds_nobody(house: House) -> None:
    house.sandbox.contacts.put(RITA, {"mail": NEW})
    assert ends(house, changed(house)) == [("held", "missing_contact")]
    house.sandbox.contacts.put(RITA, {"mail": "rita@example.org"})
    assert ends(house, changed(house, "20:54:21"), profile(house, NEW, "20:55:21", "Anne")) == [
        ("held", "missing_contact"),
        ("created", None),
    ]


def test_without_a_rule_for_it_a_changed_mail_changes_nothing(tmp_path: Path) -> None:
    house = plain_house(tmp_path, HOOK.replace(RULE, ""))
    house.sandbox.contacts.put(RITA, {**LONG_AGO, "firstname": "Rita", "mail": OLD})
    assert ends(house, changed(house)) == [("unchanged", None)]
    assert (mails(house), asked(house, "PATCH")) == ([OLD], 0)
    assert ends(house, profile(house, NEW, first="Rita")) == [("created", None)]


CHANGED = (Answer("old_email", "old", "mail", OLD), Answer("new_email", "new", "mail", NEW))


@pytest.mark.parametrize(
    ("rules", "joins"),
    [
        (("{from: EMAIL, to: mail}", "{when: {kind: mail_changed}, from: new_email, to: mail}"), {"mail": NEW}),
        (("{from: old_email, to: mail}", "{when: {kind: mail_changed}, from: new_email, to: mail}"), {"mail": NEW}),
        (("{when: {kind: mail_changed}, from: new_email, to: mail}",), {"mail": NEW}),
        (("{when: {kind: [subscribed, mail_changed]}, from: new_email, to: mail}",), {"mail": NEW}),
        (("{from: EMAIL, to: mail}",), {"mail": NEW}),
        (("{from: Q, to: tags}",), {"mail": NEW}),
    ],
)
def test_the_old_address_finds_whatever_rules_there_are(rules: tuple[str, ...], joins: dict[str, str]) -> None:
    said = Submission(None, None, "mail_changed", CHANGED, {"mail": OLD})
    found = who_is_it(hook(*rules), said)
    assert (found.identities, found.joins) == ({"mail": OLD}, joins)


@pytest.mark.parametrize("kind", ["submitted", "subscribed", "unsubscribed", "deleted", "test"])
@pytest.mark.parametrize("when", ["submitted", "unsubscribed", "[subscribed, unsubscribed]"])
def test_an_identity_rule_finds_for_every_kind_of_event(kind: Kind, when: str) -> None:
    """`when` limits only what it sets."""
    found = who_is_it(hook(f"{{when: {{kind: {when}}}, from: M, to: mail}}"), submission(answer("M", OLD), kind=kind))
    assert (found.identities, found.joins) == ({"mail": OLD}, {})


def test_a_rule_for_this_kind_of_event_finds_before_one_for_any_and_that_before_one_for_another() -> None:
    rules = ["{when: {kind: submitted}, from: A, to: mail}", "{from: B, to: mail, when: {kind: subscribed}}"]
    rules.append("{from: C, to: mail, when: {kind: [unsubscribed, deleted]}}")
    said = [answer(key, f"{key.lower()}@example.org") for key in "ABC"]
    kinds: tuple[Kind, ...] = ("submitted", "subscribed", "unsubscribed", "test")
    found = [who_is_it(hook(*rules), submission(*said, kind=kind)).identities["mail"][0] for kind in kinds]
    assert found == ["a", "b", "c", "a"]
