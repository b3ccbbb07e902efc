"""`flask hooks`, as somebody types it, against the sandbox."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from bridge.qomon.sandbox import TOKEN, create_sandbox
from tests.support.mount import mounted

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "hooks" / "benevoles.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")


def bridge_at(tmp_path: Path, **environ: str) -> Flask:
    qomon = create_sandbox({}, now=lambda: NOW, sleep=lambda _: None)
    given = {
        "QOMON_URL": "https://qomon.example.org",
        "QOMON_TOKEN": TOKEN,
        "DATABASE_URL": f"sqlite:///{tmp_path}/bridge.db",
        "PUBLIC_URL": "https://bridge.example.org",
        "TALLY_SECRET": "test-secret-do-not-use",
        **environ,
    }
    return create_app(given, lambda: NOW, lambda: mounted(qomon))


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Flask]:
    made = bridge_at(tmp_path)
    yield made
    made.extensions["bridge"].store.close()


def run(app: Flask, *words: str | Path, stdin: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=["hooks", *map(str, words)], input=stdin)


def test_the_sample_is_checked_imported_listed_and_shown(bridge: Flask) -> None:
    url = "https://bridge.example.org/hooks/k3f9x2m7"
    assert run(bridge, "check", SAMPLE).output == f"{SAMPLE}: right.\n"
    assert run(bridge, "import", SAMPLE).output == f"benevoles: revision 1, live, {url}\n"
    assert run(bridge, "import", SAMPLE).output == f"benevoles: unchanged, revision 1, live, {url}\n"
    assert run(bridge, "check", "benevoles").exit_code == 0
    assert run(bridge, "show", "benevoles").output == TEXT
    assert run(bridge, "list").output.split() == ["benevoles", "live", "tally", "tally-v1", "1", url]
    assert json.loads(run(bridge, "list", "--json").output) == [
        {
            "hook": "benevoles",
            "address": "k3f9x2m7",
            "url": url,
            "source": "tally",
            "space": "default",
            "mode": "live",
            "revision": 1,
            "proof": "tally-v1",
        }
    ]


def test_an_import_pins_the_forms(bridge: Flask) -> None:
    run(bridge, "import", SAMPLE)
    parts = bridge.extensions["bridge"]
    with parts.store.read() as tx:
        rules = parts.hooks.by_name(tx, "benevoles").rules
    assert all(isinstance(rule.form_id, int) for rule in rules if "." in rule.to and "address" not in rule.to)


def test_a_file_may_come_from_stdin(bridge: Flask) -> None:
    assert run(bridge, "check", "-", stdin=TEXT).output == "-: right.\n"
    assert run(bridge, "import", "-", stdin=TEXT).exit_code == 0


def test_a_folder_is_imported_whole_or_not_at_all(bridge: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "hooks"
    folder.mkdir()
    assert run(bridge, "import", folder).exit_code == 1
    (folder / "a.yaml").write_text(TEXT, encoding="utf-8")
    (folder / "b.yml").write_text(TEXT.replace("hook: benevoles", "hook: autre"), encoding="utf-8")
    refused = run(bridge, "import", folder)
    assert (refused.exit_code, "belongs to the hook `benevoles`" in refused.output) == (1, True)
    assert run(bridge, "list").output == ""
    (folder / "b.yml").write_text(TEXT.replace("benevoles", "autre").replace("k3f9", "k4f9"), encoding="utf-8")
    assert (run(bridge, "import", folder).exit_code, len(run(bridge, "list").output.splitlines())) == (0, 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mode: live", "mode: liv", "line 7: mode: `liv` is not known. Did you mean `live`?"),
        ("Disponibilités", "Disponible", "line 21: to: Qomon has no `custom_fields.Disponible`. Did you mean"),
        ("$TALLY_SECRET", "$TALY_SECRET", "line 6: secret: $TALY_SECRET is not set."),
    ],
)
@pytest.mark.parametrize("command", ["check", "import"])
def test_a_faulty_file_is_refused_with_its_lines(
    bridge: Flask, tmp_path: Path, command: str, old: str, new: str, said: str
) -> None:
    path = tmp_path / "hook.yaml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    result = run(bridge, command, path)
    assert (result.exit_code, f"{path}: {said}" in result.output) == (1, True)
    assert run(bridge, "list").output == ""


def test_what_is_not_there_or_no_text_is_said(bridge: Flask, tmp_path: Path) -> None:
    assert "There is no hook nobody" in run(bridge, "show", "nobody").output
    assert run(bridge, "check", "nobody").exit_code == 1
    path = tmp_path / "latin.yaml"
    path.write_bytes("hook: bénévoles".encode("latin-1"))
    assert "Save the file as UTF-8" in run(bridge, "check", path).output


def test_an_import_without_qomon_says_that_nothing_was_checked(tmp_path: Path) -> None:
    bridge = bridge_at(tmp_path, QOMON_TOKEN="revoked")
    imported = run(bridge, "import", SAMPLE)
    assert (imported.exit_code, "Not checked against Qomon" in imported.output) == (0, True)
    assert run(bridge, "check", SAMPLE).exit_code == 1
    bridge.extensions["bridge"].store.close()


def test_the_pages_hook_needs_force(bridge: Flask, tmp_path: Path) -> None:
    path = tmp_path / "hook.yaml"
    path.write_text(TEXT + "owner: pages\n", encoding="utf-8")
    assert run(bridge, "import", path).exit_code == 0
    assert run(bridge, "import", SAMPLE).exit_code == 1
    assert run(bridge, "import", SAMPLE, "--force").exit_code == 0


def test_a_hook_that_does_not_load_any_more_is_listed_with_its_fault(bridge: Flask, tmp_path: Path) -> None:
    run(bridge, "import", SAMPLE)
    later = bridge_at(tmp_path, TALLY_SECRET="")
    result = run(later, "list")
    assert (result.exit_code, "$TALLY_SECRET is not set" in result.output) == (0, True)
    assert "$TALLY_SECRET is not set" in run(later, "show", "benevoles").output
    later.extensions["bridge"].store.close()
