"""A statement made once: on a real file and on a real server it answers, writes and fails as SQLAlchemy's own way."""

from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bridge.errors import StoreDown
from bridge.store.prepared import NOW, Listing, Rows, Statement
from bridge.store.store import Store, either
from bridge.store.tables import event, identity, lane, vault
from tests.support.postgres import Server

KEPT = Statement(insert(vault))
ALL = Statement(select(vault).where(vault.c.name != "gone").order_by(vault.c.name))
ONE = Statement(select(vault.c.sealed).where(vault.c.name == bindparam("b_name")))
CHANGED = Statement(update(lane).where(lane.c.lane == bindparam("b_lane")))
LANES = Statement(select(lane.c.lane, lane.c.space, lane.c.due, lane.c.owner).order_by(lane.c.lane))
WAKE = Statement(
    either(
        lambda insert: (
            insert(lane)
            .values(due=NOW)
            .on_conflict_do_update(index_elements=["lane"], set_={"due": NOW + 1}, where=lane.c.owner.is_(None))
        )
    )
)


NAMED = Listing(lambda among: select(vault).where(among(vault.c.name), vault.c.sealed != bindparam("b_not")))
EVENTS = Rows(event)
PUT = Statement(select(event.c.id, event.c.due, event.c.record).order_by(event.c.seq))
STORED: dict[str, Any] = {
    **dict.fromkeys(("space", "delivery", "hook", "key", "key_kind", "digest", "kind", "status", "outcome"), "x"),
    **dict.fromkeys(("revision", "attempts", "leases"), 1),
    **dict.fromkeys(("submitted_at", "received_at"), 2**41),
    **dict.fromkeys(("record", "report"), b"\0\xff"),
}
MORE = 60_000
"""Milliseconds: longer than a server takes between two rows, however busy it is."""
LANES_DUE = Rows(
    lane,
    lambda insert: insert.on_conflict_do_update(index_elements=["lane"], set_={"due": lane.c.due + MORE}),
    due=NOW,
)


def test_rows_come_back_by_name_in_the_transaction_that_wrote_them(store: Store) -> None:
    with store.write() as tx:
        KEPT.run_each(tx, [{"name": "b", "sealed": b"\0\xff"}, {"name": "a", "sealed": b""}])
        KEPT.run(tx, {"name": "gone", "sealed": b"x"})
        KEPT.run_each(tx, [])
        rows = ALL.all(tx, {})
    with store.read() as tx:
        one, none = ONE.first(tx, {"b_name": "b"}), ONE.first(tx, {"b_name": "c"})

    assert [(row.name, row.sealed) for row in rows] == [("a", b""), ("b", b"\0\xff")]
    assert (one.sealed, none) == (b"\0\xff", None)


def test_what_the_block_does_not_finish_is_not_there(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        KEPT.run(tx, {"name": "a", "sealed": b""})
        raise ZeroDivisionError

    with store.read() as tx:
        assert ALL.all(tx, {}) == []


def test_a_reader_sees_one_moment_while_others_write(store: Store) -> None:
    with store.read() as tx:
        before = ALL.all(tx, {})
        with store.write() as writer:
            KEPT.run(writer, {"name": "a", "sealed": b""})
        after = ALL.all(tx, {})

    assert (before, after) == ([], [])


def test_only_the_columns_named_are_written(store: Store) -> None:
    with store.write() as tx:
        WAKE.run(tx, {"lane": "one", "space": "s", "b_now": 5})
        CHANGED.run(tx, {"b_lane": "one", "owner": "me"})
        CHANGED.run(tx, {"b_lane": "one", "due": 7, "space": "t"})
        CHANGED.run(tx, {"b_lane": "other", "owner": None})

        assert [(row.lane, row.space, row.due, row.owner) for row in LANES.all(tx, {})] == [("one", "t", 7, "me")]


def test_what_differs_between_the_databases_is_made_for_each(store: Store) -> None:
    with store.write() as tx:
        WAKE.run(tx, {"lane": "one", "space": "s", "b_now": 5})
        first = LANES.first(tx, {}).due
        WAKE.run(tx, {"lane": "one", "space": "s", "b_now": 5})
        then = LANES.first(tx, {}).due

    assert (first, then) == (5, 6) if not store.shared else then > first > 5


def test_a_value_that_is_not_given_is_no_null(store: Store) -> None:
    found = Statement(select(event.c.id).where(event.c.id == bindparam("id")))
    with store.read() as tx, pytest.raises(LookupError, match="no value for id"):
        found.all(tx, {"b_id": "x"})


def test_a_row_twice_is_an_integrity_error_that_does_not_quote_the_values(store: Store) -> None:
    row = {"space": "s", "fingerprint": "f", "event": "hunter2", "name": "mail"}
    with pytest.raises(IntegrityError) as raised, store.write() as tx:
        Statement(insert(identity)).run_each(tx, [row, row])

    with store.read() as tx:
        assert Statement(select(identity)).all(tx, {}) == []
    assert "hunter2" not in f"{raised.value} {raised.value.orig}"


def test_a_server_that_went_away_is_down_and_is_found_again(server: Server, postgres: str) -> None:
    store = Store(postgres)
    with pytest.raises(StoreDown), store.write() as tx:
        server.restart(postgres)
        ALL.all(tx, {})
    with store.write() as tx:
        Statement(delete(vault)).run(tx, {})

        assert ALL.all(tx, {}) == []
    store.close()


def test_what_looks_for_each_of_a_list_finds_those_that_are_there(store: Store) -> None:
    with store.write() as tx:
        KEPT.run_each(tx, [{"name": name, "sealed": name.encode()} for name in "abc"])
        found = [
            sorted(row.name for row in NAMED.all(tx, {"b_not": b"c"}, listed))
            for listed in (["a", "b", "c", "d"], ["b"], [], ["b", "b"])
        ]

    assert found == [["a", "b"], ["b"], [], ["b"]]


@pytest.mark.parametrize("many", [0, 1, 2, 3000])
def test_rows_are_put_in_their_order_however_many_they_are(store: Store, many: int) -> None:
    rows = [{"id": f"{number}", "due": number if number % 2 else None, **STORED} for number in range(many)]
    with store.write() as tx:
        EVENTS.put(tx, rows)
        found = PUT.all(tx, {})

    assert [(row.id, row.due, row.record) for row in found] == [(row["id"], row["due"], b"\0\xff") for row in rows]


def test_rows_that_are_there_are_changed_as_one_alone_would_be(store: Store) -> None:
    with store.write() as tx:
        for names in (["b", "a"], ["c", "b"], ["b"]):
            LANES_DUE.put(tx, [{"lane": name, "space": "s"} for name in names], b_now=5)
        told = {row.lane: row.due - 5 for row in LANES.all(tx, {})}

    assert [*told] == ["a", "b", "c"]
    assert told == {"a": 0, "b": 2 * MORE, "c": 0} if not store.shared else told["b"] > told["a"] > 0
