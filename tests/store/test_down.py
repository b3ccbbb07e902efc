"""A store that does not take anything now: 503 and nothing promised; as soon as it does again, all is well."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.store import tables
from bridge.store.store import Store
from tests.support.json_hook import PROOF, SOMEBODY, count, plain_house, written
from tests.support.postgres import Server
from tests.support.whole_bridge import House

BODY = written(mail=SOMEBODY, prenom="Camille")


def post(house: House) -> Any:
    return house.door.post("/hooks/essai234", data=BODY, headers=PROOF)


def assert_down(house: House) -> None:
    answer, health = post(house), house.door.get("/health")
    assert [(one.status_code, one.mimetype) for one in (answer, health)] == [(503, "application/problem+json")] * 2
    assert answer.headers["Retry-After"] == "30"


@contextmanager
def impatient(house: House, database: str) -> Iterator[Store]:
    """Another process's store, while the house waits 20 ms for locks where it would wait for seconds."""
    other = Store(database)
    wait = "PRAGMA busy_timeout = 20" if other.path else "SET lock_timeout = 20"
    with house.services.store.write() as mine:
        mine.exec_driver_sql(wait)
    yield other
    other.close()


@pytest.mark.usefixtures("both_stores")
def test_while_another_process_locks_the_store_nothing_is_promised(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    with impatient(house, house.places.url(tmp_path)) as other, other.write() as tx:
        if house.services.store.shared:
            tx.exec_driver_sql("LOCK TABLE event")
        answer = post(house)

    assert (answer.status_code, count(house, tables.event)) == (503, 0)
    assert post(house).status_code == 200


def test_whoever_only_looks_opens_a_store_that_takes_no_write(tmp_path: Path) -> None:
    house, other = House(tmp_path), House(tmp_path, ())

    with house.services.store.write():
        assert other.services.vault.fingerprint("a") == house.services.vault.fingerprint("a")


def test_health_says_that_a_locked_file_takes_nothing(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    with impatient(house, house.places.url(tmp_path)) as other, other.write():
        assert_down(house)


def test_a_file_that_is_no_database_any_more_is_down(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    house.services.store.close()
    for file in tmp_path.glob("bridge.db*"):
        file.write_bytes(b"not a database " * 1000)

    assert_down(house)


@pytest.mark.parametrize("both_stores", ["postgres"], indirect=True)
def test_a_server_that_was_restarted_is_connected_to_anew(both_stores: str, server: Server, tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert post(house).status_code == 200
    server.restart(house.places.url(tmp_path))

    assert (post(house).status_code, house.door.get("/health").status_code) == (200, 200)


@pytest.mark.parametrize("both_stores", ["postgres"], indirect=True)
def test_a_server_that_refuses_is_down_until_it_lets_us_in_again(
    both_stores: str, server: Server, tmp_path: Path
) -> None:
    house = plain_house(tmp_path)
    with server.refusing(house.places.url(tmp_path)):
        assert_down(house)

    assert (post(house).status_code, count(house, tables.event)) == (200, 1)
