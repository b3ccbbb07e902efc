"""The store on a real SQLite file: its files, its settings, its queue of writers."""

import fcntl
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, insert, select, text

from bridge.errors import StoreDown
from bridge.store.store import MIGRATIONS, Store
from bridge.store.tables import catalogue, event
from tests.support.catalogue_rows import keep, spaces

EVERY_STEP = sorted(path.stem for path in MIGRATIONS.glob("versions/[0-9]*.py"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/data/bridge.db")
    made.upgrade()
    yield made
    made.close()


def test_making_a_store_touches_nothing(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path}/data/bridge.db")

    assert list(tmp_path.iterdir()) == []


def test_the_files_are_for_their_owner_only(store: Store, tmp_path: Path) -> None:
    assert store.writable()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}

    assert modes == dict.fromkeys(["bridge.db", "bridge.db-shm", "bridge.db-wal", "bridge.db.lock"], 0o600)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("auto_vacuum", 2), ("busy_timeout", 5000)],
)
def test_the_file_is_set_up_as_the_ledger_says(store: Store, pragma: str, value: str | int) -> None:
    with store.read() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == value


def test_a_write_locks_before_its_first_statement(store: Store) -> None:
    other = create_engine(f"sqlite:///{store.path}", connect_args={"timeout": 0})
    with store.write(), other.connect() as connection, pytest.raises(Exception, match="database is locked"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    other.dispose()


def test_many_writers_queue_and_none_is_lost(store: Store) -> None:
    def count_up(_turn: int) -> None:
        with store.write() as connection:
            many = connection.scalar(select(func.count()).select_from(catalogue)) or 0
            keep(connection, f"space-{many:03}")

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(count_up, range(96)))

    assert spaces(store) == [f"space-{number:03}" for number in range(96)]


def test_two_processes_write_without_losing_a_row(store: Store) -> None:
    code = (
        "import sys; from sqlalchemy import insert, text; from bridge.store.store import Store\n"
        "from bridge.store.tables import catalogue; store = Store(sys.argv[1])\n"
        "for turn in range(50):\n"
        "    with store.write() as connection:\n"
        "        many = connection.scalar(text('SELECT count(*) FROM catalogue'))\n"
        "        row = {'space': f's{many}', 'version': 'v', 'at': 0, 'body': '{}'}\n"
        "        connection.execute(insert(catalogue).values(row))\n"
    )
    command = [sys.executable, "-c", code, f"sqlite:///{store.path}"]
    runs = [subprocess.Popen(command, cwd=MIGRATIONS.parent.parent.parent) for _ in range(2)]

    assert [run.wait() for run in runs] == [0, 0]
    assert len(spaces(store)) == 100


def test_a_process_that_comes_and_goes_leaves_the_journal_to_those_who_write(store: Store) -> None:
    look = [sys.executable, "-c", "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]))"]
    count = [*look, str(store.path), "SELECT count(*) FROM catalogue"]
    with store.read() as first, store.read() as second:  # a second connection, made while one is open
        assert (first.scalar(text("SELECT 1")), second.scalar(text("SELECT 1"))) == (1, 1)
    before = subprocess.run(count, capture_output=True, text=True).stdout
    with store.write() as connection:
        keep(connection, "paris")

    assert (before, subprocess.run(count, capture_output=True, text=True).stdout) == ("(0,)\n", "(1,)\n")


def test_writing_is_tested_on_the_disk_itself(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "data" / "bridge.db-wal"
    before = log.stat().st_size

    assert store.writable()
    assert log.stat().st_size > before


def test_a_damaged_file_is_store_down_and_not_writable(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    path.write_bytes(b"this is no database, and it is longer than a header " * 100)
    store = Store(f"sqlite:///{path}")

    assert not store.writable()
    with pytest.raises(StoreDown), store.read() as connection:
        connection.scalar(text("SELECT count(*) FROM event"))


def test_a_new_store_is_behind_until_it_is_upgraded(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    before = (store.behind(), store.pending(), list(tmp_path.iterdir()))
    store.upgrade()

    assert before == (True, EVERY_STEP, [])
    assert (store.behind(), store.pending()) == (False, [])


def test_an_upgrade_waits_for_the_one_of_another_process(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    with ThreadPoolExecutor(1) as pool, (tmp_path / "bridge.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        upgrade = pool.submit(store.upgrade)
        with pytest.raises(TimeoutError):
            upgrade.result(timeout=0.2)
        waiting = store.pending()
        fcntl.flock(lock, fcntl.LOCK_UN)

    assert (waiting, store.pending()) == (EVERY_STEP, [])


def test_a_start_that_has_nothing_to_migrate_does_not_load_alembic(store: Store) -> None:
    code = (
        "import sys; from bridge.store.store import Store; "
        "Store(sys.argv[1]).upgrade(); sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, f"sqlite:///{store.path}"], cwd=MIGRATIONS.parent.parent.parent)

    assert done.returncode == 0


def test_an_event_takes_a_new_number_even_after_the_last_one_was_erased(store: Store) -> None:
    row: dict[str, object] = {column.name: "" for column in event.columns if not column.nullable}
    row |= {"revision": 1, "submitted_at": 0, "received_at": 0, "record": b"", "report": b""}
    del row["seq"], row["attempts"], row["leases"]
    numbers = []
    for turn in ("a", "b"):
        with store.write() as connection:
            numbers.append(connection.scalar(insert(event).values(**{**row, "id": turn}).returning(event.c.seq)))
            connection.execute(event.delete())

    assert numbers == [1, 2]


def test_a_connection_on_which_something_went_wrong_is_not_lent_again(store: Store) -> None:
    with store.write() as first:
        pass
    with pytest.raises(ZeroDivisionError), store.write() as broken:
        raise ZeroDivisionError
    with store.write() as third:
        pass

    assert first is broken
    assert broken.closed
    assert third is not broken


def test_a_read_that_is_over_holds_nothing_back(store: Store) -> None:
    with store.read() as reader:
        reader.scalar(text("SELECT count(*) FROM catalogue"))

    assert not reader.in_transaction()
