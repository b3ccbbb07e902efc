"""Lanes as jobs on Postgres: when there is one, what it says, and who sweeps up after killed workers
(docs/ledger.md 23).
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from bridge.crossing.drain import CrossLane, Work
from bridge.engine import procrastinate
from bridge.model import Lane
from bridge.store.store import Store
from tests.support.json_hook import ZOES, plain_house, send, sent, written
from tests.support.postgres import Server
from tests.support.whole_bridge import House, Places


@pytest.fixture
def house(server: Server, tmp_path: Path) -> Iterator[House]:
    """A web process with no free thread: the pool is not started."""
    House.places = Places(server)
    with House.places.open:
        yield plain_house(tmp_path)
    House.places = Places()


def said(store: Store, sql: str) -> list[Any]:
    """What a statement says, committed."""
    with store.write() as tx:
        answer = tx.execute(text(sql))
        return [tuple(row) for row in answer] if answer.returns_rows else []


def a_worker(house: House, *, ago: str = "0 seconds") -> int:
    """One that is at work, or was when it last said so."""
    values = f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{ago}') RETURNING id"
    ((id_,),) = said(house.services.store, values)
    return int(id_)


def waiting(house: House) -> list[Any]:
    return said(house.services.store, "SELECT status::text, task_name, args FROM procrastinate_jobs ORDER BY id")


def taken(house: House, worker: int) -> None:
    """A worker has fetched a job."""
    said(house.services.store, f"SELECT FROM procrastinate_fetch_job_v2(NULL, {worker})")


def put(house: House, *lanes: str) -> bool:
    with house.services.store.write() as tx:
        return procrastinate.put(tx, lanes)


def prune(house: House) -> None:
    with house.services.store.write() as tx:
        procrastinate.prune(tx)


def test_what_there_is_no_free_thread_for_is_a_job_that_says_the_lane_and_nothing_else(house: House) -> None:
    a_worker(house)
    sent(house, ZOES)
    ((lane,),) = said(house.services.store, "SELECT lane FROM lane")

    assert waiting(house) == [("todo", "drain", {"lane": lane})]
    assert lane.startswith("identity:default:")


def test_a_lane_has_one_waiting_job_however_much_comes_for_it(house: House) -> None:
    a_worker(house)
    for number in range(3):
        sent(house, written(mail="zoe.lefevre@example.org", metier=f"Métier {number}"))

    assert len(waiting(house)) == 1


def test_a_lane_that_a_worker_has_in_hand_gets_another_job(house: House) -> None:
    worker = a_worker(house)
    sent(house, ZOES)
    taken(house, worker)
    sent(house, written(mail="zoe.lefevre@example.org", metier="Autre"))

    assert [status for status, *_ in waiting(house)] == ["doing", "todo"]


@pytest.mark.parametrize("ago", [None, "31 seconds"])
def test_without_a_living_worker_there_is_no_job_and_the_web_process_drains(house: House, ago: str | None) -> None:
    if ago:
        a_worker(house, ago=ago)
    event = sent(house, ZOES)
    jobs_then = waiting(house)
    house.drain()

    assert (jobs_then, house.report(event)["outcome"]) == ([], "delivered")


def test_a_free_thread_takes_the_lane_without_a_job(house: House) -> None:
    a_worker(house)
    house.services.start(1)
    mine: list[Work] = []
    until = time.monotonic() + 8
    while not mine and time.monotonic() < until:  # the thread comes up
        with house.services.store.write() as tx:
            mine = [*house.services.engine.assign(tx, [CrossLane(Lane("event", "default", "none"))])]
            tx.rollback()
    event = sent(house, ZOES)
    while house.report(event)["outcome"] == "queued":
        threading.Event().wait(0.01)
    house.services.stop()

    assert (mine, waiting(house)) == ([CrossLane(Lane("event", "default", "none"))], [])


def test_more_lanes_than_free_threads_are_jobs(house: House) -> None:
    a_worker(house)
    send(house, b"[" + b",".join(written(mail=f"personne{n}@example.org") for n in range(3)) + b"]")

    assert len(waiting(house)) == 3


def test_the_job_is_committed_with_what_was_accepted_or_not_at_all(house: House) -> None:
    a_worker(house)
    with pytest.raises(ZeroDivisionError), house.services.store.write() as tx:
        assert procrastinate.put(tx, ["event:one"])
        _ = 1 // 0

    assert waiting(house) == []


def test_no_notify_makes_the_commits_of_the_door_wait_for_each_other(house: House) -> None:
    a_worker(house)
    url = house.services.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute("LISTEN procrastinate_any_queue_v1")
        put(house, "event:one")
        listening.execute("NOTIFY procrastinate_any_queue_v1, 'ours'")
        heard = [one.payload for one in listening.notifies(timeout=10, stop_after=1)]

    assert heard == ["ours"]


def test_a_killed_workers_jobs_go_and_those_that_wait_stay_for_the_others(house: House) -> None:
    killed, alive = a_worker(house), a_worker(house)
    put(house, "event:one", "event:two")
    taken(house, killed)
    said(
        house.services.store,
        f"UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 s' WHERE id = {killed}",
    )
    prune(house)

    assert waiting(house) == [("todo", "drain", {"lane": "event:two"})]
    assert said(house.services.store, "SELECT id FROM procrastinate_workers ORDER BY id") == [(killed,), (alive,)]


def test_a_worker_that_said_nothing_for_an_hour_is_forgotten(house: House) -> None:
    a_worker(house, ago="61 minutes")
    quiet = a_worker(house, ago="59 minutes")  # it may only have stood still
    prune(house)

    assert said(house.services.store, "SELECT id FROM procrastinate_workers") == [(quiet,)]


def test_when_the_last_worker_is_gone_no_job_stays(house: House) -> None:
    killed = a_worker(house)
    put(house, "event:one", "event:two")
    said(house.services.store, f"SELECT procrastinate_unregister_worker_v1({killed})")
    prune(house)

    assert waiting(house) == []
    assert said(house.services.store, "SELECT count(*) FROM procrastinate_events") == [(0,)]


def test_a_job_whose_end_was_lost_with_the_store_does_not_stay_for_ever(house: House) -> None:
    worker = a_worker(house)
    put(house, "event:one", "event:two")
    taken(house, worker)
    prune(house)
    before = len(waiting(house))
    said(house.services.store, "UPDATE procrastinate_events SET at = at - interval '6 minutes' WHERE type = 'started'")
    prune(house)

    assert (before, [args["lane"] for _, _, args in waiting(house)]) == (2, ["event:two"])


def test_the_sweep_of_a_web_process_prunes(house: House) -> None:
    a_worker(house)
    put(house, "event:one")
    said(house.services.store, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    house.services.start()
    while waiting(house):
        threading.Event().wait(0.01)
    house.services.stop()

    assert waiting(house) == []


def test_while_writing_is_off_a_worker_takes_nothing(server: Server, tmp_path: Path) -> None:
    House.places = Places(server)
    with House.places.open:
        house = plain_house(tmp_path, WRITING="off")
        event = sent(house, ZOES)
        ((lane,),) = said(house.services.store, "SELECT lane FROM lane")
        house.services.engine.drain(lane)

        assert (house.report(event)["outcome"], house.sandbox.calls) == ("queued", [])
    House.places = Places()
