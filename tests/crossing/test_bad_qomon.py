"""Bad answers of Qomon, from the call to the report: nothing is lost, nothing is written twice or unread."""

from pathlib import Path

import pytest

from bridge.qomon.sandbox import TOKEN
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import (
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    asked,
    count,
    crossed,
    fault,
    later,
    live,
    plain_house,
    rows,
    said,
    sent,
    stored,
    switch,
    writes,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

NO_ANSWERS = ("html", "truncated", "cut", "error_before", "error_after")
NEW = written(mail=SOMEBODY, prenom="Camille", nom="Exemple")


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        *(("POST", "search", name) for name in NO_ANSWERS),
        *(("GET", "contacts", name) for name in (*NO_ANSWERS, "other_contact")),
    ],
)
def test_a_read_that_is_no_answer_writes_nothing_and_the_event_waits(
    house: House, method: str, path: str, name: str
) -> None:
    fault(house, method, path, name)
    event = sent(house, ZOES)
    house.drain()

    assert said(house.report(event)) == ("queued", "backoff")
    assert (writes(house), count(house, tables.intent)) == ([], 0)
    assert later(house, event, seconds=29) == ("queued", "backoff")
    assert later(house, event, seconds=2) == ("delivered", None)
    assert (live(house, 811), writes(house)) == (["Boulangère"], [("PATCH", 200)])


@pytest.mark.parametrize("name", ["html", "truncated", "other_contact", "error_after"])
def test_a_write_whose_answer_is_unusable_is_read_once_more_and_told_rightly(house: House, name: str) -> None:
    fault(house, "PATCH", "contacts", name)

    report = crossed(house, mail=ZOES_MAIL, metier="Boulangère")

    assert said(report) == ("delivered", None)
    assert [line for line in report["fields"] if line["confirmed"]] == [
        {"field": "custom_fields.Métier", "change": "changed", "confirmed": "stored"}
    ]
    assert (asked(house, "PATCH"), asked(house, "GET", f"/contacts/{ZOE}")) == (1, 2)
    assert (count(house, tables.intent), count(house, tables.undo)) == (0, 1)


def test_a_write_that_is_cut_off_waits_half_a_minute_before_it_is_read_again(house: House) -> None:
    """The call may still be at work in Qomon, so that a read at once would say too little."""
    fault(house, "PATCH", "contacts", "cut")
    event = sent(house, ZOES)
    house.drain()

    assert (said(house.report(event)), count(house, tables.intent)) == (("queued", "backoff"), 1)
    assert later(house, event, seconds=29) == ("queued", "backoff")
    assert later(house, event, seconds=2) == ("delivered", None)
    assert (asked(house, "PATCH"), count(house, tables.intent)) == (1, 0)


@pytest.mark.parametrize(("ms", "said_of_it"), [(25_000, ("queued", "backoff")), (2_000, ("delivered", None))])
def test_a_head_that_dribbles_holds_a_lease_no_longer_than_a_call_may_last(
    house: House, ms: int, said_of_it: tuple[str, str | None]
) -> None:
    fault(house, "PATCH", "contacts", "dribble", ms=ms)
    event = sent(house, ZOES)
    house.drain()

    assert said(house.report(event)) == said_of_it
    assert later(house, event, seconds=31) == ("delivered", None)
    assert asked(house, "PATCH") == 1


def test_a_new_event_does_not_shorten_that_wait(house: House) -> None:
    fault(house, "PATCH", "contacts", "cut")
    event = sent(house, ZOES)
    house.drain()
    sent(house, written(mail=ZOES_MAIL, prenom="Zoé"))
    house.drain()

    assert said(house.report(event)) == ("queued", "behind")
    assert asked(house, "GET", f"/contacts/{ZOE}") == 1
    assert later(house, event, seconds=31) == ("delivered", None)
    assert asked(house, "PATCH") == 1


def test_a_500_before_the_write_is_written_later(house: House) -> None:
    fault(house, "PATCH", "contacts", "error_before")
    event = sent(house, ZOES)
    house.drain()

    assert (said(house.report(event)), live(house, 811)) == (("queued", "backoff"), ["Menuisière"])
    assert count(house, tables.intent) == 0
    assert later(house, event, seconds=6) == ("delivered", None)
    assert (live(house, 811), writes(house)) == (["Boulangère"], [("PATCH", 500), ("PATCH", 200)])


@pytest.mark.parametrize("retry_after", ["seconds", "date", "none"])
@pytest.mark.parametrize(("method", "path"), [("POST", "search"), ("GET", "contacts"), ("PATCH", "contacts")])
def test_after_a_429_the_event_is_delivered_once_and_not_too_soon(
    house: House, method: str, path: str, retry_after: str
) -> None:
    switch(house, retry_after=retry_after)
    fault(house, method, path, "quota")
    event = sent(house, ZOES)
    house.drain()

    assert (said(house.report(event)), live(house, 811)) == (("queued", "quota"), ["Menuisière"])
    calls = len(house.sandbox.calls)
    assert later(house, event, milliseconds=900) == ("queued", "quota")
    assert len(house.sandbox.calls) == calls
    assert later(house, event, seconds=8) == ("delivered", None)
    assert (live(house, 811), [status for _, status in writes(house)].count(200)) == (["Boulangère"], 1)
    assert house.report(event)["cost"]["waited_ms"] == 8900


@pytest.mark.parametrize(("method", "path"), [("POST", "search"), ("GET", "contacts"), ("PATCH", "contacts")])
def test_while_qomon_refuses_the_key_on_one_call_the_event_waits_alone(house: House, method: str, path: str) -> None:
    fault(house, method, path, "refused")
    event = sent(house, ZOES)
    house.drain()

    assert (said(house.report(event)), live(house, 811)) == (("queued", "backoff"), ["Menuisière"])
    assert later(house, event, seconds=61) == ("delivered", None)


def test_a_wrong_key_waits_until_it_is_right(house: House) -> None:
    house.sandbox.token = "another-token"
    event = sent(house, ZOES)
    house.drain()
    assert later(house, event, hours=5) == ("queued", "key_refused")

    house.sandbox.token = TOKEN
    assert later(house, event, hours=1) == ("delivered", None)


def test_what_qomon_refuses_is_held(house: House) -> None:
    fault(house, "PATCH", "contacts", "rejected")

    report = crossed(house, mail=ZOES_MAIL, metier="Boulangère")

    assert (said(report), live(house, 811)) == (("held", "refused_by_qomon"), ["Menuisière"])
    assert (count(house, tables.intent), count(house, tables.lane), asked(house, "PATCH")) == (0, 0, 1)
    assert {line["status"] for line in report["answers"]} == {"held"}


def test_a_contact_that_was_merged_away_is_looked_for_again(house: House) -> None:
    """Found by memory, gone by 404; somebody else has the mail by now."""
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    house.sandbox.contacts.all[9000018].update(firstname="Zoé", mail=ZOES_MAIL)
    house.sandbox.contacts.all.pop(ZOE)

    report = crossed(house, mail=ZOES_MAIL, prenom="Zoé", metier="Plombière")

    assert (said(report), report["contact"]["id"]) == (("delivered", None), 9000018)
    assert sorted(row.contact for row in rows(house, tables.known)) == [9000018]


def test_a_contact_that_vanishes_between_the_read_and_the_write_is_looked_for_again(house: House) -> None:
    fault(house, "PATCH", "contacts", "missing")
    event = sent(house, ZOES)
    house.drain()

    assert said(house.report(event)) == ("queued", "backoff")
    assert (count(house, tables.intent), [row.left for row in rows(house, tables.event)]) == (0, [ZOE])


def test_a_contact_that_search_shows_and_that_is_not_there_is_held_in_the_end(house: House) -> None:
    """5 s, 30 s, 2 min, 10 min, then a person (docs/ledger.md 7)."""
    fault(house, "GET", "contacts", "missing", 100)
    event = sent(house, ZOES)
    house.drain()

    assert said(house.report(event)) == ("queued", "backoff")
    for seconds in (5, 30, 120):
        assert later(house, event, seconds=seconds + 1) == ("queued", "backoff")
    assert later(house, event, seconds=601) == ("held", "contact_gone")


def test_a_creation_that_qomon_refused_may_be_asked_for_again(house: House) -> None:
    fault(house, "POST", "contacts", "rejected")
    first = crossed(house, mail=SOMEBODY, prenom="Camille")
    second = crossed(house, mail=SOMEBODY, prenom="Camille", nom="Exemple")

    assert (said(first), said(second)) == (("held", "refused_by_qomon"), ("created", None))
    assert count(house, tables.creating) == 0


@pytest.mark.parametrize("name", ["quota", "refused"])
def test_a_creation_that_surely_did_not_happen_is_asked_for_later(house: House, name: str) -> None:
    fault(house, "POST", "contacts", name)
    event = sent(house, NEW)
    house.drain()

    assert (said(house.report(event))[0], count(house, tables.creating)) == ("queued", 0)
    assert later(house, event, seconds=61) == ("created", None)


def test_a_creation_that_answers_with_another_contacts_id_misleads_nobody_for_long(house: House) -> None:
    """Nothing contradicts that id until it is read: then the person is looked for again."""
    fault(house, "POST", "contacts", "other_contact")
    first = crossed(house, mail=SOMEBODY, prenom="Camille")

    second = crossed(house, mail=SOMEBODY, prenom="Camille", metier="Boulangère")

    real = first["contact"]["id"] - 1
    assert (said(second), second["contact"]["id"], live(house, 811, real)) == (
        ("delivered", None),
        real,
        ["Boulangère"],
    )
    assert asked(house, "POST") == 1


def test_what_qomon_drops_is_held_with_the_way_back(house: House) -> None:
    switch(house, drops=["custom_fields"])

    report = crossed(house, mail="karim.benali@example.org", metier="Boulanger", mobile="+33639980142")

    confirmed = {line["field"]: line["confirmed"] for line in report["fields"] if line["confirmed"]}
    assert said(report) == ("held", "not_confirmed")
    assert confirmed == {"custom_fields.Métier": "dropped", "mobile": "stored"}
    assert count(house, tables.undo) == 1


def test_a_partial_echo_is_followed_by_a_read(house: House) -> None:
    switch(house, echo="partial")

    assert said(crossed(house, mail=ZOES_MAIL, metier="Boulangère")) == ("delivered", None)
    assert asked(house, "GET", f"/contacts/{ZOE}") == 2


@pytest.mark.parametrize("name", ["html", "error_before", "quota", "refused", "missing"])
def test_without_any_catalogue_the_event_waits_for_it(tmp_path: Path, name: str) -> None:
    house = plain_house(tmp_path)
    fault(house, "GET", "forms", name)
    event = sent(house, ZOES)
    house.drain()

    assert (said(house.report(event)), writes(house)) == (("queued", "catalogue"), [])
    assert later(house, event, seconds=61) == ("delivered", None)


def test_a_new_contact_that_search_does_not_show_yet_is_not_created_twice(house: House) -> None:
    switch(house, index_delay_ms=60_000)
    first = crossed(house, mail=SOMEBODY, prenom="Camille")
    second = crossed(house, mail=SOMEBODY, prenom="Camille", metier="Boulangère")

    assert (said(first), said(second)) == (("created", None), ("delivered", None))
    assert first["contact"]["id"] == second["contact"]["id"]
    assert stored(house, first["contact"]["id"])["mail"] == SOMEBODY


def test_a_date_that_qomon_reads_with_microseconds_is_echoed_in_milliseconds_and_a_text_as_it_is(house: House) -> None:
    moment = "2024-02-11T10:20:30.123456Z"
    entries = house.sandbox.contacts.all[ZOE]["custom_fields"]
    (joined,) = [entry for entry in entries if entry["form_id"] == 813]
    joined["data"] = moment
    entries.append({**joined, "form_id": 820, "form_ref_id": 8201})
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")

    assert (live(house, 813), live(house, 820)[-1]) == (["2024-02-11T10:20:30.123Z"], moment)
