"""Several threads' work in one commit: each gets its own result, its own error, and nobody else's."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.exc import IntegrityError

from bridge.errors import StoreDown
from bridge.store.group_commit import MOST, GroupCommit, Job
from bridge.store.store import Store
from bridge.store.tables import delivery


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    yield store
    store.close()


def kept(id_: str) -> Callable[[Connection], str]:
    def keep(tx: Connection) -> str:
        tx.execute(insert(delivery), {"id": id_, "received_at": 1, "proof": "none", "address": "x"})
        return id_

    return keep


def ids(store: Store) -> list[str]:
    with store.read() as tx:
        return list(tx.execute(select(delivery.c.id).order_by(delivery.c.id)).scalars())


def at_once(together: GroupCommit, works: list[Callable[[Connection], str]]) -> list[Future[str]]:
    """All of them come while the first is at work, so that they go together after it."""
    began, go = threading.Event(), threading.Event()

    def first(tx: Connection) -> str:
        began.set()
        assert go.wait(10)
        return kept("first")(tx)

    with ThreadPoolExecutor(len(works) + 1) as pool:
        futures = [pool.submit(together.write, first)]
        assert began.wait(10)
        futures += [pool.submit(together.write, work) for work in works]
        while len(together._waiting) < len(works):  # noqa: SLF001  # they queue: nothing else tells
            wait(futures, timeout=0.001)
        go.set()
    return futures


def commits(store: Store) -> list[Any]:
    seen: list[Any] = []
    with store.read() as tx:
        event.listen(tx.engine, "commit", seen.append)
    return seen


def test_what_comes_during_a_commit_goes_with_the_next_one(store: Store) -> None:
    seen = commits(store)
    futures = at_once(GroupCommit(store), [kept(f"{number}") for number in range(6)])

    assert [future.result() for future in futures] == ["first", *"012345"]
    assert (ids(store), len(seen)) == ([*"012345", "first"], 2)


def test_who_does_not_fit_into_one_commit_goes_with_the_next(store: Store) -> None:
    seen = commits(store)
    together = GroupCommit(store)
    together._waiting.extend(Job(kept(f"{number:03}"), store.patience()) for number in range(MOST))  # noqa: SLF001

    assert together.write(kept("last")) == "last"
    assert (len(ids(store)), len(seen)) == (MOST + 1, 2)


def test_one_that_fails_raises_for_itself_and_takes_nobody_with_it(store: Store) -> None:
    futures = at_once(GroupCommit(store), [kept("a"), kept("twice"), kept("twice"), kept("b")])
    errors = [type(future.exception()) for future in futures]

    assert ids(store) == ["a", "b", "first", "twice"]
    assert sorted(error.__name__ for error in errors) == ["IntegrityError", *["NoneType"] * 4]
    assert IntegrityError in errors[2:4]


def test_a_store_that_is_down_for_one_is_so_for_all_who_go_with_it(store: Store) -> None:
    asked = []

    def down(_tx: Connection) -> str:
        asked.append(1)
        raise StoreDown("the disk is full", "full")

    futures = at_once(GroupCommit(store), [down, down])
    errors = [future.exception() for future in futures[1:]]

    assert [(type(error), getattr(error, "reason", "")) for error in errors] == [(StoreDown, "full")] * 2
    assert len(asked) == 1  # nobody waits once more for what another has waited for


def test_alone_it_is_a_plain_write(store: Store) -> None:
    together = GroupCommit(store)

    assert together.write(kept("a")) == "a"
    assert together.write(lambda tx: tx.scalar(select(func.count()).select_from(delivery))) == 1
    with pytest.raises(IntegrityError):
        together.write(kept("a"))
