"""Every fault of a store, made really: 503 and one word why, no promise, and back by itself (docs/ledger.md 27a)."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from bridge.errors import StoreDown
from bridge.store import tables
from bridge.store.faults import reason
from bridge.store.group_commit import GroupCommit
from bridge.store.sqlite import Sqlite
from bridge.store.store import Store
from tests.support.catalogue_rows import keep, spaces
from tests.support.disks import filled, small_disk
from tests.support.json_hook import PROOF, count, plain_house, written
from tests.support.postgres import Server
from tests.support.whole_bridge import KEY, House


def post(house: House, who: str = "camille") -> Any:
    body = written(mail=f"{who}.exemple@example.org", prenom="Camille")
    return house.door.post("/hooks/essai234", data=body, headers=PROOF)


def health(house: House) -> tuple[int, str | None]:
    house.clock.move(seconds=2)
    answer = house.door.get("/health")
    return answer.status_code, answer.get_json().get("reason")


def assert_refuses(house: House, why: str) -> None:
    """Nothing is promised, and the same is said at the door and by /health."""
    before, answer = len(house.sandbox.calls), post(house, "refused")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert health(house) == (503, why)
    assert len(house.sandbox.calls) == before


def assert_takes(house: House, who: str, events: int) -> None:
    assert (post(house, who).status_code, health(house)) == (200, (200, None))
    assert count(house, tables.event) == events


# A file.


def test_a_full_disk_takes_nothing_and_with_room_again_lacks_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        house = plain_house(disk)
        assert_takes(house, "first", 1)
        with filled(disk):
            for _ in range(3):
                assert_refuses(house, "full")
        assert_takes(house, "second", 2)
        house.close()


def test_what_was_promised_on_a_disk_that_runs_full_is_all_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        house = plain_house(disk)
        told = [post(house, f"{number}" + "x" * 20_000).status_code for number in range(200)]
        house.close()
        shutil.copytree(disk, tmp_path / "copy")

    after = plain_house(tmp_path / "copy")
    assert {*told} == {200, 503}
    assert count(after, tables.event) == told.count(200)
    after.close()


def test_a_store_that_may_grow_no_more_is_full(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    with house.services.store.write() as tx:
        most = tx.scalar(text("PRAGMA page_count")) + 8
        tx.exec_driver_sql(f"PRAGMA max_page_count = {most}")
    answers = {post(house, f"{number}" + "x" * 2_000).status_code for number in range(40)}
    with house.services.store.write() as tx:
        tx.exec_driver_sql("PRAGMA max_page_count = 1000000")

    assert answers == {200, 503}
    assert post(house, "last").status_code == 200


def test_a_disk_that_takes_no_write_any_more_is_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "20m") as disk:
        house = plain_house(disk)
        assert_takes(house, "first", 1)
        house.services.store.close()
        os.system(f"mount -o remount,ro {disk}")  # a folder of ours
        answer, said = post(house, "second"), health(house)
        os.system(f"mount -o remount,rw {disk}")
        assert (answer.status_code, said) == (503, (503, "read_only"))
        assert_takes(house, "third", 2)
        house.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """By another process, as far as SQLite can tell."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("together", [False, True])
def test_those_who_queue_for_a_locked_file_wait_no_longer_than_the_first(tmp_path: Path, together: bool) -> None:  # noqa: FBT001
    store = Store(f"sqlite:///{tmp_path}/bridge.db", patience=0.6)
    store.upgrade()
    group = GroupCommit(store)

    def write(number: int) -> str:
        began = monotonic()
        with pytest.raises(StoreDown) as down:
            if together:
                group.write(lambda tx: keep(tx, f"{number}"))
            else:
                with store.write() as tx:
                    keep(tx, f"{number}")
        assert monotonic() - began < 3
        return down.value.reason

    with locked(tmp_path / "bridge.db"), ThreadPoolExecutor(16) as pool:
        assert {*pool.map(write, range(16))} == {"locked"}
    with store.write() as tx:
        keep(tx, "after")
        assert tx.scalar(text("PRAGMA busy_timeout")) == 600

    assert spaces(store) == ["after"]
    store.close()


@pytest.mark.parametrize("together", [False, True])
def test_who_came_late_to_a_queue_waits_less_for_the_file(tmp_path: Path, together: bool) -> None:  # noqa: FBT001
    store = Store(f"sqlite:///{tmp_path}/bridge.db", patience=1.0)
    store.upgrade()
    group = GroupCommit(store)
    writers = cast("Sqlite", store._database)._writers  # noqa: SLF001  # another writer, which does nothing
    queue = group._turn if together else writers  # noqa: SLF001

    def come() -> float:
        began = monotonic()
        with pytest.raises(StoreDown):
            if together:
                group.write(lambda tx: keep(tx, "late"))
            else:
                with store.write():
                    pass
        return monotonic() - began

    with locked(tmp_path / "bridge.db"), ThreadPoolExecutor(1) as pool:
        with queue:
            late = pool.submit(come)
            with pytest.raises(TimeoutError):
                late.result(0.7)
        assert 0.7 < late.result(5) < 1.5
    store.close()


def test_once_a_file_was_found_locked_for_the_whole_time_others_only_look(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db", patience=1.0)
    store.upgrade()

    def waited() -> float:
        began = monotonic()
        with suppress(StoreDown), store.write():
            pass
        return monotonic() - began

    with locked(tmp_path / "bridge.db"):
        first, then = waited(), waited()
    free = waited()
    with locked(tmp_path / "bridge.db"):
        again = waited()
    store.close()

    assert (first > 0.9, then < 0.8, free < 0.8, again > 0.9) == (True,) * 4


def test_a_locked_file_is_told_by_health_and_free_again_at_once(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    with house.services.store.write() as mine:
        mine.exec_driver_sql("PRAGMA busy_timeout = 20")
    with locked(tmp_path / "bridge.db"):
        assert_refuses(house, "locked")
    assert_takes(house, "next", 1)


# A file that is not the one that was opened.


def back_up(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "bridge.db")) as file, closing(sqlite3.connect(folder / "copy.db")) as copy:
        file.backup(copy)


def test_a_file_that_was_deleted_takes_nothing_and_no_empty_one_is_made(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    (tmp_path / "bridge.db").unlink()

    assert_refuses(house, "away")
    assert_refuses(house, "away")
    assert not (tmp_path / "bridge.db").exists()


def test_a_file_that_is_put_back_is_opened_anew_with_all_that_it_held(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    (tmp_path / "bridge.db").rename(tmp_path / "aside.db")
    assert_refuses(house, "away")
    (tmp_path / "aside.db").rename(tmp_path / "bridge.db")

    assert_takes(house, "second", 2)


def test_a_backup_in_the_place_of_the_store_goes_on_from_there(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    back_up(tmp_path)
    assert_takes(house, "second", 2)
    (tmp_path / "copy.db").rename(tmp_path / "bridge.db")

    assert_takes(house, "third", 2)
    with house.services.store.read() as tx:
        assert tx.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]


def test_a_backup_that_lost_the_journals_mode_gets_it_back(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    with closing(sqlite3.connect(tmp_path / "bridge.db")) as file:
        file.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    (tmp_path / "copy.db").rename(tmp_path / "bridge.db")

    assert_takes(house, "second", 2)
    with house.services.store.read() as tx:
        modes = [tx.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "auto_vacuum")]
    assert modes == ["wal", 2]


def test_the_journal_of_the_file_that_left_goes_with_it(tmp_path: Path) -> None:
    """It lies under the path: the file that comes would be taken for its own, and be damaged."""
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    (tmp_path / "bridge.db").rename(tmp_path / "aside.db")
    assert_refuses(house, "away")

    with closing(sqlite3.connect(tmp_path / "aside.db")) as aside:
        assert aside.execute("SELECT count(*) FROM event").fetchone() == (1,)


def test_another_stores_file_is_refused_and_not_written(tmp_path: Path) -> None:
    house, other = plain_house(tmp_path / "ours"), plain_house(tmp_path / "theirs", BRIDGE_KEY=KEY)
    assert_takes(house, "first", 1)
    assert_takes(other, "theirs", 1)
    other.services.store.close()
    ours, theirs = tmp_path / "ours/bridge.db", tmp_path / "theirs/bridge.db"
    ours.rename(tmp_path / "aside.db")
    shutil.copy(theirs, ours)
    before = ours.read_bytes()

    assert_refuses(house, "replaced")
    assert ours.read_bytes() == before
    ours.unlink()
    (tmp_path / "aside.db").rename(ours)
    assert_takes(house, "second", 2)


@pytest.mark.parametrize("content", [b"", b"not a database " * 1000])
def test_an_empty_file_or_none_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    (tmp_path / "bridge.db").rename(tmp_path / "aside.db")
    (tmp_path / "bridge.db").write_bytes(content)

    assert_refuses(house, "damaged" if content else "replaced")
    assert (tmp_path / "bridge.db").read_bytes() == content


def test_a_file_that_is_deleted_before_the_commit_is_not_promised(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    with pytest.raises(StoreDown) as down, store.write() as tx:
        keep(tx, "paris")
        (tmp_path / "bridge.db").unlink()

    assert down.value.reason == "away"
    store.close()


def test_a_journal_that_was_deleted_is_noticed_and_what_it_held_is_not_lost(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert_takes(house, "first", 1)
    (tmp_path / "bridge.db-wal").unlink()

    assert_takes(house, "second", 2)
    look = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM event'))"
    seen = subprocess.run([sys.executable, "-c", look, tmp_path / "bridge.db"], capture_output=True, text=True)
    assert seen.stdout == "(2,)\n", "by another process"


def test_while_somebody_still_uses_the_file_that_left_no_other_is_opened(tmp_path: Path) -> None:
    """Two files of one name in one process would share the journal's index."""
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    back_up(tmp_path)
    with store.read() as tx:
        before = tx.scalar(text("SELECT count(*) FROM catalogue"))
        (tmp_path / "copy.db").rename(tmp_path / "bridge.db")
        began = monotonic()
        with pytest.raises(StoreDown) as down, store.write():
            pass
        assert monotonic() - began < 3
    with store.write() as tx:
        keep(tx, "paris")

    assert (before, down.value.reason, spaces(store)) == (0, "replaced", ["paris"])
    store.close()


def test_while_somebody_still_uses_a_file_that_is_gone_others_hear_that_it_is_gone(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    with store.read() as tx:
        tx.scalar(text("SELECT count(*) FROM catalogue"))
        (tmp_path / "bridge.db").unlink()
        with pytest.raises(StoreDown) as down, store.write():
            pass

    assert down.value.reason == "away"
    store.close()


# A server.


@pytest.fixture
def guest(server: Server, postgres: str) -> Iterator[tuple[str, psycopg.Connection]]:
    """The store's address for a user of no power, as platforms give one; and a connection of the platform."""
    with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        admin.execute("GRANT USAGE ON SCHEMA public, said, kept TO guest")
        admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA public, kept TO guest")
        admin.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO guest")
        yield postgres.replace("postgres:@", "guest:@"), admin


@pytest.fixture
def hosted(guest: tuple[str, psycopg.Connection], tmp_path: Path) -> Iterator[tuple[House, psycopg.Connection]]:
    house = plain_house(tmp_path, DATABASE_URL=guest[0], BRIDGE_KEY=KEY)
    yield house, guest[1]
    house.close()


def test_a_plan_whose_limit_is_over_takes_nothing_until_it_grants_again(
    hosted: tuple[House, psycopg.Connection],
) -> None:
    house, admin = hosted
    assert_takes(house, "first", 1)
    admin.execute("REVOKE INSERT ON ALL TABLES IN SCHEMA public FROM guest")
    assert_refuses(house, "refused")
    admin.execute("GRANT INSERT ON ALL TABLES IN SCHEMA public TO guest")

    assert_takes(house, "second", 2)


def test_a_server_that_only_lets_read_says_so(guest: tuple[str, psycopg.Connection]) -> None:
    store, (_, admin) = Store(guest[0]), guest
    admin.execute("ALTER ROLE guest SET default_transaction_read_only = on")
    with pytest.raises(StoreDown) as down:
        store.prove()
    admin.execute("ALTER ROLE guest SET default_transaction_read_only = off")
    store.close()

    assert down.value.reason == "read_only"
    assert store.writable()
    store.close()


def test_a_server_without_a_connection_left_refuses(hosted: tuple[House, psycopg.Connection]) -> None:
    house, admin = hosted
    assert_takes(house, "first", 1)
    house.services.store.close()
    admin.execute("ALTER ROLE guest CONNECTION LIMIT 0")
    assert post(house, "second").status_code == 503
    admin.execute("ALTER ROLE guest CONNECTION LIMIT -1")

    assert_takes(house, "second", 2)


def test_who_waited_for_a_connection_waits_less_for_a_locked_table(postgres: str) -> None:
    store = Store(postgres, connections=1, patience=1.0)

    def come() -> tuple[float, str]:
        began = monotonic()
        with pytest.raises(StoreDown) as down, store.write() as tx:
            keep(tx, "late")
        return monotonic() - began, down.value.reason

    with psycopg.connect(postgres.replace("+psycopg", "")) as other, ThreadPoolExecutor(1) as pool:
        other.execute("LOCK TABLE catalogue")
        with store.write():
            late = pool.submit(come)
            with pytest.raises(TimeoutError):
                late.result(0.7)
        waited, why = late.result(5)
        other.rollback()
    with store.write() as tx:
        keep(tx, "after")
        assert tx.scalar(text("SHOW lock_timeout")) == "1s"
    store.close()

    assert (0.7 < waited < 1.5, why) == (True, "locked")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("53100", "full"),
        ("53200", "away"),
        ("53300", "refused"),
        ("57P01", "away"),
        ("57P03", "away"),
        ("57014", "locked"),
        ("25006", "read_only"),
        ("42501", "refused"),
        ("40P01", "locked"),
        ("55P03", "locked"),
        ("XX001", "damaged"),
        ("42703", None),
        ("42601", None),
        ("23505", None),
        ("22003", None),
    ],
)
def test_the_code_of_a_server_says_whose_fault_it_is(state: str, why: str | None) -> None:
    error = psycopg.errors.lookup(state)
    kind = OperationalError if issubclass(error, psycopg.OperationalError) else ProgrammingError

    assert reason(kind("", {}, error())) == why


def test_a_connection_that_broke_is_away_and_a_wrong_statement_is_ours() -> None:
    assert reason(OperationalError("", {}, psycopg.OperationalError())) == "away"
    assert reason(ProgrammingError("", {}, psycopg.ProgrammingError())) is None
    assert reason(sqlite3.OperationalError()) is None
    assert reason(OSError(28, "")) == "full"
    assert reason(ZeroDivisionError()) is None


def test_a_wrong_statement_stays_a_fault_of_ours(store: Store) -> None:
    with pytest.raises((ProgrammingError, OperationalError)), store.write() as tx:
        tx.execute(text("SELECT nothing FROM catalogue"))
