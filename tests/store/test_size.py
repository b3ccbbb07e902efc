"""How large the store is, and that it gets smaller (docs/ledger.md 31)."""

import os
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from bridge.store import size
from bridge.store.store import Store
from bridge.store.tables import event

LONG = os.urandom(3500)


def fill(store: Store, many: int) -> None:
    row = {"space": "default", "delivery": "d", "hook": "h", "revision": 1, "key_kind": "hash", "digest": "x"}
    row |= {"kind": "submitted", "status": "done", "outcome": "delivered", "submitted_at": 1, "received_at": 1}
    with store.write() as tx:
        named = [{**row, "id": f"e{number}", "key": f"k{number}", "record": LONG} for number in range(many)]
        tx.execute(insert(event), [{**one, "report": b"", "attempts": 0, "leases": 0} for one in named])


def length(store: Store) -> int:
    return store.path.stat().st_size if store.path is not None else 0


def test_each_table_is_told_with_its_rows_and_bytes_largest_first(store: Store) -> None:
    fill(store, 300)
    taken = size.measure(store)

    assert (taken.tables[0].name, taken.tables[0].rows) == ("event", 300)
    assert 300 * 3500 < taken.tables[0].bytes < 3 * 300 * 3500
    assert taken.whole >= sum(one.bytes for one in taken.tables)
    assert not taken.guessed


def test_where_pages_are_not_counted_the_shares_are_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "_PAGES", "SELECT name, bytes FROM lacking")
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    fill(store, 300)
    taken = size.measure(store)
    store.close()

    assert taken.guessed
    assert taken.tables[0].name == "event"
    assert 300 * 3500 < taken.tables[0].bytes <= taken.whole


def test_a_file_gets_smaller_while_it_is_open(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    fill(store, 2000)
    store.checkpoint()
    before = length(store)
    with store.write() as tx:
        tx.execute(delete(event))
    cut = list(size.give_back(store))

    assert before > 8_000_000
    assert len(cut) > 2
    assert length(store) <= before - sum(cut) < 1_000_000
    store.close()


def test_what_is_to_stay_free_stays(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    fill(store, 2000)
    with store.write() as tx:
        tx.execute(delete(event))
    list(size.give_back(store, spare=4_000_000))

    assert size.measure(store).unused == pytest.approx(4_000_000, abs=4096)
    store.close()


def test_rows_that_were_made_shorter_share_pages(store: Store) -> None:
    fill(store, 500)
    with store.write() as tx:
        tx.exec_driver_sql("ALTER TABLE event ADD COLUMN of_the_next_version TEXT")
        tx.exec_driver_sql("UPDATE event SET of_the_next_version = 'there'")
        before = tx.execute(select(event).order_by(event.c.seq)).mappings().all()
        tx.execute(update(event).values(record=b""))
        size.pack(tx, event, event.c.seq, [row["seq"] for row in before])
        after = tx.execute(select(event).order_by(event.c.seq)).mappings().all()
        next_ = tx.exec_driver_sql("SELECT DISTINCT of_the_next_version FROM event").scalars().all()

    assert [{**row, "record": b""} for row in before] == [{**row} for row in after]
    assert next_ == ["there"]
    if store.path is not None:
        assert size.measure(store).tables[0].bytes < 500_000
    fill_one_more(store, before[-1]["seq"])


def fill_one_more(store: Store, last: int) -> None:
    """No number is given twice."""
    with store.write() as tx:
        row = {"id": "one more", "space": "default", "delivery": "d", "hook": "h", "revision": 1, "key_kind": "hash"}
        row |= {"digest": "x", "kind": "submitted", "status": "done", "outcome": "delivered", "submitted_at": 1}
        row |= {"key": "k", "received_at": 1, "record": b"", "report": b"", "attempts": 0, "leases": 0}
        tx.execute(insert(event).values(row))
        assert tx.execute(select(event.c.seq).where(event.c.id == "one more")).scalar_one() > last
