"""`flask doctor`: each thing that goes wrong is told with what to do, and nothing is told that is not so."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from bridge.operations.health import Finding, examine
from bridge.qomon import account
from bridge.store.tables import event, hook, lane
from bridge.store.vault import SHORTEST
from schemas import normal
from tests.support.json_hook import ESSAI, TOKEN, ZOES, crossed, plain_house, rows, sent, written
from tests.support.postgres import Server
from tests.support.whole_bridge import House

on_both = pytest.mark.usefixtures("both_stores")
on_a_server = pytest.mark.parametrize("both_stores", ["postgres"], indirect=True)


def looked(house: House, space: str | None = None) -> list[Finding]:
    with house.app.test_request_context("/health"):
        return examine(house.unopened, space)


def told(house: House, *codes: str) -> list[tuple[str, str]]:
    """What is told under these codes: the level and the sentence."""
    return [(one.level, one.sentence) for one in looked(house) if one.code in codes]


def wrong(house: House) -> set[tuple[str, str]]:
    """Everything that is not well, by level and code."""
    return {(one.level, one.code) for one in looked(house) if one.level not in ("ok", "note")}


def change(house: House, *statements: Any) -> None:
    with house.services.store.write() as tx:
        for statement in statements:
            tx.execute(statement)


@on_both
def test_where_all_is_well_nothing_else_is_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    crossed(house, mail="camille@example.org", prenom="Camille")
    found = looked(house)

    assert {one.level for one in found} == {"ok"}
    assert ("ok", "Nothing waits to be written.") in told(house, "lanes")
    assert told(house, "hooks", "records") == [("ok", "1 webhook, and it loads."), ("ok", "1 record was opened.")]


@on_both
def test_what_was_just_received_is_late_after_a_minute_and_nobody_drains_after_five(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    house.clock.move(seconds=60)
    assert wrong(house) == set()

    house.clock.move(seconds=1)
    assert told(house, "lanes") == [("warn", "just received: 1 waiting, 1 of them due, the oldest for 1 minute.")]
    assert wrong(house) == {("warn", "lanes")}

    house.clock.move(minutes=5)
    assert wrong(house) == {("warn", "lanes"), ("fault", "nobody_drains")}


@on_both
def test_of_each_class_it_is_told_how_many_wait_and_how_long(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    for name in ("camille", "dominique", "sacha"):
        sent(house, written(mail=f"{name}@example.org"))
    first, second, third = (row.lane for row in rows(house, lane))
    in_an_hour = normal.epoch_ms(house.clock() + timedelta(hours=1))
    late = {"class": 3, "due": in_an_hour}
    change(house, update(lane).where(lane.c.lane == first).values({"class": 2}))
    change(house, *(update(lane).where(lane.c.lane == one).values(late) for one in (second, third)))
    house.clock.move(minutes=4)

    assert told(house, "lanes") == [
        ("ok", "backlog: 1 waiting, 1 of them due, the oldest for 4 minutes."),
        ("ok", "tried again: 2 waiting for their time."),
    ]


def test_previews_that_wait_are_a_class_of_their_own(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: preview"))
    sent(house, ZOES)

    assert told(house, "lanes") == [("ok", "dry runs: 1 waiting, 1 of them due, the oldest for 0 seconds.")]


@on_both
def test_a_long_backlog_that_moves_is_no_fault(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    over = sent(house, written(mail="camille@example.org"))
    change(house, update(lane).values({"class": 2}))
    house.clock.move(hours=1)
    assert wrong(house) == {("fault", "nobody_drains")}

    lately = normal.epoch_ms(house.clock() - timedelta(minutes=4))
    change(house, update(event).where(event.c.id == over).values(status="done", outcome="delivered", ended=lately))
    assert wrong(house) == set()

    later = {"owner": "somebody", "due": normal.epoch_ms(house.clock() + timedelta(minutes=1))}
    mine = rows(house, event)[1].lane
    change(
        house, update(event).where(event.c.id == over).values(ended=normal.epoch_ms(house.clock() - timedelta(hours=1)))
    )
    change(house, update(lane).where(lane.c.lane == mine).values(later))
    assert wrong(house) == set()


@on_both
def test_an_account_that_is_stopped_is_told_and_its_lanes_are_nobodys_fault(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    with house.services.store.write() as tx:
        account.pause(tx, "default", house.clock())
    house.clock.move(minutes=10)

    assert told(house, "space_stopped") == [("warn", "default: Writing is paused. Since 2026-11-22T09:00:00.000Z.")]
    assert wrong(house) == {("warn", "space_stopped")}
    assert told(house, "lanes") == [("ok", "1 waiting in an account that is stopped.")]


@pytest.mark.parametrize(("reason", "level"), [("key_refused", "fault"), ("qomon_down", "warn")])
def test_what_ends_by_itself_is_a_warning_and_a_token_that_is_refused_is_a_fault(
    tmp_path: Path, reason: str, level: str
) -> None:
    house = plain_house(tmp_path)
    with house.services.store.write() as tx:
        account.trouble(tx, "default", reason, house.clock())

    assert wrong(house) == {(level, "space_stopped")}


def test_while_writing_is_off_nobody_has_to_drain(tmp_path: Path) -> None:
    house = plain_house(tmp_path, WRITING="off")
    sent(house, ZOES)
    house.clock.move(hours=2)

    assert wrong(house) == {("warn", "writing_off")}


@on_both
def test_a_lane_that_was_taken_and_never_given_back_is_told_with_its_event(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    id_ = sent(house, ZOES)
    change(house, update(lane).values(leases=2))
    assert wrong(house) == set()

    change(house, update(lane).values(leases=3))
    (one,) = [one for one in looked(house) if one.code == "lane_stumbles"]
    assert (one.level, "taken 3 times" in one.sentence, id_ in one.fix) == ("warn", True, True)


@on_both
def test_lanes_that_a_dead_process_left_are_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    change(house, update(lane).values(owner="somebody", due=normal.epoch_ms(house.clock()), **{"class": 2}))
    assert wrong(house) == set()

    house.clock.move(minutes=2)
    assert wrong(house) == {("warn", "leases_lost")}


@on_both
def test_a_hook_that_does_not_load_is_told_with_its_variable_and_what_waits_for_it(tmp_path: Path) -> None:
    sent(plain_house(tmp_path), ZOES)
    house = House(tmp_path, (), JSON_TOKEN="")
    assert [(level, "$JSON_TOKEN is not set" in said) for level, said in told(house, "hook_broken")] == [
        ("fault", True)
    ]
    assert told(house, "hooks") == []

    change(house, update(event).values(reason="hook_broken"))
    assert [said.endswith("1 submission waits for it.") for _, said in told(house, "hook_broken")] == [True]


def test_hooks_that_are_stopped_are_told_and_so_is_that_there_is_none(tmp_path: Path) -> None:
    house = House(tmp_path, ())
    assert told(house, "hooks") == [("note", "There is no webhook yet.")]

    house = plain_house(tmp_path)
    cause = {"code": "shared_address", "field": "mail", "count": 3, "key": None}
    at = normal.epoch_ms(house.clock())
    id_ = rows(house, hook)[0].id
    change(
        house,
        text(f"INSERT INTO brake (hook, tripped, why, paused) VALUES ('{id_}', {at}, '{json.dumps(cause)}', {at})"),
    )
    assert [level for level, _ in told(house, "hook_stopped", "hook_paused")] == ["warn", "note"]


@on_both
@pytest.mark.parametrize("status", ["open", "held", "done", "kept"])
def test_a_record_that_does_not_open_is_a_fault(tmp_path: Path, status: str) -> None:
    house = plain_house(tmp_path)
    first, second = sent(house, ZOES), sent(house, written(mail="camille@example.org"))
    change(house, update(event).values(status=status))
    change(house, update(event).where(event.c.id == first).values(record=b"damaged"))
    assert told(house, "unopenable") == [("fault", f"1 of 2 records does not open: {first}.")]

    change(house, update(event).where(event.c.id == second).values(report=b""))
    assert told(house, "unopenable")[0][1].startswith("2 of 2 records do not open")


def test_what_was_erased_in_its_time_need_not_open(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    change(house, update(event).values(status="done", outcome="delivered", record=b"", report=b"", erased=1))

    assert (told(house, "unopenable"), told(house, "records")) == ([], [])


@on_both
def test_of_very_many_records_a_sample_is_opened(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    for number in range(4):
        sent(house, written(mail=f"c{number}@example.org"))
    with house.app.test_request_context("/health"):
        found = examine(house.unopened, waits=2)

    assert [one.sentence for one in found if one.code == "records"] == ["2 records were opened, and all do."]


@on_both
def test_another_key_is_told_with_everything_that_needs_none(tmp_path: Path) -> None:
    plain_house(tmp_path)
    house = House(tmp_path, (), BRIDGE_KEY="x" * SHORTEST, JSON_TOKEN=TOKEN)

    assert wrong(house) == {("fault", "key_wrong")}
    assert told(house, "hooks") == [("ok", "1 webhook, and it loads.")]


def test_a_key_that_others_may_read_is_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert told(house, "key") == [("ok", f"The key is the file {tmp_path}/bridge.key.")]

    tmp_path.joinpath("bridge.key").chmod(0o640)
    assert wrong(house) == {("warn", "key_open")}


@on_both
def test_what_is_held_is_told_by_reason_with_the_oldest(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    for number in range(3):
        sent(house, written(mail=f"c{number}@example.org"))
        house.clock.move(hours=1)
    held = {"status": "held", "outcome": "held", "lane": None, "reason": "other_person"}
    change(house, text("DELETE FROM lane"), update(event).values(held))
    change(house, update(event).where(event.c.seq == rows(house, event)[-1].seq).values(reason="crash"))
    (people, ours) = sorted(told(house, "held"))

    assert people[0] == "note"
    assert people[1].startswith("2 held, other_person: The address or number belongs to somebody with another")
    assert people[1].endswith("The oldest came 3 hours ago.")
    assert (ours[0], ours[1].startswith("1 held, crash: ")) == ("warn", True)


@on_both
def test_what_has_waited_for_a_day_is_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    tomorrow = normal.epoch_ms(house.clock() + timedelta(days=9))
    change(house, update(lane).values(due=tomorrow), update(event).values(reason="backoff"))
    house.clock.move(hours=23)
    assert wrong(house) == set()

    house.clock.move(hours=2)
    assert told(house, "waiting_long") == [
        (
            "warn",
            "1 waiting for more than a day, the oldest for 1 day. The last try failed; the next one comes by itself.",
        )
    ]


@on_both
def test_what_should_be_erased_by_now_is_told_a_day_later(tmp_path: Path) -> None:
    house = plain_house(tmp_path, KEEP_DAYS="30")
    sent(house, ZOES)
    ended = {"status": "done", "outcome": "delivered", "lane": None, "ended": normal.epoch_ms(house.clock())}
    change(house, text("DELETE FROM lane"), update(event).values(ended))
    house.clock.move(days=30, hours=23)
    assert told(house, "retention") == []

    house.clock.move(hours=2)
    assert [level for level, _ in told(house, "retention")] == ["warn"]


@on_both
def test_what_is_soon_given_up_is_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    held = {"status": "held", "outcome": "held", "lane": None, "reason": "other_person"}
    change(house, text("DELETE FROM lane"), update(event).values(ended=normal.epoch_ms(house.clock()), **held))
    house.clock.move(days=75)
    assert told(house, "expiring") == []

    house.clock.move(days=2)
    assert [level for level, _ in told(house, "expiring")] == ["warn"]


@on_both
def test_calls_that_were_refused_are_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    house.door.post("/hooks/essai234", data=ZOES, headers={"X-Token": "wrong"})

    assert [(level, said.startswith("essai: 1 call refused")) for level, said in told(house, "refused")] == [
        ("note", True)
    ]


@on_both
def test_a_clock_that_was_set_back_is_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    sent(house, ZOES)
    house.clock.move(seconds=-90)
    assert wrong(house) == set()

    house.clock.move(hours=-3)
    assert told(house, "clock_back") == [
        ("warn", "Something was received at 2026-11-22T09:00:00.000Z, which is still to come: the clock was set back.")
    ]


@on_both
@on_a_server
def test_a_database_whose_clock_is_another_is_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    house.clock.at += timedelta(seconds=4)
    assert told(house, "clock")[0][0] == "ok"

    house.clock.at += timedelta(days=1, seconds=2)
    assert told(house, "clock") == [("warn", "The clocks of this machine and of the database are 86406 s apart.")]


@on_both
@on_a_server
def test_workers_and_the_jobs_of_dead_ones_are_told(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert told(house, "workers", "jobs_stalled") == [("ok", "No worker is alive: the web process drains alone.")]

    change(
        house,
        text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 hour')"),
        text(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) "
            "SELECT 'lanes', 'drain', 'doing', id FROM procrastinate_workers"
        ),
    )
    assert told(house, "workers", "jobs_stalled") == [
        ("note", "1 job has no worker any more."),
        ("ok", "1 worker is alive."),
    ]


def test_a_store_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    house = House(tmp_path, (), DATABASE_URL=f"sqlite:///{tmp_path}/elsewhere/bridge.db")
    found = told(house, "store")

    assert [level for level, _ in found] == ["note"]
    assert not (tmp_path / "elsewhere").exists()


@on_both
def test_a_store_that_lacks_tables_is_told_and_not_upgraded(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    change(house, text("UPDATE alembic_version SET version_num = '0001'"))
    level = "fault" if house.services.store.shared else "warn"
    fresh = House(tmp_path, (), JSON_TOKEN=TOKEN) if level == "warn" else house

    assert wrong(fresh) == {(level, "behind")}
    assert "0002_a_year" in told(fresh, "behind")[0][1]


def test_a_file_that_is_no_database_is_told_with_what_can_be_told_without_it(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    house.services.store.close()
    tmp_path.joinpath("bridge.db").write_bytes(b"not a database " * 1000)

    assert wrong(house) == {("fault", "store_away")}
    assert told(house, "store_away")[0][1].endswith("The database is damaged, or its disk is: put a backup back.")
    assert [level for level, _ in told(house, "disk", "key")] == ["ok", "ok"]


@on_both
def test_a_store_that_breaks_off_half_way_does_not_take_back_what_was_found(tmp_path: Path) -> None:
    sent(plain_house(tmp_path), ZOES)
    house = House(tmp_path, (), JSON_TOKEN="")
    change(house, text("DROP TABLE refused"))

    assert wrong(house) - {("fault", "store_away"), ("fault", "store_damaged")} == {("fault", "hook_broken")}
    assert len(wrong(house)) == 2


@on_both
@on_a_server
def test_a_server_that_is_away_is_told(server: Server, tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    with server.refusing(house.places.url(tmp_path)):
        assert wrong(house) == {("fault", "store_away")}
    assert wrong(house) == set()


@on_both
@on_a_server
def test_a_server_that_takes_no_write_is_read_all_the_same(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    crossed(house, mail="camille@example.org")
    name = house.places.url(tmp_path).partition("@/")[2].partition("?")[0]
    change(house, text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    house.close()

    assert wrong(house) <= {("fault", "not_writable")}
    assert told(house, "records") == [("ok", "1 record was opened.")]


@contextmanager
def mounted_at(at: Path, *how: object, then: tuple[str, ...] = ()) -> Iterator[None]:
    """Skips the test where this user may mount nothing."""
    at.mkdir()
    if subprocess.run(["mount", *map(str, how), str(at)], capture_output=True, check=False).returncode:
        pytest.skip("needs root: mounts a disk")
    try:
        if then:
            subprocess.run(["mount", *then, str(at)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def test_a_file_on_a_disk_that_takes_no_write_is_read_all_the_same(tmp_path: Path) -> None:
    serving = plain_house(tmp_path / "disk")
    crossed(serving, mail="camille@example.org")
    with mounted_at(tmp_path / "again", "--bind", tmp_path / "disk", then=("-o", "remount,bind,ro")):
        looking = House(tmp_path, (), DATABASE_URL=f"sqlite:///{tmp_path}/again/bridge.db", JSON_TOKEN=TOKEN)

        assert wrong(looking) == {("fault", "not_writable")}
        assert told(looking, "records", "hooks") == [("ok", "1 webhook, and it loads."), ("ok", "1 record was opened.")]
        looking.close()


@pytest.mark.parametrize(("size", "level"), [("45m", "fault"), ("450m", "warn"), ("550m", "ok")])
def test_room_on_the_disk_is_told_before_it_is_used_up(tmp_path: Path, size: str, level: str) -> None:
    with mounted_at(tmp_path / "disk", "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
        house = plain_house(tmp_path / "disk")

        assert [level for level, _ in told(house, "disk")] == [level]
        house.close()


def test_wrong_settings_are_told_and_lead_to_no_store(tmp_path: Path) -> None:
    house = House(tmp_path, (), HELD_DAYS="many")

    assert {one.code for one in looked(house)} == {"setting"}


def test_a_token_that_is_missing_does_not_hide_the_rest(tmp_path: Path) -> None:
    plain_house(tmp_path)
    house = House(tmp_path, (), QOMON_TOKEN="", JSON_TOKEN=TOKEN)

    assert wrong(house) == {("fault", "setting")}
    assert told(house, "hooks") == [("ok", "1 webhook, and it loads.")]
