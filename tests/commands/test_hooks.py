"""`flask hooks`, as somebody types it, against the sandbox."""

import json
from pathlib import Path

import pytest

from tests.support.commands import hooks
from tests.support.json_hook import hook_in
from tests.support.whole_bridge import BENEVOLES, BENEVOLES_FILE, House


def test_the_sample_is_checked_imported_listed_and_shown(bare_house: House) -> None:
    url = "https://bridge.example.org/hooks/k3f9x2m7"
    assert hooks(bare_house, "check", BENEVOLES_FILE).output == f"{BENEVOLES_FILE}: right.\n"
    assert hooks(bare_house, "import", BENEVOLES_FILE).stdout == f"benevoles: revision 1, live, {url}\n"
    assert hooks(bare_house, "import", BENEVOLES_FILE).output == f"benevoles: unchanged, revision 1, live, {url}\n"
    assert hooks(bare_house, "check", "benevoles").exit_code == 0
    assert hooks(bare_house, "show", "benevoles").output == BENEVOLES
    assert hooks(bare_house, "list").output.split() == ["benevoles", "live", "tally", "tally-v1", "1", url]
    assert json.loads(hooks(bare_house, "list", "--json").output) == [
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


def test_an_import_pins_the_forms(bare_house: House) -> None:
    hooks(bare_house, "import", BENEVOLES_FILE)
    rules = hook_in(bare_house).rules
    assert all(isinstance(rule.form_id, int) for rule in rules if "." in rule.to and "address" not in rule.to)


def test_a_file_may_come_from_stdin(bare_house: House) -> None:
    assert hooks(bare_house, "check", "-", stdin=BENEVOLES).output == "-: right.\n"
    assert hooks(bare_house, "import", "-", stdin=BENEVOLES).exit_code == 0


def test_a_folder_is_imported_whole_or_not_at_all(bare_house: House, tmp_path: Path) -> None:
    folder = tmp_path / "hooks"
    folder.mkdir()
    assert hooks(bare_house, "import", folder).exit_code == 1
    (folder / "a.yaml").write_text(BENEVOLES, encoding="utf-8")
    (folder / "b.yml").write_text(BENEVOLES.replace("hook: benevoles", "hook: autre"), encoding="utf-8")
    refused = hooks(bare_house, "import", folder)
    assert (refused.exit_code, "belongs to the hook `benevoles`" in refused.output) == (1, True)
    assert hooks(bare_house, "list").output == ""
    (folder / "b.yml").write_text(BENEVOLES.replace("benevoles", "autre").replace("k3f9", "k4f9"), encoding="utf-8")
    assert (hooks(bare_house, "import", folder).exit_code, len(hooks(bare_house, "list").output.splitlines())) == (0, 2)


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
    bare_house: House, tmp_path: Path, command: str, old: str, new: str, said: str
) -> None:
    path = tmp_path / "hook.yaml"
    path.write_text(BENEVOLES.replace(old, new), encoding="utf-8")
    result = hooks(bare_house, command, path)
    assert (result.exit_code, f"{path}: {said}" in result.output) == (1, True)
    assert hooks(bare_house, "list").output == ""


def test_what_is_not_there_or_no_text_is_said(bare_house: House, tmp_path: Path) -> None:
    assert "There is no hook nobody" in hooks(bare_house, "show", "nobody").output
    assert hooks(bare_house, "check", "nobody").exit_code == 1
    path = tmp_path / "latin.yaml"
    path.write_bytes("hook: bénévoles".encode("latin-1"))
    assert "Save the file as UTF-8" in hooks(bare_house, "check", path).output


def test_an_import_without_qomon_says_that_nothing_was_checked(tmp_path: Path) -> None:
    bare_house = House(tmp_path, (), QOMON_TOKEN="revoked")
    imported = hooks(bare_house, "import", BENEVOLES_FILE)
    assert (imported.exit_code, "Not checked against Qomon" in imported.output) == (0, True)
    assert hooks(bare_house, "check", BENEVOLES_FILE).exit_code == 1
    bare_house.close()


def test_the_pages_hook_needs_force(bare_house: House, tmp_path: Path) -> None:
    path = tmp_path / "hook.yaml"
    path.write_text(BENEVOLES + "owner: pages\n", encoding="utf-8")
    assert hooks(bare_house, "import", path).exit_code == 0
    assert hooks(bare_house, "import", BENEVOLES_FILE).exit_code == 1
    assert hooks(bare_house, "import", BENEVOLES_FILE, "--force").exit_code == 0


def test_a_hook_that_does_not_load_any_more_is_listed_with_its_fault(bare_house: House, tmp_path: Path) -> None:
    hooks(bare_house, "import", BENEVOLES_FILE)
    later = House(tmp_path, (), TALLY_SECRET="")
    result = hooks(later, "list")
    assert (result.exit_code, "$TALLY_SECRET is not set" in result.output) == (0, True)
    assert "$TALLY_SECRET is not set" in hooks(later, "show", "benevoles").output
    later.close()
