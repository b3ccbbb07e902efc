"""What had its days goes, and nothing else (docs/ledger.md 31, docs/laws.md)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from bridge.hooks.revisions import By
from bridge.operations import retention
from bridge.operations.authoring import samples
from bridge.operations.release import Decisions
from bridge.operations.retention import Days, Expiring, Retention
from bridge.qomon.sandbox.people import ZOE
from bridge.report.receipts import of_event
from bridge.store import tables
from schemas import normal
from tests.support.commands import done, printed, run
from tests.support.json_hook import (
    ESSAI,
    PROOF,
    SOMEBODY,
    ZOES,
    count,
    crossed,
    hook_in,
    plain_house,
    rows,
    said,
    send,
    sent,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

DAYS = Days(timedelta(days=30), timedelta(days=30), timedelta(days=90), timedelta(days=400))
KARIM = written(mail="zoe.lefevre@example.org", prenom="Karim", metier="Boulangère")
"""Zoé's address under another first name: held."""


def pruned(house: House) -> Counter[str]:
    return retention.prune(house.services.store, house.clock, DAYS, lambda _seconds: None)


def row(house: House, event: str) -> Any:
    with house.services.store.read() as tx:
        return tx.execute(select(tables.event).where(tables.event.c.id == event)).one()


def soon(house: House) -> list[Expiring]:
    with house.services.store.read() as tx:
        return retention.expiring(tx, house.clock(), DAYS)


def delivered(house: House) -> str:
    event = sent(house, ZOES)
    house.drain()
    assert said(house.report(event))[0] == "delivered"
    return event


def held(house: House, body: bytes = KARIM) -> str:
    event = sent(house, body)
    house.drain()
    assert row(house, event).status == "held"
    return event


# what was finished


def test_a_finished_event_loses_its_answers_after_its_days_and_its_row_stays(house: House) -> None:
    event = delivered(house)
    before = row(house, event)

    house.clock.move(days=29)
    assert pruned(house)["erased"] == 0
    house.clock.move(days=1)
    assert pruned(house)["erased"] == 1

    after = row(house, event)
    assert (after.record, after.report, after.erased) == (b"", b"", normal.epoch_ms(house.clock()))
    changed = {"record", "report", "erased"}
    assert {name for name in before._fields if getattr(before, name) != getattr(after, name)} == changed


def test_its_days_count_from_its_end_and_not_from_its_reception(house: House) -> None:
    event = held(house)
    house.clock.move(days=40)
    assert run(house, "inbox", "skip", event).exit_code == 0

    house.clock.move(days=29)
    assert pruned(house)["erased"] == 0
    house.clock.move(days=1)
    assert pruned(house)["erased"] == 1


def test_what_the_version_before_left_gets_its_days_from_its_reception(house: House) -> None:
    event = delivered(house)
    with house.services.store.write() as tx:
        tx.execute(update(tables.event).values(ended=None))
    house.clock.move(days=30)

    assert retention.due(house.services.store, house.clock(), DAYS)["erased"] == 1
    assert pruned(house)["dated"] == 1
    assert row(house, event).erased is not None


def test_an_event_that_opens_again_is_not_over(house: House) -> None:
    event = held(house)
    assert row(house, event).ended is not None
    house.import_hook(ESSAI.replace("names: agree", "names: ignore"))
    assert run(house, "inbox", "release", event).exit_code == 0

    assert (row(house, event).status, row(house, event).ended) == ("open", None)


def test_what_somebody_reads_of_it_says_that_it_was_erased(house: House) -> None:
    event = delivered(house)
    house.clock.move(days=30)
    pruned(house)

    shown = done(run(house, "inbox", "show", event))
    assert "erased at 2026-12-22T09:00:00.000Z" in shown
    assert "Boulang" not in shown
    report = printed(run(house, "inbox", "show", event, "--json"))
    assert (report["outcome"], report["erased"], report["answers"]) == ("delivered", "2026-12-22T09:00:00.000Z", [])
    (listed,) = printed(run(house, "inbox", "list", "--json"))
    assert listed["erased"] == "2026-12-22T09:00:00.000Z"
    answer = house.door.get(f"/submissions/{event}", headers=PROOF)
    assert (answer.status_code, answer.get_json()["answers"]) == (200, [])


@pytest.mark.parametrize("verb", ["release", "retry", "skip"])
def test_nobody_decides_about_what_was_erased(house: House, verb: str) -> None:
    event = delivered(house)
    house.clock.move(days=30)
    pruned(house)

    result = run(house, "inbox", verb, event)
    assert result.exit_code == 1
    assert "its answers were erased" in result.stderr


def test_the_same_call_again_repeats_an_event_that_was_erased(house: House) -> None:
    event = sent(house, ZOES, {"Idempotency-Key": "a-call-of-long-ago"})
    house.drain()
    house.clock.move(days=400)
    pruned(house)

    (answer,) = send(house, ZOES, {"Idempotency-Key": "a-call-of-long-ago"})["events"]
    assert (answer["event"], answer["outcome"]) == (event, "duplicate")
    assert (answer["first"]["outcome"], answer["first"]["answers"]) == ("delivered", [])
    assert count(house, tables.event) == 1


def test_what_reads_past_submissions_goes_without_it(house: House) -> None:
    event = delivered(house)
    house.clock.move(days=30)
    pruned(house)

    assert "erased" in run(house, "preview", "essai", "--event", event).stderr
    with house.services.store.read() as tx:
        assert samples.last(tx, house.services.vault, hook_in(house, "essai"), 200) == []


def test_receipts_stay_and_who_it_was_about(house: House) -> None:
    event = sent(house, written(mail="zoe.lefevre@example.org", lettre="Oui"))
    house.drain()
    before = (rows(house, tables.receipt), rows(house, tables.identity))
    assert all(before)
    house.clock.move(days=4000)
    pruned(house)

    assert (rows(house, tables.receipt), rows(house, tables.identity)) == before
    with house.services.store.read() as tx:
        assert of_event(tx, house.services.vault, event)


# what waits for a decision


def test_what_nobody_decides_about_is_given_up_after_two_warnings(house: House) -> None:
    event = held(house)
    house.clock.move(days=75)
    assert (pruned(house)["given_up"], soon(house)) == (0, [])
    house.clock.move(days=1)
    assert soon(house) == [Expiring("essai", 1, 0, 0)]
    assert (
        "essai: 1 submission waits for a decision and is given up within 14 days" in run(house, "inbox", "list").stderr
    )
    house.clock.move(days=11)
    assert soon(house) == [Expiring("essai", 1, 1, 0)]
    assert "1 of them within 3 days" in run(house, "inbox", "list").stderr
    house.clock.move(days=2)
    assert pruned(house)["given_up"] == 0
    house.clock.move(days=1)
    assert pruned(house)["given_up"] == 1

    after = row(house, event)
    assert (after.status, after.outcome, after.reason, after.record) == ("done", "skipped", "other_person", b"")
    assert soon(house) == []
    shown = done(run(house, "inbox", "show", event))
    assert shown.startswith("Left out: nobody decided about it within HELD_DAYS.")


def test_what_a_hook_only_listened_to_is_given_up_too(tmp_path: Any) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: capture"))
    event = sent(house, ZOES)
    pruned(house)
    house.clock.move(days=90)

    assert pruned(house)["given_up"] == 1
    assert (row(house, event).status, row(house, event).outcome, row(house, event).reason) == ("done", "skipped", None)


def test_the_first_time_leaves_both_warnings_to_what_waited_for_long(house: House) -> None:
    event = held(house)
    with house.services.store.write() as tx:
        tx.execute(update(tables.event).values(ended=None))
    house.clock.move(days=300)

    assert pruned(house)["given_up"] == 0
    assert soon(house) == [Expiring("essai", 1, 0, 0)]
    house.clock.move(days=14)
    assert pruned(house)["given_up"] == 1
    assert row(house, event).status == "done"


def test_a_consent_that_is_taken_back_is_never_given_up(house: House) -> None:
    event = held(house)
    with house.services.store.write() as tx:
        tx.execute(update(tables.event).values(withdraws=1))
    house.clock.move(days=4000)

    assert pruned(house)["given_up"] == 0
    assert row(house, event).record != b""
    assert soon(house) == [Expiring("essai", 0, 0, 1)]
    assert "takes a consent back" in run(house, "inbox", "list").stderr


def test_a_claim_goes_with_the_event_that_is_given_up_and_stays_with_one_that_waits(house: House) -> None:
    event = held(house)
    late = normal.epoch_ms(house.clock() + timedelta(days=89, hours=23))
    claim = {"space": "default", "fingerprint": "f" * 32, "event": event, "at": late}
    with house.services.store.write() as tx:
        tx.execute(insert(tables.creating).values(claim))
    house.clock.move(days=89)
    pruned(house)
    assert count(house, tables.creating) == 1
    house.clock.move(days=1)
    pruned(house)
    assert count(house, tables.creating) == 0


# laws

Made: TypeAlias = tuple[str, int, str, int | None, bool]
"""Status, age in days, kind, whether it takes a consent back, and whether the version before left it, without the time
of its end."""
STATUSES = {"open": "queued", "held": "held", "kept": "captured", "done": "delivered"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(
        st.tuples(
            st.sampled_from(sorted(STATUSES)),
            st.integers(0, 200),
            st.sampled_from(["submitted", "unsubscribed"]),
            st.sampled_from([None, 1]),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_only_what_had_its_days_goes_whatever_its_age(house: House, made: list[Made]) -> None:
    given_ = _filled(house, made)
    before = {one.id: one for one in rows(house, tables.event) if one.id in given_}
    pruned(house)
    after = {one.id: one for one in rows(house, tables.event) if one.id in given_}

    for id_, (status, days, kind, withdraws, old) in given_.items():
        waits = status == "held" and (withdraws or kind == "unsubscribed")
        goes = (status == "done" and days >= 30) or (
            status in ("held", "kept") and not old and not waits and days >= 90
        )
        assert (after[id_].erased is not None, after[id_].record == b"") == (goes, goes)
        assert after[id_].status == ("done" if goes else status)
        if status == "open":
            assert after[id_] == before[id_]
    assert pruned(house) == Counter()
    assert {one.id: one for one in rows(house, tables.event) if one.id in given_} == after


def _filled(house: House, made: list[Made]) -> dict[str, Made]:
    now, found = house.clock(), {}
    with house.services.store.write() as tx:
        first = tx.scalar(select(func.count()).select_from(tables.event)) or 0
        for number, one in enumerate(made, first):
            status, days, kind, withdraws, old = one
            at = normal.epoch_ms(now - timedelta(days=days))
            ended = None if old or status == "open" else at
            values = {"id": f"event{number}", "space": "default", "delivery": "d", "hook": "h", "revision": 1}
            values |= {"key": f"k{number}", "key_kind": "hash", "digest": "x", "kind": kind, "status": status}
            values |= {"outcome": STATUSES[status], "submitted_at": at, "received_at": at, "withdraws": withdraws}
            tx.execute(insert(tables.event).values(**values, record=b"r", report=b"r", ended=ended))
            found[f"event{number}"] = one
    return found


def test_a_kill_in_the_middle_leaves_what_the_next_run_goes_on_with(house: House) -> None:
    _filled(house, [("done", 40, "submitted", None, False)] * 60)

    def killed(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retention.prune(house.services.store, house.clock, DAYS, killed)
    erased = [one for one in rows(house, tables.event) if one.erased is not None]
    assert 0 < len(erased) < 60
    assert all(one.record == b"" for one in erased)
    assert pruned(house)["erased"] == 60 - len(erased)
    assert count(house, tables.event) == 60


def test_a_run_ends_in_time_and_the_next_one_goes_on(house: House) -> None:
    _filled(house, [("done", 40, "submitted", None, False)] * 100)

    def slow(_seconds: float) -> None:
        house.clock.move(minutes=6)

    gone = retention.prune(house.services.store, house.clock, DAYS, slow, within=timedelta(minutes=5))
    assert 0 < gone["erased"] < 100
    assert pruned(house)["erased"] == 100 - gone["erased"]


# what else goes, and whose it is


def test_what_is_known_of_contacts_goes_when_nobody_looked_at_them_for_long(house: House) -> None:
    crossed(house, mail="zoe.lefevre@example.org", metier="Boulangère", lettre="Oui")
    house.clock.move(days=399)
    crossed(house, mail=SOMEBODY, prenom="Camille", nom="Exemple", metier="Boulangère")
    other = [one for one in rows(house, tables.mark) if one.contact != ZOE]
    house.clock.move(days=1)

    assert pruned(house)["contacts"] == 1
    assert {one.field.partition(".")[0] for one in rows(house, tables.mark) if one.contact == ZOE} == {"formdatas"}
    assert [one for one in rows(house, tables.mark) if one.contact != ZOE] == other
    assert {one.contact for one in rows(house, tables.seen)} == {one.contact for one in other}


def test_a_contact_that_is_looked_at_again_has_its_days_anew(house: House) -> None:
    crossed(house, mail="zoe.lefevre@example.org", metier="Boulangère")
    house.clock.move(days=399)
    crossed(house, mail="zoe.lefevre@example.org", metier="Menuisière")
    house.clock.move(days=1)

    assert pruned(house)["contacts"] == 0


def test_a_contact_of_which_nobody_wrote_down_when_it_was_looked_at_has_its_days_from_now(house: House) -> None:
    delivered(house)
    with house.services.store.write() as tx:
        tx.execute(update(tables.seen).values(at=None))
    house.clock.move(days=500)

    assert (pruned(house)["seen"], count(house, tables.seen)) == (1, 1)
    house.clock.move(days=400)
    assert (pruned(house)["contacts"], count(house, tables.seen)) == (1, 0)


def test_ways_back_calls_and_known_addresses_go(house: House) -> None:
    delivered(house)
    kept = (tables.undo, tables.delivery, tables.known)
    assert [count(house, table) for table in kept] == [1, 1, 1]
    house.clock.move(days=7)
    pruned(house)
    assert [count(house, table) for table in kept] == [1, 1, 0]
    house.clock.move(days=23)
    pruned(house)
    assert [count(house, table) for table in kept] == [0, 0, 0]


def test_an_intent_goes_only_when_its_lane_is_gone_and_nobody_waits_in_it(house: House) -> None:
    at = normal.epoch_ms(house.clock())
    with house.services.store.write() as tx:
        for name in ("contact:default:1", "contact:default:2"):
            tx.execute(insert(tables.intent).values(lane=name, token="t", at=at, sealed=b"s"))
        tx.execute(insert(tables.lane).values(lane="contact:default:1", space="default", due=at))
    pruned(house)
    assert count(house, tables.intent) == 2
    house.clock.move(days=1)
    pruned(house)
    assert [one.lane for one in rows(house, tables.intent)] == ["contact:default:1"]


# by the hour


def hourly(house: House) -> Retention:
    return Retention(house.services.store, house.clock, DAYS, lambda _seconds: None)


def test_the_first_hour_only_looks_at_the_clock_and_so_does_one_after_a_jump(house: House) -> None:
    _filled(house, [("done", 40, "submitted", None, False)])
    task = hourly(house)

    assert task.hourly() == Counter()
    house.clock.move(days=400)
    assert task.hourly() == Counter()
    house.clock.move(hours=1)
    assert task.hourly()["erased"] == 1


def test_the_log_warns_once_a_day_with_a_count_for_each_hook(house: House, caplog: pytest.LogCaptureFixture) -> None:
    held(house)
    house.clock.move(days=80)
    task = hourly(house)
    for _hour in range(26):
        task.hourly()
        house.clock.move(hours=1)

    lines = [one for one in caplog.records if one.message == "undecided events are soon given up"]
    assert [(one.hook, one.within_14_days, one.within_3_days) for one in lines] == [("essai", 1, 0)] * 2  # type: ignore[attr-defined]


def test_writing_off_stops_it_not(tmp_path: Any) -> None:
    house = plain_house(tmp_path, WRITING="off")
    _filled(house, [("done", 40, "submitted", None, False)])

    assert "1  answers and reports" in done(run(house, "prune"))


def test_what_somebody_decides_about_in_that_moment_is_not_given_up(house: House) -> None:
    event = held(house)
    house.clock.move(days=90)
    hand = Decisions(house.services.vault, house.services.hooks, writing=True)
    house.import_hook(ESSAI.replace("names: agree", "names: ignore"))

    with ThreadPoolExecutor(1) as pool:
        with house.services.store.write() as tx:
            hand.release(tx, event, By(house.clock()))
            pruning = pool.submit(pruned, house)
            with pytest.raises(TimeoutError):
                pruning.result(0.15)
        assert pruning.result(10)["given_up"] == 0

    assert (row(house, event).status, row(house, event).erased) == ("open", None)
    house.drain()
    assert said(house.report(event)) == ("delivered", None)
