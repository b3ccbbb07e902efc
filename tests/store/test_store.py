"""The store, on a real file and on a real server: transactions and migrations."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, func, insert, select, table, text
from sqlalchemy.exc import IntegrityError

from bridge.store.store import MIGRATIONS, Store
from bridge.store.tables import catalogue, creating, draft, metadata, refused, revision
from tests.support.catalogue_rows import keep, spaces


def test_a_write_is_there_after_the_block(store: Store) -> None:
    with store.write() as connection:
        keep(connection, "paris")
        assert spaces(store) == []

    assert spaces(store) == ["paris"]


def test_a_write_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        keep(connection, "paris")
        raise ZeroDivisionError

    assert spaces(store) == []


def test_a_reader_sees_one_moment_while_others_write(store: Store) -> None:
    with store.read() as connection:
        before = connection.scalar(select(func.count()).select_from(catalogue))
        with store.write() as writer:
            keep(writer, "paris")
        after = connection.scalar(select(func.count()).select_from(catalogue))

    assert (before, after, spaces(store)) == (0, 0, ["paris"])


def test_a_row_twice_stays_an_integrity_error_and_does_not_quote_the_values(store: Store) -> None:
    with pytest.raises(IntegrityError) as raised, store.write() as connection:
        keep(connection, "hunter2")
        keep(connection, "hunter2")

    assert "hunter2" not in str(raised.value)


def test_an_upgraded_store_keeps_its_rows_when_upgraded_again(store: Store) -> None:
    with store.write() as connection:
        keep(connection, "paris")
    store.upgrade()

    assert spaces(store) == ["paris"]


def test_a_store_newer_than_this_code_is_left_alone(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.upgrade()

    assert not store.behind()


def test_processes_that_start_together_migrate_once(database: str) -> None:
    gate = threading.Barrier(4)

    def start(_turn: int) -> list[str]:
        own = Store(database)
        gate.wait()
        own.upgrade()
        left = own.pending()
        own.close()
        return left

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, range(4))) == [[], [], [], []]


def test_the_migrations_make_exactly_the_declared_tables(store: Store) -> None:
    """Beside Procrastinate's, which are its own affair."""
    ours = {"include_name": lambda name, *_: not str(name).startswith("procrastinate_")}
    with store.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=ours), metadata)

    assert differences == []


def test_an_upgrade_from_the_first_tables_keeps_their_rows(database: str) -> None:
    store = Store(database)
    store._database.prepare()  # noqa: SLF001  # what an upgrade begins with
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        claim = {"space": "default", "fingerprint": "f", "event": "e", "at": 7}
        connection.execute(insert(table("creating", *map(column, claim))).values(claim))
        said = {"hook": "h", "number": 1, "at": 7, "text": "hook: essai", "who": None, "why": None}
        connection.execute(insert(table("revision", *map(column, said))).values(said))
    store.upgrade()

    with store.read() as connection:
        kept = [row._asdict() for row in connection.execute(select(creating))]
        revisions = [row._asdict() for row in connection.execute(select(revision))]
        drafts = connection.scalar(select(func.count()).select_from(draft))
    store.close()
    assert (kept, revisions, drafts) == ([claim], [{**said, "form": None, "forms": None}], 0)


def test_an_upgrade_weighs_the_refused_calls_that_are_there(database: str) -> None:
    store = Store(database)
    store._database.prepare()  # noqa: SLF001  # what an upgrade begins with
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    said = {"id": "r", "hook": "h", "at": 7, "why": "w"}
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        for row in ({**said, "sealed": b"x" * 300}, {**said, "id": "long", "sealed": None}):
            connection.execute(insert(table("refused", *map(column, row))).values(row))
    store.upgrade()

    with store.read() as connection:
        sizes = {row.id: (row.size, row.rank) for row in connection.execute(select(refused))}
    store.close()
    assert sizes == {"r": (300, 1), "long": (0, 1)}


def test_file_names_and_revisions_agree() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = sorted(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())

    assert revisions == sorted(path.name[:4] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
