"""The bucket that processes share: two of them spend no more than one would, and hear of each other's 429."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import NoReturn, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from app import create_app
from bridge.errors import StoreDown, TryLater
from bridge.qomon.pace import Pace, SharedBucket
from bridge.qomon.sandbox import TOKEN
from bridge.services import Services
from bridge.store.store import Store
from bridge.store.tables import bucket, event
from tests.support.json_hook import TOKEN as SECRET
from tests.support.json_hook import plain_house, rows, send, written
from tests.support.postgres import Server, ServerClock
from tests.support.whole_bridge import KEY, QOMON, Clock, House, Places
from tests.support.wsgi_adapter import mounted

STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([1, 5, 6]), st.integers(0, 30), st.sampled_from([0, 10, 40])), max_size=60
)


@pytest.fixture
def store(postgres: str) -> Iterator[Store]:
    made = Store(postgres)
    yield made
    made.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path_factory.mktemp('buckets')}/bridge.db")
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def both(server: Server, tmp_path: Path) -> Iterator[tuple[House, Services]]:
    """Two processes on one database, in front of one Qomon."""
    with ExitStack() as stack:
        House.places = Places(server, stack)
        house = plain_house(tmp_path)
        environ = {"QOMON_URL": QOMON, "QOMON_TOKEN": TOKEN, "BRIDGE_KEY": KEY, "JSON_TOKEN": SECRET}
        environ["DATABASE_URL"] = House.places.url(tmp_path)
        other = create_app(environ, house.clock, lambda: mounted(house.qomon, QOMON))
        worker = cast("Services", other.extensions["bridge"]).open()
        yield house, worker
        worker.store.close()
    House.places = Places()


def pace(store: Store, clock: Clock, **numbers: float) -> Pace:
    return Pace(shared=SharedBucket(store, "default", clock), **numbers)


def paid(pace: Pace, cost: float, clock: Clock, floor: float = 0) -> timedelta | None:
    """None when it passed, else how long to wait."""
    try:
        pace.take(cost, clock(), floor)
    except TryLater as wait:
        return wait.after
    return None


def payments(pace: Pace, clock: Clock, cost: float = 5) -> int:
    return next(passed for passed in range(1000) if paid(pace, cost, clock) is not None)


@given(STEPS)
@settings(max_examples=100)
def test_two_processes_pay_and_wait_as_one_would(file: Store, steps: list[tuple[bool, int, int, int]]) -> None:
    clock = Clock()
    with file.write() as tx:
        tx.execute(delete(bucket))
    two, one = [pace(file, clock, burst=30, rate=8) for _ in range(2)], Pace(burst=30, rate=8)
    for mine, cost, eighths, floor in steps:
        clock.move(seconds=eighths / 8)  # a whole token each
        assert paid(two[mine], cost, clock, floor) == paid(one, cost, clock, floor)


def test_what_one_gives_back_the_other_has(file: Store) -> None:
    clock = Clock()
    with file.write() as tx:
        tx.execute(delete(bucket))
    web, worker = pace(file, clock), pace(file, clock)
    assert payments(web, clock) == 20
    web.give(6, clock())
    assert (paid(worker, 6, clock), paid(worker, 1, clock)) == (None, timedelta(milliseconds=100))


def test_threads_of_two_processes_spend_what_is_there_once(store: Store) -> None:
    clock = Clock()
    both = [pace(store, clock, rate=1e-6) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        passed = [wait is None for wait in pool.map(lambda turn: paid(both[turn % 2], 5, clock), range(60))]
    assert passed.count(True) == 20


def test_a_429_that_one_process_hears_stops_the_other_until_then(store: Store, postgres: str) -> None:
    with closing(ServerClock(postgres)) as server:
        clock = Clock(server.set)
        web, worker = pace(store, clock), pace(store, clock)
        assert paid(worker, 1, clock) is None
        web.refused(5, "30", clock())

        assert paid(worker, 5, clock) == timedelta(seconds=30.5)
        clock.move(seconds=30.5)
        assert paid(worker, 5, clock) is None


def test_a_machine_whose_clock_is_wrong_waits_no_longer(store: Store, postgres: str) -> None:
    with closing(ServerClock(postgres)) as server:
        clock = Clock(lambda at: server.set(at + timedelta(minutes=10)))
        mine = pace(store, clock)
        assert payments(mine, clock) == 20
        assert mine.wait_for(5, clock()) == timedelta(milliseconds=500)
        clock.move(seconds=0.5)
        assert (mine.wait_for(5, clock()), paid(mine, 5, clock)) == (timedelta(0), None)


def test_what_qomon_says_is_left_is_what_both_have(store: Store) -> None:
    clock = Clock()
    web, worker = pace(store, clock, rate=1e-6), pace(store, clock, rate=1e-6)
    assert paid(worker, 5, clock) is None
    web.heed({"x-ratelimit-remaining": "12"}, clock())
    assert payments(worker, clock) == 2


def test_an_answer_that_lowers_nothing_costs_no_look_and_a_store_that_is_down_costs_no_answer() -> None:
    opened: list[int] = []

    class Down(Store):
        def write(self, _patience: object = None) -> NoReturn:
            opened.append(1)
            raise StoreDown("the database does not answer")

    clock = Clock()
    mine = Pace(shared=SharedBucket(Down("sqlite:///nowhere.db"), "default", clock))
    mine.heed({"x-ratelimit-remaining": "100", "x-ratelimit-limit": "burst:100;rate:10"}, clock())
    assert opened == []
    mine.heed({"x-ratelimit-remaining": "99"}, clock())
    assert opened == [1]
    with pytest.raises(StoreDown):
        mine.take(1, clock())


def test_the_row_says_what_is_left(store: Store, postgres: str) -> None:
    with closing(ServerClock(postgres)) as server:
        clock = Clock(server.set)
        mine = pace(store, clock)
        mine.heed({"x-ratelimit-limit": "burst:50;rate:5.0"}, clock())
        mine.take(6, clock())
        with store.read() as tx:
            (row,) = tx.execute(select(bucket)).all()
    assert (row.space, row.tokens, row.rate, row.burst) == ("default", 44_000, 5, 50)


def test_web_and_worker_together_stay_within_qomon_s_quota(both: tuple[House, Services]) -> None:
    """Each would spend the hundred tokens by itself."""
    house, worker = both
    for number in range(40):
        send(house, written(mail=f"camille{number}@example.org", metier=f"Pilote {number}"))
    for _ in range(30):
        for one in (house.services, worker):
            one.engine.drain_all()
        house.clock.move(seconds=3)

    assert [call["status"] for call in house.sandbox.calls].count(429) == 0
    assert [row.outcome for row in rows(house, event)] == ["created"] * 40
