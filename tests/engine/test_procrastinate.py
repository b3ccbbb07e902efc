"""Work as Procrastinate's jobs on Postgres: when there is one, what it says, and who sweeps up after killed workers
(docs/ledger.md 23).
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import text

from bridge.crossing.work import CrossLane, Due
from bridge.engine.engine import Task
from bridge.engine.procrastinate import Jobs
from bridge.model import Class, Lane
from bridge.store.store import Store
from tests.support.json_hook import ZOES, plain_house, send, sent, written
from tests.support.postgres import Server
from tests.support.whole_bridge import NOW, House, Places


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


def jobs(house: House) -> Jobs:
    return cast("Jobs", house.services.engine)


def waiting(house: House) -> list[Any]:
    return said(house.services.store, "SELECT status::text, queueing_lock FROM procrastinate_jobs ORDER BY id")


def scheduled(house: House) -> list[tuple[int, datetime, int]]:
    return said(
        house.services.store,
        "SELECT priority, scheduled_at, (args->>'rank')::int FROM procrastinate_jobs ORDER BY queueing_lock",
    )


def taken(house: House, worker: int) -> None:
    """A worker has fetched a job."""
    said(house.services.store, f"SELECT FROM procrastinate_fetch_job_v2(NULL, {worker})")


def a_worker(house: House, *, ago: str = "0 seconds") -> int:
    """One that is at work, or was when it last said so."""
    values = f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{ago}') RETURNING id"
    ((id_,),) = said(house.services.store, values)
    return int(id_)


def due(key: str, rank: Class = Class.LIVE, at: datetime = NOW) -> Due:
    return Due(CrossLane(Lane("contact", "default", key)), rank, at)


def ask(house: House, *asked: Due) -> Sequence[Due]:
    with house.services.store.write() as tx:
        return jobs(house).ask(tx, asked)


def test_what_there_is_no_free_thread_for_is_a_job_that_says_the_work_and_nothing_else(house: House) -> None:
    sent(house, ZOES)
    ((lane,),) = said(house.services.store, "SELECT lane FROM lane")
    ((args,),) = said(house.services.store, "SELECT args FROM procrastinate_jobs")

    assert waiting(house) == [("todo", lane)]
    assert args == {"work": lane, "space": "default", "rank": 0, "at": 1795338000000, "told": False}
    assert lane.startswith("identity:default:")


def test_a_lane_has_one_waiting_job_however_much_comes_for_it(house: House) -> None:
    for number in range(3):
        sent(house, written(mail="zoe.lefevre@example.org", metier=f"Métier {number}"))

    assert len(waiting(house)) == 1


def test_a_lane_that_a_worker_has_in_hand_gets_another_job(house: House) -> None:
    worker = a_worker(house)
    sent(house, ZOES)
    taken(house, worker)
    sent(house, written(mail="zoe.lefevre@example.org", metier="Autre"))

    assert [status for status, _ in waiting(house)] == ["doing", "todo"]


def test_more_lanes_than_free_threads_are_jobs(house: House) -> None:
    send(house, b"[" + b",".join(written(mail=f"personne{n}@example.org") for n in range(3)) + b"]")

    assert len(waiting(house)) == 3


def test_a_free_thread_takes_the_lane_without_a_job(house: House) -> None:
    """`ask` is only asked: nothing of this process works on it."""
    jobs(house)._idle = 1  # noqa: SLF001  # a thread that waits for work
    mine = ask(house, due("1"), due("2"))

    assert ([str(one.work) for one in mine], waiting(house)) == (["contact:default:1"], [("todo", "contact:default:2")])


def test_the_class_is_the_priority_and_what_is_due_later_comes_later(house: House) -> None:
    later = NOW + timedelta(minutes=5)
    ask(house, due("1", Class.LIVE), due("2", Class.RETRY, later))

    assert scheduled(house) == [(0, NOW, 0), (-3, later, 3)]


def test_a_waiting_job_is_put_forward_and_never_back(house: House) -> None:
    later = NOW + timedelta(minutes=5)
    ask(house, due("1", Class.RETRY, later))
    ask(house, due("1", Class.LIVE))
    forward = scheduled(house)
    ask(house, due("1", Class.REPLAY, later))

    assert forward == scheduled(house) == [(0, NOW, 0)]


def test_many_are_asked_for_in_as_many_statements_as_one(house: House) -> None:
    ask(house, *(due(str(number)) for number in range(300)))
    ask(house, *(due(str(number)) for number in range(200, 500)))

    assert len(waiting(house)) == 500


def test_the_job_is_committed_with_what_was_accepted_or_not_at_all(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.services.store.write() as tx:
        jobs(house).ask(tx, [due("1")])
        _ = 1 // 0

    assert waiting(house) == []


def test_a_job_that_another_process_puts_at_this_moment_fails_nothing_that_is_accepted(house: House) -> None:
    """The other one commits while ours waits for it: the conflict stays within a savepoint."""
    other, ours = threading.Event(), list[Any]()

    def accept() -> None:
        other.wait()
        with house.services.store.write() as tx:
            tx.execute(text("INSERT INTO hourly VALUES ('h', 1, 1, 1)"))
            ours.append(jobs(house).ask(tx, [due("1", Class.LIVE)]))

    thread = threading.Thread(target=accept)
    thread.start()
    with house.services.store.write() as tx:
        jobs(house).ask(tx, [due("1", Class.RETRY)])
        other.set()
        while not said(house.services.store, "SELECT FROM pg_stat_activity WHERE wait_event = 'transactionid'"):
            pass
    thread.join()

    assert said(house.services.store, "SELECT created FROM hourly") == [(1,)]
    assert scheduled(house) == [(0, NOW, 0)]


def test_no_notify_makes_the_commits_of_the_door_wait_for_each_other(house: House) -> None:
    url = house.services.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute("LISTEN procrastinate_any_queue_v1")
        ask(house, due("1"))
        listening.execute("NOTIFY procrastinate_any_queue_v1, 'ours'")
        heard = [one.payload for one in listening.notifies(timeout=10, stop_after=1)]

    assert heard == ["ours"]


def sweep(house: House) -> None:
    """As a worker does when it begins, and one of them each minute."""

    async def once() -> None:
        async with jobs(house)._app().open_async() as app:  # noqa: SLF001
            await jobs(house)._sweep(app)  # noqa: SLF001

    asyncio.run(once())


def test_a_killed_workers_jobs_go_and_their_lanes_are_asked_for_anew(house: House) -> None:
    killed = a_worker(house, ago="31 seconds")
    sent(house, ZOES)
    taken(house, killed)
    before = waiting(house)
    sweep(house)

    assert ([status for status, _ in before], [status for status, _ in waiting(house)]) == (["doing"], ["todo"])
    assert before[0][1] == waiting(house)[0][1]


def test_what_a_living_worker_has_in_hand_stays_its_own(house: House) -> None:
    worker = a_worker(house, ago="29 seconds")
    ask(house, due("1"))
    taken(house, worker)
    sweep(house)

    assert waiting(house) == [("doing", "contact:default:1")]


def test_a_lane_whose_job_was_lost_is_asked_for_again(house: House) -> None:
    sent(house, ZOES)
    said(house.services.store, "DELETE FROM procrastinate_jobs")
    sweep(house)

    assert [status for status, _ in waiting(house)] == ["todo"]


def test_a_sweep_that_never_ended_keeps_no_other_from_coming(house: House) -> None:
    """The store was away when its end was to be written, and its worker lives."""
    worker = a_worker(house)
    said(
        house.services.store,
        "SELECT procrastinate_defer_periodic_job_v2('tasks', NULL, 'sweep', 'sweep', 0, '', 1, '{}')",
    )
    taken(house, worker)
    said(
        house.services.store,
        "SELECT procrastinate_defer_periodic_job_v2('tasks', NULL, 'sweep', 'sweep', 0, '', 2, '{}')",
    )
    taken(house, worker)
    options = jobs(house)._app().periodic_registry.periodic_tasks.values()  # noqa: SLF001

    assert waiting(house) == [("doing", "sweep")] * 2
    assert {task.task.lock for task in options} == {None}


def test_a_job_whose_end_was_lost_a_day_ago_is_forgotten(house: House) -> None:
    worker = a_worker(house)
    ask(house, due("1"))
    taken(house, worker)
    said(
        house.services.store, "UPDATE procrastinate_events SET at = now() - interval '25 hours' WHERE type = 'started'"
    )
    jobs(house).sweep()

    assert waiting(house) == []


def test_what_waits_for_tokens_is_left_where_it_is_by_a_sweep(house: House) -> None:
    event = sent(house, ZOES)
    house.services.spaces["default"].pace.take(100, house.clock())
    ((work,),) = said(house.services.store, "SELECT lane FROM lane")
    said(house.services.store, "DELETE FROM procrastinate_jobs")
    jobs(house)._drain_job(work, "default", Class.LIVE, 1795338000000, told=True)  # noqa: SLF001
    before = scheduled(house)
    jobs(house).sweep()

    assert before == scheduled(house)
    assert (before[0][1] > NOW, house.report(event)["outcome"]) == (True, "queued")


def test_what_waits_for_tokens_goes_on_getting_older(house: House) -> None:
    house.services.spaces["default"].pace.take(100, house.clock())
    at = 1795338000000 - 59_000
    jobs(house)._drain_job("contact:default:1", "default", Class.LIVE, at, told=True)  # noqa: SLF001
    ((args,),) = said(house.services.store, "SELECT args FROM procrastinate_jobs")
    said(house.services.store, "DELETE FROM procrastinate_jobs")
    house.clock.move(seconds=2)
    house.services.spaces["default"].pace.take(20, house.clock())
    jobs(house)._drain_job(**args)  # noqa: SLF001

    assert args["at"] == at
    assert [rank for *_, rank in scheduled(house)] == [Class.BACKLOG]


def test_a_job_of_the_version_before_names_a_lane(house: House) -> None:
    event = sent(house, ZOES)
    ((lane,),) = said(house.services.store, "SELECT lane FROM lane")
    jobs(house)._drain_job(lane=lane)  # noqa: SLF001
    jobs(house)._drain_job(lane="event:0123456789abcdef0123")  # noqa: SLF001  # of which it does not say the space

    assert house.report(event)["outcome"] == "delivered"


def test_a_job_of_the_version_before_becomes_ours_when_its_lane_is_asked_for(house: House) -> None:
    values = "('lanes', 'drain', 'contact:default:1', '{\"lane\": \"contact:default:1\"}')"
    said(
        house.services.store,
        f"INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args) VALUES {values}",
    )
    ask(house, due("1", Class.LIVE))

    assert scheduled(house) == [(0, NOW, 0)]


def test_lanes_that_wait_for_tokens_each_look_at_a_moment_of_their_own(house: House) -> None:
    house.services.spaces["default"].pace.take(100, house.clock())
    for number in range(20):
        jobs(house)._drain_job(f"contact:default:{number}", "default", Class.RETRY, 0, told=True)  # noqa: SLF001
    moments = sorted(at for _, at, _ in scheduled(house))

    assert all(after - before >= timedelta(seconds=0.59) for before, after in pairwise(moments))
    assert len(moments) == 20


def test_periodic_work_is_procrastinates_business(house: House) -> None:
    done = list[str]()
    jobs(house).every(Task("noted", timedelta(hours=1), lambda: done.append("noted")))
    app = jobs(house)._app()  # noqa: SLF001
    asyncio.run(cast("Any", app.tasks["noted"].func)(0))
    said = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}

    assert (done, said["noted"], said["sweep"]) == (["noted"], "17 */1 * * *", "* * * * *")


def test_while_writing_is_off_no_job_is_made(server: Server, tmp_path: Path) -> None:
    House.places = Places(server)
    with House.places.open:
        house = plain_house(tmp_path, WRITING="off")
        event = sent(house, ZOES)

        assert (house.report(event)["outcome"], waiting(house)) == ("queued", [])
    House.places = Places()
