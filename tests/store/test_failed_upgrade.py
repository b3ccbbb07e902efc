"""A migration that fails half-way: the store is as before, and the next good one works."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from bridge.errors import UpgradeFailed
from bridge.log import OneLine
from bridge.store import store as of_store
from bridge.store.store import MIGRATIONS, Store
from tests.support.commands import run
from tests.support.whole_bridge import KEY, House

HALF = """
from alembic import op

revision = "9001"
down_revision = "{last}"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("CREATE TABLE planted (id INTEGER)")
    op.get_bind().exec_driver_sql("ALTER TABLE event ADD COLUMN planted INTEGER")
    op.get_bind().exec_driver_sql("{then}")
"""
FAILS = "INSERT INTO nowhere VALUES ('camille.exemple@example.org')"
SENTENCE = (
    "Error: The tables were not brought up to this version, because of a fault in it: 9001_half. Nothing was changed. "
    "Go on with the version before, and show the log to whoever makes this one.\n"
)
WORKS = "INSERT INTO planted VALUES (1)"


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of the version to come: its last one fails at its third statement."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    plant(folder, FAILS)
    monkeypatch.setattr(of_store, "MIGRATIONS", folder)
    return folder


def plant(folder: Path, then: str) -> None:
    last = max(path.name[:4] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
    folder.joinpath("versions", "9001_half.py").write_text(HALF.format(last=last, then=then), encoding="utf-8")


def shape(store: Store) -> dict[str, list[str]]:
    with store.read() as tx:
        look = inspect(tx)
        return {name: [one["name"] for one in look.get_columns(name)] for name in look.get_table_names()}


def test_what_fails_half_way_leaves_the_tables_as_they_were(store: Store, planted: Path) -> None:
    before = shape(store)
    with pytest.raises(UpgradeFailed, match="9001_half"):
        store.upgrade()

    assert shape(store) == before
    assert store.pending() == ["9001_half"]
    store.prove()


def test_the_next_good_version_is_brought_up(store: Store, planted: Path) -> None:
    with pytest.raises(UpgradeFailed, match="9001_half"):
        store.upgrade()
    plant(planted, WORKS)
    store.upgrade()

    with store.read() as tx:
        assert tx.scalar(text("SELECT id FROM planted")) == 1
    assert not store.behind()


def test_upgrade_says_what_failed_and_that_nothing_was_changed(
    store: Store, database: str, planted: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(planted.parent / "house", (), DATABASE_URL=database, BRIDGE_KEY=KEY)
    refused = run(house, "upgrade")
    told = [record for record in caplog.records if record.exc_info]

    assert (refused.exit_code, refused.output) == (1, SENTENCE)
    assert [one.getMessage() for one in told] == ["the store was not upgraded: nothing was changed"]
    assert "camille" not in OneLine().format(told[0])
