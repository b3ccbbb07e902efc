"""What waits, and for how long: faults of Qomon, faults of ours, dead runners, brakes (docs/ledger.md 5, 13, 28)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bridge.inbox import lanes
from bridge.model import Lane
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    asked,
    count,
    cure,
    fault,
    live,
    plain_house,
    rows,
    said,
    sent,
    spoil,
    stored,
    switch,
    writes,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")


def waits(house: House) -> float:
    """Seconds until the only lane is due."""
    (lane,) = rows(house, tables.lane)
    return float(lane.due / 1000 - house.clock().timestamp())


def left(house: House, tokens: int) -> None:
    """Qomon says that no more are left now."""
    qomon = house.services.spaces["default"]
    qomon.pace.heed({"x-ratelimit-remaining": str(tokens)}, house.clock())  # as each answer does


def poisoned(house: House) -> str:
    """An event that our own code fails on."""
    spoil(house, ZOE)
    return sent(house, ZOES)


def four_waits(house: House, event: str) -> list[float]:
    """How long an event waits after each of four attempts; the fifth may begin."""
    seen = []
    for _ in range(4):
        house.drain()
        assert said(house.report(event)) == ("queued", "backoff")
        seen.append(waits(house))
        house.clock.move(seconds=seen[-1])
    return seen


def test_the_waits_grow_with_each_fault_of_qomon_and_at_the_fifth_a_person_looks(house: House) -> None:
    fault(house, "POST", "search", "error_before", 7)
    event = sent(house, ZOES)
    seen = four_waits(house, event)
    assert (seen, [row.attempts for row in rows(house, tables.event)]) == ([30, 30, 120, 600], [4])

    house.drain()
    assert (said(house.report(event)), count(house, tables.lane)) == (("held", "qomon_fault"), 0)


def test_waiting_for_tokens_is_nobodys_fault(house: House) -> None:
    fault(house, "POST", "search", "quota")
    sent(house, ZOES)
    house.drain()

    assert [(row.attempts, row.reason) for row in rows(house, tables.event)] == [(0, "quota")]


def ask(house: House, **span: float) -> None:
    """Drain again and again, as a bridge does that nobody looks at."""
    until = house.clock() + timedelta(**span)
    while house.clock() < until:
        house.clock.move(minutes=59)
        house.drain()


@pytest.mark.parametrize(("name", "reason"), [("error_before", "qomon_down"), ("quota", "quota")])
def test_after_a_week_of_asking_an_event_is_given_up_into_peoples_hands(house: House, name: str, reason: str) -> None:
    fault(house, "POST", "search", name, 1000)
    fault(house, "GET", "forms", name, 1000)
    event = sent(house, ZOES)
    house.drain()
    ask(house, days=6.9)
    assert said(house.report(event)) == ("queued", reason)
    ask(house, hours=5)

    assert said(house.report(event)) == ("failed", reason)
    assert [(row.status, row.lane) for row in rows(house, tables.event)] == [("held", None)]
    assert (count(house, tables.lane), writes(house)) == (0, [])


def test_a_fault_of_ours_is_tried_five_times_and_then_held(house: House) -> None:
    event = poisoned(house)
    seen = four_waits(house, event)
    house.drain()

    assert (said(house.report(event)), seen) == (("held", "crash"), [5, 30, 120, 600])
    assert (writes(house), count(house, tables.lane), count(house, tables.intent)) == ([], 0, 0)


def test_faults_of_qomon_do_not_count_as_faults_of_ours(house: House) -> None:
    fault(house, "POST", "search", "error_before", 4)
    event = poisoned(house)
    for _ in range(4):
        house.drain()
        house.clock.move(seconds=waits(house))
    house.drain()

    assert said(house.report(event)) == ("queued", "backoff")


def test_an_event_that_its_runners_died_of_is_held_at_last(house: House) -> None:
    """Killed by the system, say: nobody gives the lane back, so only the leases tell."""
    event = sent(house, ZOES)
    (lane,) = rows(house, tables.lane)
    for _ in range(5):
        with house.services.store.write() as tx:
            assert lanes.claim(tx, Lane.read(lane.lane, "default"), house.clock()) is not None
        house.clock.move(seconds=91)
    house.drain()

    assert (said(house.report(event)), house.sandbox.calls) == (("held", "crash"), [])


def test_a_poisoned_event_does_not_take_the_next_one_with_it(house: House) -> None:
    event = poisoned(house)
    second = sent(house, written(mail=ZOES_MAIL, prenom="Zoé", metier="Plombière"))
    for _ in range(5):
        house.drain()
        house.clock.move(minutes=11)
    assert said(house.report(event)) == ("held", "crash")

    cure(house, ZOE)
    house.drain()
    assert (said(house.report(second)), live(house, 811)) == (("delivered", None), ["Plombière"])


def test_a_fault_of_ours_on_one_person_stops_nobody_else(house: House) -> None:
    poisoned(house)
    other = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()

    assert said(house.report(other)) == ("created", None)


def test_while_a_hook_does_not_load_its_events_wait_and_then_cross(tmp_path: Path) -> None:
    """A secret that is not set any more: no fault of the events, however long it takes."""
    first = plain_house(tmp_path)
    event = sent(first, ZOES)
    without = House(tmp_path, ())
    for _ in range(10):
        without.drain()
        without.clock.move(minutes=2)
    assert [row.leases for row in rows(without, tables.lane)] == [0]
    assert said(without.report(event)) == ("queued", "hook_broken")

    again = plain_house(tmp_path)
    again.clock.move(hours=1)
    again.drain()
    assert said(again.report(event)) == ("delivered", None)


def test_while_writing_is_off_everything_is_kept_and_says_so(tmp_path: Path) -> None:
    off = plain_house(tmp_path, WRITING="off")
    event = sent(off, ZOES)
    off.services.start()
    off.services.stop()

    assert (said(off.report(event)), off.sandbox.calls) == (("queued", "paused"), [])
    on = plain_house(tmp_path)
    on.drain()
    assert said(on.report(event)) == ("delivered", None)


def test_a_creation_waits_for_another_one_of_the_same_person(house: House) -> None:
    """The other one is in hand: it claimed the mail, and Qomon has not answered yet."""
    first = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    second = sent(house, written(mobile="06 39 98 01 42", prenom="Camille"))
    parked = int(house.clock().timestamp() * 1000) + 3_000_000
    with house.services.store.write() as tx:
        prints = {r.name: r.fingerprint for r in tx.execute(tables.identity.select())}
        claim = {"space": "default", "fingerprint": prints["mobile"], "event": first, "at": 0}
        tx.execute(tables.creating.insert().values(**claim))
        tx.execute(update(tables.lane).where(tables.lane.c.lane.contains(prints["mail"])).values(due=parked))
    house.drain()

    assert (said(house.report(second)), asked(house, "POST")) == (("queued", "creating"), 0)


@pytest.mark.parametrize("mode", ["capture", "preview"])
def test_a_mode_that_does_not_write_makes_no_call_that_could(tmp_path: Path, mode: str) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", f"mode: {mode}"))
    before = stored(house)
    events = [sent(house, body) for body in (ZOES, written(mail=SOMEBODY), written(mail="twice@sandbox.test"))]
    house.drain()

    outcome = {"capture": "captured", "preview": "previewed"}[mode]
    assert [house.report(event)["outcome"] for event in events] == [outcome] * 3
    assert (writes(house), stored(house), count(house, tables.lane)) == ([], before, 0)
    assert bool(house.sandbox.calls) == (mode == "preview")


def test_a_preview_says_what_would_be_written(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: preview"))
    event = sent(house, ZOES)
    house.drain()

    report = house.report(event)
    assert (said(report), report["contact"]["id"]) == (("previewed", None), ZOE)
    assert {"field": "custom_fields.Métier", "change": "changed", "confirmed": None} in report["fields"]
    assert len(report["protected"]) > 30


def test_a_preview_that_qomon_does_not_answer_is_made_later(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: preview"))
    fault(house, "POST", "search", "error_before")
    event = sent(house, ZOES)
    house.drain()
    assert house.report(event)["contact"] is None

    house.clock.move(seconds=61)
    house.drain()
    assert house.report(event)["contact"]["id"] == ZOE


def test_while_qomon_is_down_previews_stop_with_their_space_and_go_on_by_themselves(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: preview"))
    for path in ("search", "forms"):
        fault(house, "GET" if path == "forms" else "POST", path, "error_before", 1000)
    events = [sent(house, written(mail=ZOES_MAIL, metier=f"Métier {n}")) for n in range(20)]
    for _ in range(30):
        house.drain()
        house.clock.move(seconds=60)
    asked_meanwhile = len(house.sandbox.calls)
    house.sandbox.faults.clear()
    house.clock.move(seconds=61)
    for _ in range(40):
        house.drain()
        house.clock.move(seconds=60)

    assert asked_meanwhile < 40  # one preview, and a question a minute how Qomon is
    assert all(house.report(event)["contact"]["id"] == ZOE for event in events)


def test_a_preview_of_a_contact_that_only_the_search_still_knows_says_that_it_is_gone(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: preview"))
    fault(house, "GET", "contacts", "missing", times=2)
    event = sent(house, ZOES)
    house.drain()

    assert said(house.report(event)) == ("previewed", "contact_gone")


def test_a_slow_answer_of_qomon_counts_as_none(house: House) -> None:
    switch(house, latency_ms=21_000)
    event = sent(house, ZOES)
    house.drain()

    assert (said(house.report(event)), writes(house)) == (("queued", "qomon_down"), [])


def test_when_tokens_are_short_those_that_began_can_end(house: House) -> None:
    """Otherwise each second's tokens would go into searches of everybody, and nobody would ever be written."""
    switch(house, burst=8, rate=2)
    events = [sent(house, written(mail=f"personne{n}@example.org", prenom="Camille")) for n in range(6)]
    for _ in range(40):
        house.drain()
        house.clock.move(seconds=1)

    assert [said(house.report(event)) for event in events] == [("created", None)] * 6
    assert asked(house, "POST") == 6


def test_an_event_that_failed_before_leaves_tokens_to_those_that_just_came(house: House) -> None:
    """21 tokens: the live one takes them, the other one leaves 20 and waits."""
    fault(house, "POST", "search", "error_before")
    failed = sent(house, ZOES)
    house.drain()
    house.clock.move(seconds=31)
    left(house, 21)
    live_one = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()

    assert (said(house.report(failed)), said(house.report(live_one))) == (("queued", "quota"), ("created", None))
    house.clock.move(seconds=10)
    house.drain()
    assert said(house.report(failed)) == ("delivered", None)


def test_a_fresh_event_in_the_lane_of_one_that_failed_is_not_slowed_by_it(house: House) -> None:
    fault(house, "POST", "search", "error_before")
    failed = sent(house, ZOES)
    house.drain()
    left(house, 18)
    sent(house, written(mail=ZOES_MAIL, prenom="Zoé"))
    house.drain()

    assert said(house.report(failed)) == ("delivered", None)
