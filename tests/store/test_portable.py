"""A store as one file: whole, private, read by both databases, and refused when it is not what was written."""

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy import event as event_of

from bridge.errors import StoreDown
from bridge.store import portable
from bridge.store.portable import NotPortable
from bridge.store.store import Store
from bridge.store.tables import delivery, event, identity, vault
from tests.support.another_store import contents


def row(number: int) -> dict[str, object]:
    told = {"space": "default", "delivery": f"d{number}", "hook": "h", "revision": 1, "key": "k", "key_kind": "event"}
    told |= {"digest": "x", "kind": "submitted", "status": "done", "outcome": "delivered", "attempts": 0, "leases": 0}
    return {**told, "id": f"e{number}", "submitted_at": 1, "received_at": 1, "record": b"\0r", "report": b"\xff"}


def accept(store: Store, number: int) -> None:
    """As a call is: its delivery, its event and whom that is about, or nothing of it."""
    with store.write() as tx:
        tx.execute(insert(delivery).values(id=f"d{number}", received_at=1, proof="p", address="a"))
        tx.execute(insert(event).values(row(number)))
        tx.execute(insert(identity).values(space="default", fingerprint=f"f{number}", event=f"e{number}", name="mail"))


def fill(store: Store) -> Store:
    with store.write() as tx:
        tx.execute(insert(vault).values(name="canary", sealed=b"\1\0\xff"))
    for number in range(3):
        accept(store, number)
    return store


@pytest.fixture
def filled(store: Store) -> Store:
    return fill(store)


def read(path: Path) -> dict[str, int]:
    with portable.opened(path) as tx:
        return portable.count(tx)


def test_a_saved_store_has_every_row_as_it_was(filled: Store, database: str, tmp_path: Path) -> None:
    path = tmp_path / "saved.db"
    counts = portable.save(filled, path)

    assert {name: most for name, most in counts.items() if most} == {
        "delivery": 3,
        "event": 3,
        "identity": 3,
        "vault": 1,
    }
    assert read(path) == counts
    assert contents(f"sqlite:///{path}") == contents(database)


def test_only_its_owner_may_read_a_saved_store_and_nothing_lies_beside_it(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    portable.save(filled, folder / "saved.db")

    assert [path.name for path in folder.iterdir()] == ["saved.db"]
    assert (folder / "saved.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_left_as_it_is(filled: Store, tmp_path: Path) -> None:
    path = tmp_path / "saved.db"
    path.write_text("mine")

    with pytest.raises(NotPortable, match="is there already"):
        portable.save(filled, path)
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there_is_named(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(NotPortable, match="nowhere: there is no such folder"):
        portable.save(filled, tmp_path / "nowhere" / "saved.db")


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file of this process grows beyond that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_leaves_no_half_file(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()

    with (
        full_disk(100_000),
        pytest.raises(NotPortable, match=r"could not be written, and no part of it is left: .*[a-z]"),
    ):
        portable.save(filled, folder / "saved.db")
    assert list(folder.iterdir()) == []


def test_a_server_that_is_away_is_not_blamed_on_the_file(postgres: str, server: object, tmp_path: Path) -> None:
    store = Store(postgres.replace("/test_", "/gone_"))

    with closing(store), pytest.raises(StoreDown):
        portable.save(store, tmp_path / "saved.db")
    assert [path.name for path in tmp_path.iterdir()] == []


def test_while_eight_write_a_saved_store_has_whole_transactions(store: Store, database: str, tmp_path: Path) -> None:
    """Saved by a command, which has connections of its own."""
    stop, numbers = threading.Event(), iter(range(1_000_000))

    def write() -> None:
        while not stop.is_set():
            accept(store, next(numbers))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        with closing(Store(database)) as beside:
            counts = [portable.save(beside, tmp_path / f"saved-{number}.db") for number in range(4)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert all(one["event"] == one["delivery"] == one["identity"] for one in counts)
    assert 0 < counts[1]["event"] < counts[3]["event"]
    with portable.opened(tmp_path / "saved-3.db") as tx:
        orphans = select(event.c.id).where(~select(identity.c.event).where(identity.c.event == event.c.id).exists())
        assert tx.execute(orphans).all() == []


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """From a file: one made from a server has the same tables."""
    path = tmp_path / "saved.db"
    with closing(Store(f"sqlite:///{tmp_path}/bridge.db")) as store:
        store.upgrade()
        portable.save(fill(store), path)
    return path


@pytest.mark.parametrize("left", [0, 50, 4096, -1])
def test_a_file_that_was_cut_is_refused_whole(saved: Path, left: int) -> None:
    saved.write_bytes(saved.read_bytes()[:left])

    with (
        pytest.raises(NotPortable, match=r"saved\.db (is damaged or not whole|was not made by)"),
        portable.opened(saved),
    ):
        pass


def test_a_file_of_which_one_bit_changed_is_refused(saved: Path) -> None:
    held = bytearray(saved.read_bytes())
    held[-1] ^= 1
    saved.write_bytes(held)

    with pytest.raises(NotPortable, match="is damaged or not whole"), portable.opened(saved):
        pass


def test_any_other_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE event (id TEXT)")

    for path, why in ((other, "was not made by"), (tmp_path / "none.db", "cannot be read: No such file")):
        with pytest.raises(NotPortable, match=why), portable.opened(path):
            pass


def forged(path: Path, *statements: str) -> Path:
    """The file as another version of the bridge would have made it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    portable._close(path)  # noqa: SLF001 - what makes a file one of ours
    return path


def test_a_file_of_a_newer_version_is_refused(saved: Path) -> None:
    forged(saved, "UPDATE alembic_version SET version_num = '0999'")

    with pytest.raises(NotPortable, match=r"is of a newer version \(0999\)"), portable.opened(saved):
        pass


def test_a_file_of_an_older_version_is_brought_up_and_itself_left_alone(saved: Path) -> None:
    downgraded = [
        *("DROP INDEX event_reaches", "DROP INDEX undo_contact", "DROP TABLE alert", "DROP TABLE channel"),
        *("DROP TABLE preference", "DROP TABLE counter"),
        *(f"DROP INDEX {name}" for name in ("event_cause", "event_rare", "event_received", "delivery_proof")),
        *("ALTER TABLE event DROP COLUMN cause", "DROP TABLE account", "DROP TABLE attempt"),
        *("DROP TABLE card", "DROP TABLE figures", "DROP TABLE secret"),
        *(f"DROP INDEX {name}" for name in ("event_origin", "event_job")),
        *(f"ALTER TABLE event DROP COLUMN {name}" for name in ("action", "origin", "job", "decision")),
        *("DROP TABLE job", "DROP TABLE audit"),
        *(f"DROP INDEX {name}" for name in ("event_ended", "delivery_received", "lane_class", "known_at", "seen_at")),
        *("DROP INDEX undo_at", "ALTER TABLE event DROP COLUMN ended", "ALTER TABLE event DROP COLUMN erased"),
        *("ALTER TABLE event DROP COLUMN asked", "ALTER TABLE event DROP COLUMN asked_at", "DROP TABLE health"),
        *("DROP INDEX event_lane", "CREATE INDEX event_lane ON event (lane, status)"),
        *("ALTER TABLE lane DROP COLUMN class", "ALTER TABLE lane DROP COLUMN leases"),
        *("ALTER TABLE seen DROP COLUMN at", "UPDATE alembic_version SET version_num = '0001'"),
    ]
    before = forged(saved, *downgraded).read_bytes()

    with portable.opened(saved) as tx:
        assert portable.version(tx) > "0001"
        assert [found.erased for found in tx.execute(select(event))] == [None, None, None]
    assert saved.read_bytes() == before


def test_a_saved_store_is_read_with_nothing_beside_it(saved: Path) -> None:
    """The folder may be one in which nothing can be written."""
    before = sorted(saved.parent.iterdir())

    with portable.opened(saved) as tx:
        assert portable.count(tx)["event"] == 3
        assert sorted(saved.parent.iterdir()) == before


def test_a_saved_store_put_in_the_place_of_a_store_is_a_store(saved: Path) -> None:
    with closing(Store(f"sqlite:///{saved}")) as store:
        store.ready()
        with store.write() as tx:
            tx.execute(update(event).values(hook="other"))
            assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_store_is_served_while_another_process_has_it_open(store: Store, database: str) -> None:
    with closing(Store(database)) as other, other.read() as tx:
        portable.count(tx)
        assert portable.served(store)
    assert not portable.served(store)


def test_who_hangs_up_while_it_is_looked_at_does_not_serve_it(postgres: str) -> None:
    """On a server a process that has let go is in the list for some moments more."""
    with closing(Store(postgres)) as store, closing(Store(postgres)) as other:
        with other.read() as tx:
            portable.count(tx)

        def hang_up(_: object, __: object, statement: str, *___: object) -> None:
            if "pg_sleep" in statement:
                other.close()

        event_of.listen(Engine, "before_cursor_execute", hang_up)
        try:
            assert not portable.served(store)
        finally:
            event_of.remove(Engine, "before_cursor_execute", hang_up)


def test_numbers_go_on_where_they_are_said_to(filled: Store) -> None:
    with filled.write() as tx:
        portable.number_after(tx, event, 1000)
    accept(filled, 7)

    with filled.read() as tx:
        assert tx.execute(select(event.c.seq).where(event.c.id == "e7")).scalar_one() == 1001
        assert portable.last_number(tx, event) == 1001
