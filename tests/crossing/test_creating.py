"""Creating exactly once: claims, unanswered creations, and whoever comes behind them (docs/ledger.md 16)."""

from datetime import timedelta

import pytest

from bridge.crossing import retry
from bridge.inbox import known_contacts
from bridge.store import tables
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    asked,
    count,
    crossed,
    fault,
    later,
    live,
    rows,
    said,
    sent,
    switch,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

MOBILE = "06 39 98 01 42"
NEW = written(mail=SOMEBODY, mobile=MOBILE, prenom="Camille", nom="Exemple")
UNANSWERED = ("html", "truncated", "cut", "error_before", "error_after")
NEVER = 10_000_000_000


def unanswered(house: House, name: str = "error_after", hidden_ms: int = NEVER) -> str:
    """An event whose creation got no answer; the search shows the contact, if at all, after `hidden_ms`."""
    fault(house, "POST", "contacts", name)
    switch(house, index_delay_ms=hidden_ms)
    event = sent(house, NEW)
    house.drain()
    return event


@pytest.mark.parametrize("name", UNANSWERED)
def test_an_unanswered_creation_is_looked_for_four_times_and_never_asked_for_again(house: House, name: str) -> None:
    event = unanswered(house, name)
    seen = [said(house.report(event))]
    searches = [asked(house, "POST", "/search")]
    for seconds in (5, 25, 90, 480):
        seen.append(later(house, event, seconds=seconds))
        searches.append(asked(house, "POST", "/search"))

    assert seen == [("queued", "creating")] * 4 + [("held", "maybe_created")]
    assert searches == [2, 4, 6, 8, 10]  # by mail and by mobile
    assert later(house, event, days=2) == ("held", "maybe_created")
    assert (asked(house, "POST"), count(house, tables.creating)) == (1, 2)


def test_between_two_looks_nobody_looks(house: House) -> None:
    event = unanswered(house)
    house.sandbox.calls.clear()

    assert later(house, event, seconds=4) == ("queued", "creating")
    assert house.sandbox.calls == []


@pytest.mark.parametrize("hidden_ms", [3_000, 20_000, 100_000, 500_000])
def test_once_the_search_shows_the_contact_the_event_has_created_it(house: House, hidden_ms: int) -> None:
    event = unanswered(house, hidden_ms=hidden_ms)
    for seconds in (5, 25, 90, 480):
        later(house, event, seconds=seconds)

    report = house.report(event)
    assert (said(report), report["contact"]["created"]) == (("created", None), True)
    assert (asked(house, "POST"), count(house, tables.creating), count(house, tables.lane)) == (1, 0, 0)


def test_a_creation_that_a_dead_runner_asked_for_is_looked_for_and_not_asked_for_again(house: House) -> None:
    """Its rows are all that is left: claimed, and no answer was written down."""
    event = sent(house, NEW)
    (row,) = rows(house, tables.event)
    prints = [one.fingerprint for one in rows(house, tables.identity)]
    with house.services.store.write() as tx:
        assert known_contacts.claim(tx, row.space, prints, event, house.clock())
    house.drain()

    assert (said(house.report(event)), asked(house, "POST")) == (("queued", "creating"), 0)
    assert later(house, event, hours=3) == ("held", "maybe_created")
    assert asked(house, "POST") == 0


def test_events_behind_it_wait_with_it_and_are_held_with_it(house: House) -> None:
    """One in its lane, one that shares the mobile only, from a lane of its own after a while."""
    first = unanswered(house)
    second = sent(house, written(mail=SOMEBODY, prenom="Camille", metier="Pilote", submitted_at="2026-11-01T10:00:00Z"))
    house.drain()
    assert (said(house.report(second)), later(house, first, seconds=5)) == (
        ("queued", "creating"),
        ("queued", "creating"),
    )
    for seconds in (25, 90, 480):
        later(house, first, seconds=seconds)
    third = sent(house, written(mobile=MOBILE, prenom="Camille"))
    house.drain()

    assert [said(house.report(event)) for event in (first, second, third)] == [("held", "maybe_created")] * 3
    assert (asked(house, "POST"), count(house, tables.lane)) == (1, 0)


def test_events_behind_it_cross_once_the_contact_is_found(house: House) -> None:
    first = unanswered(house, hidden_ms=20_000)
    second = sent(house, written(mail=SOMEBODY, prenom="Camille", metier="Pilote", submitted_at="2026-11-01T10:00:00Z"))
    house.drain()
    for seconds in (5, 25, 1):
        later(house, first, seconds=seconds)

    assert [said(house.report(event))[0] for event in (first, second)] == ["created", "delivered"]
    assert (asked(house, "POST"), count(house, tables.creating)) == (1, 0)


def two_answers(house: House) -> tuple[str, str]:
    """Of one new person, shortly before Qomon is asked to create them."""
    jobs = {"08:59:50": "Fleuriste", "08:59:55": "Pilote"}
    bodies = [written(mail=SOMEBODY, metier=job, submitted_at=f"2026-11-22T{at}Z") for at, job in jobs.items()]
    return sent(house, bodies[0]), sent(house, bodies[1])


def test_what_waits_behind_an_unanswered_creation_is_not_older_than_it(house: House) -> None:
    fault(house, "POST", "contacts", "error_after")
    events = two_answers(house)
    house.drain()
    house.clock.move(seconds=5)
    house.drain()

    reports = [house.report(event) for event in events]
    assert [said(report) for report in reports] == [("created", None), ("delivered", None)]
    assert live(house, 811, reports[0]["contact"]["id"]) == ["Pilote"]


def test_a_creation_that_somebody_changed_since_is_theirs(house: House) -> None:
    fault(house, "POST", "contacts", "error_after")
    events = two_answers(house)
    house.drain()
    house.sandbox.contacts.put(max(house.sandbox.contacts.all), {"mail": SOMEBODY, "custom_fields": []})
    house.sandbox.contacts.put(max(house.sandbox.contacts.all), {"custom_fields": [{"form_id": 811, "data": "Juge"}]})
    house.clock.move(seconds=5)
    house.drain()

    reports = [house.report(event) for event in events]
    assert [said(report) for report in reports] == [("unchanged", None)] * 2
    assert live(house, 811, reports[0]["contact"]["id"]) == ["Juge"]


def test_whoever_asked_for_the_creation_looks_first(house: House) -> None:
    """The process died between Qomon's answer and writing it down, and an older answer came in since."""
    older, asker = two_answers(house)
    (row, _) = rows(house, tables.event)
    (mail,) = {one.fingerprint for one in rows(house, tables.identity)}
    with house.services.store.write() as tx:
        assert known_contacts.claim(tx, row.space, [mail], asker, house.clock())
    made = {"mail": SOMEBODY, "custom_fields": [{"form_id": 811, "data": "Pilote"}]}
    house.sandbox.contacts.put(9_100_000, made)
    house.drain()
    assert said(house.report(older)) == ("queued", "creating")
    house.clock.move(seconds=5)
    house.drain()

    assert [said(house.report(event))[0] for event in (asker, older)] == ["created", "unchanged"]
    assert house.report(older)["answers"][1]["status"] == "older"
    assert live(house, 811, 9_100_000) == ["Pilote"]


def test_a_claim_is_for_all_identities_or_for_none(house: House) -> None:
    now = house.clock()
    with house.services.store.write() as tx:
        assert known_contacts.claim(tx, "default", ["b", "a"], "one", now)
    with pytest.raises(ZeroDivisionError), house.services.store.write() as tx:  # the caller rolls back
        assert not known_contacts.claim(tx, "default", ["c", "b"], "two", now)
        raise ZeroDivisionError

    assert [(row.fingerprint, row.event) for row in rows(house, tables.creating)] == [("a", "one"), ("b", "one")]


def test_the_same_identity_in_two_spaces_is_two_people(house: House) -> None:
    with house.services.store.write() as tx:
        assert known_contacts.claim(tx, "default", ["a"], "one", house.clock())
        assert known_contacts.claim(tx, "lyon", ["a"], "two", house.clock())


def test_a_creation_is_known_by_every_identity_and_awaited_by_none(house: House) -> None:
    report = crossed(house, mail=SOMEBODY, mobile=MOBILE, prenom="Camille")

    assert [row.contact for row in rows(house, tables.known)] == [report["contact"]["id"]] * 2
    assert count(house, tables.creating) == 0


def test_a_hook_that_leaves_out_who_is_missing_does_not_leave_out_who_is_being_created(house: House) -> None:
    unanswered(house)
    house.import_hook(ESSAI.replace("missing: create", "missing: ignore"))
    event = sent(house, written(mail=SOMEBODY, prenom="Camille", submitted_at="2026-11-01T10:00:00Z"))
    house.drain()

    assert said(house.report(event)) == ("queued", "creating")


@pytest.mark.parametrize(
    ("seconds", "left"), [(0, 5), (5, 25), (29, 1), (30, 90), (120, 480), (599, 1), (600, None), (9999, None)]
)
def test_the_looks_go_by_age(seconds: int, left: int | None) -> None:
    assert retry.look(timedelta(seconds=seconds)) == (None if left is None else timedelta(seconds=left))
