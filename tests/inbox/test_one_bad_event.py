"""One bad event stops nobody (docs/ledger.md 5): what cannot be opened, hooks that do not load, accounts without token,
events that our own code fails on. Real stores; the clock is moved.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from bridge.inbox import lanes
from bridge.model import Lane
from bridge.qomon import account
from bridge.qomon.sandbox import TOKEN
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import done, printed, run
from tests.support.json_hook import (
    ESSAI,
    HEADER,
    PROOF,
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    asked,
    change,
    count,
    fault,
    live,
    outcomes,
    plain_house,
    rows,
    said,
    send,
    sent,
    stored,
    switch,
    written,
)
from tests.support.json_hook import TOKEN as SECRET
from tests.support.whole_bridge import QOMON, House

pytestmark = pytest.mark.usefixtures("both_stores")

LYON = {"QOMON_TOKEN__LYON": TOKEN, "QOMON_URL__LYON": QOMON}
OTHER = ESSAI.replace("essai", "autre").replace(HEADER, HEADER.replace("$JSON_TOKEN", "$OTHER_TOKEN"))
UNOPENABLE = ("held", "unopenable")


def sealed(house: House, value: Any) -> bytes:
    return house.services.vault.seal(value)


def many(house: House, number: int) -> list[str]:
    """Events of one person, oldest first, each with another answer; they wait in one lane."""
    found = list[str]()
    for first in range(0, number, 500):
        batch = [{"mail": ZOES_MAIL, "metier": f"Métier {n}"} for n in range(first, min(first + 500, number))]
        found += [event["event"] for event in send(house, json.dumps(batch).encode())["events"]]
    assert count(house, tables.lane) == 1
    return found


def poison(house: House, event: str) -> None:
    """Make our own code fail on this event: its report opens, and says no moment where one belongs."""
    (row,) = (row for row in rows(house, tables.event) if row.id == event)
    report: Any = house.services.vault.unseal(row.report)
    change(house, event, report=sealed(house, {**report, "submitted_at": ["no moment"]}))


def drained(house: House, times: int) -> None:
    for _ in range(times):
        house.drain()
        house.clock.move(minutes=11)


DAMAGES: dict[str, Callable[[House], dict[str, Any]]] = {
    "record overwritten": lambda _house: {"record": b"\x01" + b"\x00" * 80},
    "record is none": lambda house: {"record": sealed(house, [1, 2])},
    "record of a later version": lambda house: {"record": sealed(house, {"payload": {}})},
    "record holds what no tool sends": lambda house: {
        "record": sealed(house, {"body": 7, "key": {}, "volatile": [{}]})
    },
    "report overwritten": lambda _house: {"report": b"noise"},
    "report is none": lambda house: {"report": sealed(house, {"event": "x"})},
    "outcome of a later version": lambda _house: {"outcome": "deferred"},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_of_60_events_of_one_person_the_one_that_does_not_open_is_held_and_the_others_cross(
    house: House, damage: str
) -> None:
    events = many(house, 60)
    change(house, events[17], **DAMAGES[damage](house))
    house.drain()

    others = [event for event in events if event != events[17]]
    assert said(house.report(events[17])) == UNOPENABLE
    assert {outcome for outcome, _ in outcomes(house, others)} == {"delivered"}
    assert (live(house, 811), asked(house, "PATCH"), count(house, tables.lane)) == (["Métier 59"], 1, 0)


def test_whoever_sends_such_an_event_again_and_asks_for_its_report_is_answered(house: House) -> None:
    event = sent(house, ZOES, {"Idempotency-Key": "1"})
    for damage in ({"outcome": "deferred"}, {"report": b"noise"}):
        change(house, event, **damage)
        again = send(house, ZOES, {"Idempotency-Key": "1"})["events"]
        asks = house.door.get(f"/submissions/{event}", headers=PROOF)

        assert (again[0]["event"], again[0]["outcome"]) == (event, "duplicate")
        assert (asks.status_code, asks.get_json()["event"]) == (200, event)


def test_people_are_told_what_is_wrong_with_it_and_can_leave_it_out(house: House) -> None:
    event = sent(house, ZOES)
    change(house, event, record=b"noise", report=b"noise")
    house.drain()

    shown = run(house, "inbox", "show", event)
    assert "cannot be opened" in done(shown)
    assert f"flask inbox skip {event}" in shown.stderr
    assert printed(run(house, "inbox", "show", event, "--json"))["reason"] == "unopenable"
    assert "held (unopenable)" in done(run(house, "inbox", "list"))
    refused = run(house, "inbox", "release", event)
    assert (refused.exit_code, "does not open" in refused.stderr) == (1, True)
    done(run(house, "inbox", "skip", event))
    assert house.report(event)["outcome"] == "skipped"


def test_what_opens_again_is_sent_by_hand(house: House) -> None:
    """The report alone was damaged, or the record was put back from a backup."""
    event = sent(house, ZOES)
    change(house, event, report=b"noise")
    house.drain()
    assert f"flask inbox release {event}" in run(house, "inbox", "show", event).stderr
    done(run(house, "inbox", "release", event))
    house.drain()

    assert (house.report(event)["outcome"], house.report(event)["event"]) == ("delivered", event)


def test_a_row_of_a_later_version_is_listed_shown_and_left_alone(house: House) -> None:
    event = sent(house, ZOES)
    house.drain()
    change(house, event, outcome="merged", report=sealed(house, {**house.report(event), "outcome": "merged"}))

    assert "unknown" in done(run(house, "inbox", "list"))
    assert "later version" in done(run(house, "inbox", "show", event))
    assert run(house, "inbox", "skip", event).exit_code == 1


def test_of_one_that_is_over_the_row_says_what_became_of_it(house: House) -> None:
    event = sent(house, ZOES)
    house.drain()
    change(house, event, report=b"", record=b"")

    assert printed(run(house, "inbox", "show", event, "--json"))["outcome"] == "delivered"
    assert house.door.get(f"/submissions/{event}", headers=PROOF).get_json()["outcome"] == "delivered"


@pytest.mark.parametrize("later", [False, True])
def test_a_write_that_was_never_answered_and_of_which_nothing_is_known_is_read_before_the_next_one(
    house: House, *, later: bool
) -> None:
    """Its intent is noise, or a later version's: Qomon had the write, and a colleague has been there since."""
    fault(house, "PATCH", "contacts", "cut")
    first = sent(house, ZOES)
    house.drain()
    second = sent(house, written(mail=ZOES_MAIL, prenom="Zoé", metier="Plombière"))
    with house.services.store.write() as tx:
        tx.execute(
            update(tables.intent).values(sealed=sealed(house, {"parts": [{"of": first}]}) if later else b"noise")
        )
    house.sandbox.contacts.all[ZOE]["surname"] = "Colleague"
    house.clock.move(seconds=29)
    house.drain()
    assert (asked(house, "PATCH"), count(house, tables.intent)) == (1, 1)

    house.clock.move(seconds=2)
    house.drain()
    assert outcomes(house, [first, second]) == [("unchanged", None), ("delivered", None)]
    assert (stored(house)["surname"], live(house, 811)) == ("Colleague", ["Plombière"])
    assert (asked(house, "PATCH"), count(house, tables.intent), count(house, tables.lane)) == (2, 0, 0)


# hooks that do not load


def two_hooks(folder: Path) -> tuple[House, str, str]:
    """One person answers both forms: two events in one lane."""
    house = plain_house(folder, ESSAI, OTHER, OTHER_TOKEN=SECRET)
    first = sent(house, ZOES)
    answer = house.door.post("/hooks/autre234", json={"mail": ZOES_MAIL, "metier": "Plombière"}, headers=PROOF)
    assert count(house, tables.lane) == 1
    return house, first, answer.get_json()["events"][0]["event"]


def restarted(folder: Path, **environ: str) -> House:
    """Another process over the same store."""
    return House(folder, (), JSON_TOKEN=SECRET, **environ)


def test_while_one_hook_does_not_load_the_other_ones_events_of_the_same_person_cross(tmp_path: Path) -> None:
    _, mine, others = two_hooks(tmp_path)
    without = restarted(tmp_path)
    for _ in range(10):
        without.drain()
        without.clock.move(minutes=2)

    assert outcomes(without, [mine, others]) == [("delivered", None), ("queued", "hook_broken")]
    shown = run(without, "inbox", "show", others)
    assert ("does not load" in done(shown), "$OTHER_TOKEN" in shown.stderr) == (True, True)
    again = restarted(tmp_path, OTHER_TOKEN=SECRET)
    again.clock.move(minutes=21)
    again.drain()
    assert said(again.report(others)) == ("delivered", None)


def test_of_3000_that_wait_for_a_secret_nobody_hides_who_came_last(tmp_path: Path) -> None:
    house, _, _ = two_hooks(tmp_path)
    batch = [{"mail": ZOES_MAIL, "metier": f"Métier {n}", "submitted_at": "2026-11-01T10:00:00Z"} for n in range(300)]
    house.door.post("/hooks/autre234", json=batch, headers=PROOF)
    last = sent(house, written(mail=ZOES_MAIL, prenom="Zoé", note="the last"))
    without = restarted(tmp_path)
    without.drain()

    assert without.report(last)["outcome"] in ("delivered", "unchanged")
    waits = [row.reason for row in rows(without, tables.event) if row.status == "open"]
    assert waits == ["hook_broken"] * 301


@pytest.mark.parametrize("lost", ["hook", "revision"])
def test_an_event_whose_hook_is_not_in_the_store_any_more_waits_and_can_be_left_out(tmp_path: Path, lost: str) -> None:
    house, mine, others = two_hooks(tmp_path)
    hook = next(row.id for row in rows(house, tables.hook) if row.name == "autre")
    table, column = (tables.hook, tables.hook.c.id) if lost == "hook" else (tables.revision, tables.revision.c.hook)
    with house.services.store.write() as tx:
        tx.execute(delete(table).where(column == hook))
    again = restarted(tmp_path, OTHER_TOKEN=SECRET)
    again.drain()

    assert outcomes(again, [mine, others]) == [("delivered", None), ("queued", "hook_broken")]
    assert others in done(run(again, "inbox", "list"))
    assert "does not load" in run(again, "inbox", "show", others).stderr
    done(run(again, "inbox", "skip", others))
    assert again.report(others)["outcome"] == "skipped"


def test_what_is_held_of_a_hook_that_was_deleted_is_shown_and_can_be_left_out(house: House) -> None:
    event = sent(house, written(note="whoever"))
    house.drain()
    with house.services.store.write() as tx:
        tx.execute(update(tables.hook).values(deleted_at=1))

    shown = run(house, "inbox", "show", event)
    assert ("no_identity" in done(run(house, "inbox", "list")), "was deleted" in shown.stderr) == (True, True)
    assert run(house, "inbox", "release", event).exit_code == 1
    done(run(house, "inbox", "skip", event))


# accounts without a token


def test_while_a_space_has_no_token_its_events_wait_and_then_cross(tmp_path: Path) -> None:
    """For ten minutes, in which the sweep looks each second, as it were."""
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: live\nspace: lyon"), **LYON)
    events = [sent(house, written(mail=f"personne{n}@example.org", prenom="Camille")) for n in range(3)]
    without = restarted(tmp_path)
    for _ in range(60):
        without.drain()
        without.clock.move(seconds=10)
    assert {outcome for outcome, _ in outcomes(without, events)} == {"queued"}
    assert all("refuses our key" in run(without, "inbox", "show", event).stderr for event in events)
    assert [row.leases for row in rows(without, tables.lane)] == [0, 0, 0]

    again = restarted(tmp_path, **LYON)
    again.clock.move(minutes=11)
    again.drain()
    again.drain()
    assert outcomes(again, events) == [("created", None)] * 3
    with again.services.store.read() as tx:
        assert account.stops(tx) == {}


# faults of ours


@pytest.mark.parametrize("place", [0, 150])
def test_of_200_events_of_one_person_the_poisonous_one_is_held_and_the_others_cross(house: House, place: int) -> None:
    events = many(house, 200)
    poison(house, events[place])
    drained(house, 20)

    others = [event for event in events if event != events[place]]
    assert said(house.report(events[place])) == ("held", "crash")
    assert {outcome for outcome, _ in outcomes(house, others)} <= {"delivered", "unchanged"}
    assert (live(house, 811), count(house, tables.lane)) == (["Métier 199"], 0)


def test_a_lane_of_which_nothing_can_be_read_is_given_back_each_time(house: House) -> None:
    """What is known of its account is noise, so that no run comes as far as its events."""
    event = sent(house, ZOES)
    with house.services.store.write() as tx:
        account.learn(tx, "default", (), (), house.clock())
        tx.execute(update(tables.space).values(profile="noise"))
    seen = list[tuple[str | None, int]]()
    for _ in range(4):
        house.drain()
        seen += [(row.owner, row.leases) for row in rows(house, tables.lane)]
        house.clock.move(minutes=11)
    assert seen == [(None, 1), (None, 2), (None, 3), (None, 4)]

    house.drain()
    assert (said(house.report(event)), count(house, tables.lane)) == (("held", "crash"), 0)


def test_a_lane_whose_events_cannot_be_written_is_given_back_and_goes_on(house: House) -> None:
    """Neither their end nor their wait can be said: a fault of ours behind a fault of ours."""
    if House.places.server:
        pytest.skip("a trigger of SQLite")
    event = sent(house, ZOES)
    with house.services.store.write() as tx:
        tx.exec_driver_sql("CREATE TRIGGER no BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'no'); END")
    house.drain()
    assert [(row.owner, row.leases) for row in rows(house, tables.lane)] == [(None, 1)]

    with house.services.store.write() as tx:
        tx.exec_driver_sql("DROP TRIGGER no")
    house.clock.move(seconds=6)
    house.drain()
    assert (said(house.report(event)), count(house, tables.lane)) == (("delivered", None), 0)


def test_whoever_killed_five_runners_is_held_and_the_next_one_crosses(house: House) -> None:
    first, second = (
        sent(house, ZOES),
        sent(house, written(mail=ZOES_MAIL, prenom="Zoé", nom="Lefèvre", metier="Plombière")),
    )
    (lane,) = rows(house, tables.lane)
    for _ in range(5):
        with house.services.store.write() as tx:
            assert lanes.claim(tx, Lane.read(lane.lane, "default"), house.clock()) is not None
        house.clock.move(seconds=91)
    house.drain()

    assert outcomes(house, [first, second]) == [("held", "crash"), ("delivered", None)]
    assert f"flask inbox release {first}" in run(house, "inbox", "show", first).stderr


# in proportion


def test_a_lane_of_ten_times_as_many_events_writes_ten_times_as_much(tmp_path: Path) -> None:
    """Rows changed for each event, in a file: no batch of 100 touches the others."""
    if House.places.server:
        pytest.skip("SQLite counts the rows")
    per_event = list[float]()
    for number in (100, 1000):
        house = plain_house(tmp_path / str(number)).read_catalogue()
        events = many(house, number)
        before = changed(house)
        drained(house, 3)
        assert {outcome for outcome, _ in outcomes(house, events)} == {"delivered"}
        per_event.append((changed(house) - before) / number)

    assert per_event[1] < per_event[0] * 1.3


def changed(house: House) -> int:
    with house.services.store.write() as tx:
        return int(tx.exec_driver_sql("SELECT total_changes()").scalar_one())


def test_whoever_asked_for_a_contact_looks_first_however_many_came_in_front(house: House) -> None:
    fault(house, "POST", "contacts", "error_after")
    switch(house, index_delay_ms=20_000)
    creator = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()
    older = [
        {"mail": SOMEBODY, "prenom": "Camille", "metier": f"{n}", "submitted_at": "2026-11-01T10:00:00Z"}
        for n in range(120)
    ]
    others = [event["event"] for event in send(house, json.dumps(older).encode())["events"]]
    for seconds in (6, 25, 90, 480):
        house.drain()
        house.clock.move(seconds=seconds)
    house.drain()

    assert said(house.report(creator)) == ("created", None)
    assert {outcome for outcome, _ in outcomes(house, others)} <= {"delivered", "unchanged"}


def test_what_a_process_with_a_newer_key_sealed_waits_for_that_one(tmp_path: Path) -> None:
    """BRIDGE_KEY was changed, and the process of before goes on for a moment."""
    old, new = "an invented key that is the older one", "an invented key that is the newer one"
    before = plain_house(tmp_path, BRIDGE_KEY=old)
    sent(before, written(mail="karim.benali@example.org", metier="Pilote"))
    after = plain_house(tmp_path, BRIDGE_KEY=f"{new},{old}")
    event = sent(after, ZOES)
    before.drain()
    waits = after.report(event)["outcome"]
    after.clock.move(minutes=2)
    after.drain()

    assert (waits, after.report(event)["outcome"]) == ("queued", "delivered")


def test_what_a_process_with_a_newer_key_was_about_to_send_is_left_to_that_one(tmp_path: Path) -> None:
    """Given up as an intent that does not open, its way back and its marks would be gone."""
    old, new = "an invented key that is the older one", "an invented key that is the newer one"
    before = plain_house(tmp_path, BRIDGE_KEY=old)
    sent(before, written(mail="karim.benali@example.org", metier="Pilote"))
    before.drain()
    after = plain_house(tmp_path, BRIDGE_KEY=f"{new},{old}")
    fault(after, "PATCH", "contacts", "timeout_after")
    event = sent(after, ZOES)
    after.drain()
    for house in (before, after):
        house.clock.move(minutes=2)
    before.drain()
    left = count(after, tables.intent)
    after.clock.move(minutes=2)
    after.drain()

    assert (left, after.report(event)["outcome"]) == (1, "delivered")
    assert count(after, tables.undo) == 2
