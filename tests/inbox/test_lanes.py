"""The ledger's rows: lanes, leases, intents, settling, waits (docs/ledger.md 1 to 16). One thread, a clock that is
moved.
"""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bridge.inbox import events, lanes
from bridge.inbox.lanes import LEASE, LeaseLost
from bridge.model import Class, Lane, Outcome
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    asked,
    count,
    crossed,
    fault,
    live,
    plain_house,
    rows,
    said,
    send,
    sent,
    stored,
    switch,
    writes,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

LANE = f"contact:default:{ZOE}"


def lane_of(house: House, event: str) -> str | None:
    with house.services.store.read() as tx:
        return tx.scalar(select(tables.event.c.lane).where(tables.event.c.id == event))


def lead(house: House, body: bytes = ZOES) -> str:
    """An event that was found: it waits in its contact's lane, which nobody holds."""
    event = sent(house, body)
    with house.services.store.write() as tx:
        tx.execute(update(tables.event).where(tables.event.c.id == event).values(lane=LANE, found="mail"))
        tx.execute(update(tables.lane).values(lane=LANE))
    return event


def take(house: House, name: str = LANE) -> lanes.Lease:
    with house.services.store.write() as tx:
        lease = lanes.claim(tx, Lane.read(name, "default"), house.clock())
    assert lease is not None
    return lease


# accept


def test_events_that_share_an_identity_share_a_lane(house: House) -> None:
    first = sent(house, written(mail=SOMEBODY, mobile="06 39 98 01 42"))
    by_mail = sent(house, written(mail=SOMEBODY.upper(), note="1"))
    by_mobile = sent(house, written(mobile="+33 6 39 98 01 42", note="2"))
    stranger = sent(house, written(mail="autre@example.org"))

    assert lane_of(house, by_mail) == lane_of(house, by_mobile) == lane_of(house, first)
    assert lane_of(house, stranger) != lane_of(house, first)
    assert count(house, tables.lane) == 2


def test_of_several_lanes_an_event_joins_that_of_its_first_identity(house: House) -> None:
    sent(house, written(mobile="06 39 98 01 42"))
    mail = sent(house, written(mail=SOMEBODY))
    both = sent(house, written(mobile="06 39 98 01 42", mail=SOMEBODY))

    assert lane_of(house, both) == lane_of(house, mail)


def test_without_identity_an_event_has_a_lane_of_its_own(house: House) -> None:
    event = sent(house, written(note="bonjour"))

    assert lane_of(house, event) == f"event:{event}"


def test_whoever_was_found_within_a_week_waits_at_their_contact_at_once(house: House) -> None:
    contact = crossed(house, mail=SOMEBODY)["contact"]["id"]
    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    assert lane_of(house, event) == f"contact:default:{contact}"

    house.drain()
    house.clock.move(days=8)
    later = sent(house, written(mail=SOMEBODY, prenom="Camille", metier="Pilote"))
    assert (lane_of(house, later) or "").startswith("identity:default:")


def test_whoever_says_nothing_that_the_hook_looks_for_is_held_wherever_the_event_waited(house: House) -> None:
    """Another hook found the same mail; this one goes by the mobile alone."""
    crossed(house, mail=SOMEBODY)
    house.import_hook(ESSAI.replace("[id, mail, mobile]", "[mobile]"))
    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()

    assert said(house.report(event)) == ("held", "no_identity")


def test_whoever_is_being_created_is_looked_for_first(house: House) -> None:
    crossed(house, mail=SOMEBODY)
    with house.services.store.write() as tx:
        whose = tx.execute(select(tables.known.c.fingerprint)).scalar_one()
        at = int(house.clock().timestamp() * 1000)
        claim = {"space": "default", "fingerprint": whose, "event": "another", "at": at}
        tx.execute(insert(tables.creating).values(**claim))

    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))

    assert (lane_of(house, event) or "").startswith("identity:default:")


def test_a_couple_with_one_mail_lands_on_two_contacts(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("[id, mail, mobile]", "[mobile, mail]"))
    mail = "famille.dubreuil@example.org"
    marthe = sent(house, written(mail=mail, mobile="+33639980120", prenom="Marthe", metier="Pilote"))
    leon = sent(house, written(mail=mail, mobile="+33639980121", prenom="Léon", metier="Fleuriste"))
    assert lane_of(house, marthe) == lane_of(house, leon)
    house.drain()

    assert [house.report(event)["contact"]["id"] for event in (marthe, leon)] == [9000020, 9000021]
    assert (live(house, 811, 9000020), live(house, 811, 9000021)) == (["Pilote"], ["Fleuriste"])


def test_the_events_of_one_person_cross_in_the_order_of_their_submission(house: House) -> None:
    batch = [
        {"mail": ZOES_MAIL, "metier": "Plombière", "submitted_at": "2026-11-20T10:00:00Z"},
        {"mail": ZOES_MAIL, "metier": "Boulangère", "submitted_at": "2026-11-19T10:00:00Z"},
    ]
    events = send(house, json.dumps(batch).encode())["events"]
    house.drain()

    assert [said(house.report(one["event"]))[0] for one in events] == ["delivered", "delivered"]
    assert live(house, 811) == ["Plombière"]


# leases


def test_a_lane_is_held_by_one_runner_at_a_time(house: House) -> None:
    lead(house)
    take(house)

    with house.services.store.write() as tx:
        assert lanes.claim(tx, Lane.read(LANE), house.clock()) is None
    house.clock.move(seconds=LEASE.total_seconds())
    take(house)


def test_a_lost_lease_writes_nothing_to_the_store(house: House) -> None:
    event = lead(house)
    lease = take(house)
    house.clock.move(seconds=LEASE.total_seconds())
    now = house.clock()
    settled = lanes.Finished(Outcome.DELIVERED, None, {}, ZOE, {"mail": {}})

    attempts: list[Any] = [
        lambda tx: lanes.check(tx, lease, now),
        lambda tx: lanes.write_intent(tx, lease, b"sealed", now),
        lambda tx: lanes.release(tx, lease, now),
        lambda tx: lanes.finish(tx, house.services.vault, lease, {event: settled}, now),
        lambda tx: lanes.check(tx, replace(lease, token="somebody-else"), now - LEASE),
    ]
    for attempt in attempts:
        with pytest.raises(LeaseLost), house.services.store.write() as tx:
            attempt(tx)

    assert (count(house, tables.intent), count(house, tables.undo), lane_of(house, event)) == (0, 0, LANE)


def test_a_write_is_not_begun_when_the_lease_could_end_before_its_answer(house: House) -> None:
    lead(house)
    lease = take(house)
    house.clock.move(seconds=(LEASE - lanes.WRITE).total_seconds())

    with pytest.raises(LeaseLost), house.services.store.write() as tx:
        lanes.write_intent(tx, lease, b"sealed", house.clock())


def test_giving_back_ends_the_lease_and_forgets_its_count(house: House) -> None:
    lead(house)
    lease = take(house)
    assert [row.leases for row in rows(house, tables.lane)] == [1]

    with house.services.store.write() as tx:
        lanes.release(tx, lease, house.clock(), timedelta(seconds=7))

    (lane,) = rows(house, tables.lane)
    assert (lane.owner, lane.due) == (None, int(house.clock().timestamp() * 1000) + 7000)
    assert lane.leases == 0


def test_whoever_joins_a_lane_in_hand_does_not_wait_for_the_others_to_be_tried_again(house: House) -> None:
    lead(house)
    lease = take(house)
    with house.services.store.write() as tx:
        events.wake(tx, [lease.lane], house.clock())
    with house.services.store.write() as tx:
        waits = lanes.release(tx, lease, house.clock(), timedelta(minutes=30), Class.RETRY)

    assert waits == lanes.Waits(lease.lane, Class.LIVE, house.clock())


def test_a_lane_that_nobody_joined_waits_in_its_class(house: House) -> None:
    lead(house)
    lease = take(house)
    with house.services.store.write() as tx:
        waits = lanes.release(tx, lease, house.clock(), timedelta(minutes=30), Class.RETRY)

    assert waits == lanes.Waits(lease.lane, Class.RETRY, house.clock() + timedelta(minutes=30))


def test_a_lane_whose_write_was_never_settled_stays_though_nothing_waits_in_it(house: House) -> None:
    lead(house)
    lease = take(house)
    with house.services.store.write() as tx:
        lanes.write_intent(tx, lease, b"sealed", house.clock())
        tx.execute(update(tables.event).values(status="done", lane=None))
        assert lanes.release(tx, lease, house.clock())

    assert [row.lane for row in rows(house, tables.lane)] == [LANE]


def test_a_new_event_wakes_a_lane_that_waits_and_leaves_one_that_somebody_holds(house: House) -> None:
    fault(house, "POST", "search", "error_before", 2)
    sent(house, ZOES)
    house.drain()
    sent(house, written(mail=ZOES_MAIL, prenom="Zoé"))
    now = int(house.clock().timestamp() * 1000)
    assert [row.due for row in rows(house, tables.lane)] == [now]

    take(house, rows(house, tables.lane)[0].lane)
    sent(house, written(mail=ZOES_MAIL, nom="Lefèvre"))
    assert [row.due for row in rows(house, tables.lane)] == [now + 90_000]


def test_a_lease_that_runs_out_while_reading_writes_nothing(tmp_path: Path) -> None:
    """Each answer takes 12 s: search, contact and six categories of forms outlast the lease."""
    house = plain_house(tmp_path)
    switch(house, latency_ms=12_000)
    event = sent(house, ZOES)
    house.drain()

    assert (writes(house), count(house, tables.intent), lane_of(house, event)) == ([], 0, LANE)
    switch(house, latency_ms=0)
    house.clock.move(seconds=91)
    house.drain()
    assert (said(house.report(event)), asked(house, "PATCH")) == (("delivered", None), 1)


def test_a_sweep_finds_what_a_runner_left_behind(house: House) -> None:
    event = lead(house)
    take(house)
    house.drain()
    assert said(house.report(event)) == ("queued", None)

    house.clock.move(seconds=91)
    house.drain()
    assert (said(house.report(event)), count(house, tables.lane)) == (("delivered", None), 0)


# intents


def crash_after_patch(house: House) -> str:
    """A runner that stops between Qomon's answer and settling: the intent stays, the contact is written."""
    fault(house, "PATCH", "contacts", "cut")
    event = sent(house, ZOES)
    house.drain()
    assert count(house, tables.intent) == 1
    return event


def test_an_intent_left_behind_is_resolved_by_a_read_before_anything_else(house: House) -> None:
    event = crash_after_patch(house)
    second = sent(house, written(mail=ZOES_MAIL, prenom="Zoé", metier="Plombière"))
    house.sandbox.calls.clear()
    house.clock.move(seconds=31)
    house.drain()

    assert [call["method"] for call in house.sandbox.calls if call["path"] == f"/contacts/{ZOE}"] == [
        "GET", "GET", "PATCH",
    ]  # fmt: skip
    assert (said(house.report(event)), said(house.report(second))) == (("delivered", None), ("delivered", None))
    assert (live(house, 811), count(house, tables.intent), count(house, tables.undo)) == (["Plombière"], 0, 2)


def test_an_intent_whose_write_never_arrived_is_written_again(house: House) -> None:
    event = crash_after_patch(house)
    metier = next(e for e in house.sandbox.contacts.all[ZOE]["custom_fields"] if e["data"] == "Boulangère")
    metier["data"] = "Menuisière"
    house.clock.move(seconds=31)
    house.drain()
    assert (said(house.report(event)), count(house, tables.intent)) == (("queued", "backoff"), 0)

    house.clock.move(minutes=1)
    house.drain()
    assert (said(house.report(event)), live(house, 811)) == (("delivered", None), ["Boulangère"])


def test_what_somebody_changed_meanwhile_is_told_and_left_alone(house: House) -> None:
    event = crash_after_patch(house)
    metier = next(e for e in house.sandbox.contacts.all[ZOE]["custom_fields"] if e["data"] == "Boulangère")
    metier["data"] = "Avocate"
    house.clock.move(seconds=31)
    house.drain()

    told = {line["field"]: line["confirmed"] for line in house.report(event)["fields"]}
    assert (told["custom_fields.Métier"], live(house, 811)) == ("overwritten", ["Avocate"])
    assert asked(house, "PATCH") == 1


def test_an_intent_for_a_contact_that_is_gone_ends_with_another_search(house: House) -> None:
    event = crash_after_patch(house)
    house.sandbox.contacts.all.pop(ZOE)
    house.clock.move(seconds=31)
    house.drain()

    assert (said(house.report(event)), count(house, tables.intent)) == (("queued", "backoff"), 0)


def test_settling_keeps_what_puts_the_contact_back(house: House) -> None:
    before = stored(house)
    event = sent(house, ZOES)
    house.drain()

    (row,) = rows(house, tables.undo)
    inverse: Any = house.services.vault.unseal(row.sealed)
    assert (row.event, row.contact, list(inverse)) == (event, ZOE, ["custom_fields.811"])
    (entry,) = inverse["custom_fields.811"]["before"]
    assert (entry["data"], entry["date"]) == ("Menuisière", "2024-02-11T10:20:30.000Z")
    assert before["surname"] == stored(house)["surname"]
    assert (count(house, tables.intent), count(house, tables.lane)) == (0, 0)
