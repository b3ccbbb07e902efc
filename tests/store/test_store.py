"""The store, on a real file and on a real server: transactions and migrations."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from bridge.store.store import MIGRATIONS, Store
from bridge.store.tables import catalogue, metadata
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


def shape(connection: Connection) -> dict[str, object]:
    """Of each table, what a database tells of it; Procrastinate's are its own affair."""
    look = inspect(connection)
    found: dict[str, object] = {}
    for name in metadata.tables:
        columns = [{**one, "type": str(one["type"])} for one in look.get_columns(name)]
        unique = sorted(one["column_names"] for one in look.get_unique_constraints(name))
        indexes = sorted(
            (one["name"], one["column_names"], *map(str, one.get("dialect_options", {}).values()))
            for one in look.get_indexes(name)
        )
        found[name] = columns, look.get_pk_constraint(name)["constrained_columns"], unique, indexes
    if connection.dialect.name == "sqlite":  # it tells of AUTOINCREMENT nowhere else
        made = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        found["again never"] = {row.name for row in made if "AUTOINCREMENT" in row.sql}
    return found


def test_the_migrations_make_exactly_the_declared_tables(store: Store) -> None:
    with store.write() as connection:
        ours = {name for name in inspect(connection).get_table_names() if not name.startswith("procrastinate_")}
        migrated = shape(connection)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        declared = shape(connection)

    assert ours == {*metadata.tables, "alembic_version"}
    assert migrated == declared


def test_file_names_and_revisions_agree() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = sorted(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())

    assert revisions == sorted(path.name[:4] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
