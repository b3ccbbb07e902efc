"""The store on a real Postgres: its locks, its clock, its few connections, and who upgrades it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, insert, select, text

from bridge.errors import Faults, StoreDown
from bridge.store import store as stores
from bridge.store.postgres import CONNECTIONS
from bridge.store.prepared import NOW
from bridge.store.store import Store
from bridge.store.tables import catalogue
from tests.support.postgres import ServerClock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def store(postgres: str) -> Iterator[Store]:
    made = Store(postgres)
    yield made
    made.close()


def count_up(store: Store) -> None:
    """Read, then write what follows from it: goes wrong unless somebody keeps the others out."""
    with store.write() as tx:
        stores.lock(tx, ["b", "a", "b"])
        many = tx.scalar(select(func.count()).select_from(catalogue)) or 0
        tx.execute(insert(catalogue).values(space=f"{many:03}", version="v", at=0, body="{}"))


def test_who_holds_a_name_keeps_the_others_out_until_the_end_of_its_transaction(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: count_up(store), range(40)))

    with store.read() as tx:
        assert tx.scalar(select(func.max(catalogue.c.space))) == "039"


def test_two_who_ask_for_the_same_names_in_another_order_do_not_wait_in_a_ring(store: Store) -> None:
    gate = threading.Barrier(2)

    def both(names: list[str]) -> None:
        gate.wait()
        for _ in range(100):
            with store.write() as tx:
                stores.lock(tx, names)

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(both, (["a", "b", "c"], ["c", "b", "a"])))

    assert ended == [None, None]  # a ring would have been cut by the server, as an error of one of them


def test_a_lock_is_not_waited_for_without_end(store: Store) -> None:
    with store.write() as tx:
        told = [tx.scalar(text(f"SHOW {name}")) for name in ("lock_timeout", "idle_in_transaction_session_timeout")]

    assert told == ["5s", "1min"]


def test_no_name_is_no_lock(store: Store) -> None:
    with store.write() as tx:
        stores.lock(tx, [])
        assert (
            tx.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")) == 0
        )


def test_the_clock_is_the_servers(postgres: str, store: Store) -> None:
    server = ServerClock(postgres)
    server.set(NOON)
    with store.write() as tx:
        told = tx.scalar(select(NOW + 1), {"b_now": 0})
    server.close()

    assert told == NOON.timestamp() * 1000 + 1


def test_a_process_opens_a_few_connections_at_most_and_the_rest_waits(postgres: str) -> None:
    store = Store(postgres, connections=2)
    mine = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> ''")
    with ThreadPoolExecutor(1) as pool:
        with store.write() as one, store.write():
            third = pool.submit(store.writable)
            with pytest.raises(TimeoutError):
                third.result(0.15)
            opened = one.scalar(mine)
        assert third.result(10)
    store.close()

    assert (opened, CONNECTIONS) == (2, 4)


def test_a_test_write_reaches_the_servers_disk(store: Store) -> None:
    def written() -> int:
        with store.read() as tx:
            return int(tx.scalar(text("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn")) or 0)

    before = written()

    assert store.writable()
    assert written() > before


def test_a_server_that_is_behind_is_refused_until_it_is_upgraded(empty: str) -> None:
    store = Store(empty)
    with pytest.raises(Faults, match="Run `flask upgrade` first"):
        store.ready()
    nothing = store.behind()
    store.upgrade()
    store.ready()
    store.close()

    assert nothing


def test_an_upgrade_waits_for_the_one_of_another_process(empty: str) -> None:
    one, other = Store(empty), Store(empty)
    with ThreadPoolExecutor(1) as pool:
        with one.write() as tx:
            stores.lock(tx, ["upgrade"])
            waiting = pool.submit(other.upgrade)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            behind = one.behind()
        waiting.result(timeout=10)

    assert (behind, one.behind()) == (True, False)
    one.close()
    other.close()


def test_a_server_that_is_not_there_is_down() -> None:
    store = Store("postgresql+psycopg://postgres@/nowhere?host=/nonexistent")

    assert not store.writable()
    with pytest.raises(StoreDown):
        store.ready()


def test_a_list_takes_few_places_in_the_servers_table_of_locks_however_long_it_is(store: Store) -> None:
    """It has room for some thousand, of everybody: a list of 5,000 would find none and never be accepted."""
    held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
    with store.write() as tx:
        stores.lock_list(tx, [f"name {number}" for number in range(5000)])

        assert tx.scalar(held) <= 256


@pytest.mark.parametrize("many", [1, 1000])
@pytest.mark.parametrize("others", [1, 1000])
def test_who_holds_a_list_keeps_out_who_asks_for_one_of_its_names(store: Store, many: int, others: int) -> None:
    def ask(shift: int) -> None:
        with store.write() as tx:
            stores.lock_list(tx, [f"name {number + shift}" for number in range(others)])

    with ThreadPoolExecutor(1) as pool:
        with store.write() as tx:
            stores.lock_list(tx, [f"name {number}" for number in range(many)])
            asking = pool.submit(ask, 0)
            with pytest.raises(TimeoutError):
                asking.result(0.15)
        asking.result(10)


def test_who_holds_few_names_keeps_nobody_out_who_asks_for_others(store: Store) -> None:
    with ThreadPoolExecutor(1) as pool, store.write() as tx:
        stores.lock_list(tx, [f"name {number}" for number in range(200)])
        pool.submit(count_list, store).result(10)


def count_list(store: Store) -> None:
    with store.write() as tx:
        stores.lock_list(tx, [f"other {number}" for number in range(200)])


def test_an_upgrade_that_the_server_fails_because_others_work_meanwhile_is_tried_again(empty: str) -> None:
    store, config = Store(empty), Config()
    config.set_main_option("script_location", str(stores.MIGRATIONS))
    with store.write() as config.attributes["connection"]:
        command.upgrade(config, "0001")
    waits = text("SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'delivery'::regclass")

    with ThreadPoolExecutor(1) as pool:
        with store.write() as tx:
            tx.execute(text("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE"))
            upgrading = pool.submit(store.upgrade)
            while (waiting := tx.scalar(waits)) is None and not upgrading.done():
                threading.Event().wait(0.01)
            tx.execute(select(func.pg_terminate_backend(waiting)))
        upgrading.result(20)

    assert not store.behind()
    store.close()
