"""`flask settings` and `flask upgrade`: what a deployer runs before anything serves."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from bridge.store.store import MIGRATIONS

EVERY_STEP = sorted(path.stem for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def run(environ: dict[str, str], *words: str) -> Result:
    return create_app(environ).test_cli_runner().invoke(args=list(words))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"LANG": "en", "QOMON_TOKEN": "hunter2-of-qomon", "DATABASE_URL": f"sqlite:///{tmp_path}/data/bridge.db"}


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, environ: dict[str, str]) -> dict[str, str]:
    """The settings with a file, then with a server whose database is empty."""
    if request.param == "postgres":
        return {**environ, "DATABASE_URL": request.getfixturevalue("empty"), "BRIDGE_KEY": "k" * 32}
    return environ


def test_settings_are_shown_with_secrets_masked(environ: dict[str, str]) -> None:
    done = run(environ, "settings")

    assert done.exit_code == 0
    assert "QOMON_TOKEN       set (16 characters)\n" in done.output
    assert "PORT              8000 (default)\n" in done.output
    assert "hunter2" not in done.output


def test_settings_tell_every_fault_and_exit_1(environ: dict[str, str]) -> None:
    done = run({**environ, "PORT": "eighty", "BRIDGE_KEY": "short"}, "settings", "--json")
    told = json.loads(done.output)

    assert done.exit_code == 1
    assert sorted(fault.partition(":")[0] for fault in told["faults"]) == ["BRIDGE_KEY", "PORT"]
    assert told["settings"][0] == {
        "name": "QOMON_TOKEN",
        "value": "set (16 characters)",
        "given": True,
        "purpose": "Qomon's key for this account. A further account: QOMON_TOKEN__NAME.",
    }


def test_upgrade_check_says_what_would_change_and_changes_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    done = run(environ, "upgrade", "--check")

    assert (done.exit_code, done.output) == (1, "".join(f"to do: {step}\n" for step in EVERY_STEP))
    assert list(tmp_path.iterdir()) == []


def test_upgrade_then_has_nothing_to_do(either: dict[str, str]) -> None:
    runs = [run(either, *words) for words in (["upgrade"], ["upgrade"], ["upgrade", "--check"])]

    assert [(done.exit_code, done.output) for done in runs] == [
        (0, "".join(f"done: {step}\n" for step in EVERY_STEP)),
        (0, "The store is up to date.\n"),
        (0, "The store is up to date.\n"),
    ]


def test_upgrade_refuses_faulty_settings(environ: dict[str, str]) -> None:
    done = run({**environ, "DATABASE_URL": "postgres://db.example.org/bridge"}, "upgrade")

    assert done.exit_code == 1
    assert "BRIDGE_KEY: must be set with Postgres" in done.output


def test_upgrade_says_when_nobody_answers(environ: dict[str, str]) -> None:
    away = {"DATABASE_URL": "postgres://bridge@/bridge?host=/nonexistent", "BRIDGE_KEY": "k" * 32}
    done = run({**environ, **away}, "upgrade")

    assert (done.exit_code, done.output) == (
        1,
        "Error: The database does not answer. Is DATABASE_URL right, and is it up?\n",
    )
