"""What platforms read behind a button: one value is typed, keys are made, the web process never sleeps, in Europe."""

import json
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from schemas.settings import SettingsSchema

ROOT = Path(__file__).parent.parent
PROCFILE = dict(line.split(": ", 1) for line in ROOT.joinpath("Procfile").read_text(encoding="utf-8").splitlines())
APP = json.loads(ROOT.joinpath("app.json").read_text(encoding="utf-8"))
SCALINGO = json.loads(ROOT.joinpath("scalingo.json").read_text(encoding="utf-8"))
MANIFEST = {"name", "description", "env", "formation", "addons"}
"""Of Scalingo's schema, which allows no other keys, and has no `success_url`."""
RENDER = yaml.safe_load(ROOT.joinpath("render.yaml").read_text(encoding="utf-8"))
(WEB,) = RENDER["services"]
ENVIRON = {one["key"]: one for one in WEB["envVars"]}


def test_heroku_asks_for_one_value_and_makes_the_keys() -> None:
    typed = [name for name, said in APP["env"].items() if not {"generator", "value"} & said.keys()]
    made = [name for name, said in APP["env"].items() if said.get("generator") == "secret"]

    assert (typed, made, APP["success_url"]) == (["QOMON_TOKEN"], ["BRIDGE_KEY", "SETUP_CODE"], "/setup")
    assert APP["formation"] == {"web": {"quantity": 1, "size": "basic"}}


def test_render_asks_for_one_value_and_makes_the_keys() -> None:
    typed = [name for name, said in ENVIRON.items() if said.get("sync") is False]
    made = [name for name, said in ENVIRON.items() if said.get("generateValue")]

    assert (typed, made) == (["QOMON_TOKEN"], ["BRIDGE_KEY", "SETUP_CODE"])


def test_render_runs_what_the_procfile_runs_in_europe_beside_its_store() -> None:
    (store,) = RENDER["databases"]

    assert (WEB["preDeployCommand"], WEB["startCommand"]) == (PROCFILE["release"], PROCFILE["web"])
    assert ENVIRON["DATABASE_URL"]["fromDatabase"]["name"] == store["name"]
    assert {WEB["region"], store["region"]} == {"frankfurt"}
    assert (WEB["plan"], WEB["healthCheckPath"]) == ("starter", "/health")


def test_scalingo_asks_for_one_value_and_makes_the_keys_and_the_address() -> None:
    typed = [name for name, said in SCALINGO["env"].items() if said.get("required")]
    made = {name: said["generator"] for name, said in SCALINGO["env"].items() if "generator" in said}

    assert typed == ["QOMON_TOKEN"]
    assert made == {"BRIDGE_KEY": "secret", "SETUP_CODE": "secret", "PUBLIC_URL": "url"}


def test_scalingo_gets_one_process_and_a_database_that_is_backed_up() -> None:
    assert SCALINGO.keys() == MANIFEST
    assert SCALINGO["formation"] == {"web": {"amount": 1, "size": "S"}}
    assert SCALINGO["addons"] == [{"plan": "postgresql:postgresql-starter-512"}]


def test_scalingo_upgrades_as_others_release() -> None:
    assert PROCFILE["postdeploy"] == PROCFILE["release"] == "flask upgrade"


def test_behind_each_router_one_proxy_is_believed() -> None:
    assert (APP["env"]["PROXIES"]["value"], SCALINGO["env"]["PROXIES"]["value"]) == ("1", "1")
    assert ENVIRON["PROXIES"]["value"] == "1"


def test_what_is_set_are_settings_of_ours() -> None:
    assert {*APP["env"], *SCALINGO["env"], *ENVIRON} - SettingsSchema().fields.keys() == set()


# the pages of platforms

PAGES = sorted(page for page in ROOT.joinpath("docs/deploy").glob("*.md") if page.name != "README.md")
FRENCH = ROOT / "docs" / "fr" / "deploy.md"
STEP = re.compile(r"^(\d+)\. ", re.MULTILINE)
UNIT = ROOT / "docs" / "deploy" / "qomon-bridge.service"


@pytest.mark.parametrize("page", [*PAGES, FRENCH], ids=lambda page: str(page.relative_to(ROOT)))
def test_from_a_clone_to_a_first_delivered_submission_it_is_ten_steps_at_most(page: Path) -> None:
    steps = [int(number) for number in STEP.findall(page.read_text(encoding="utf-8"))]

    assert steps == [*range(1, len(steps) + 1)]
    assert 5 < len(steps) <= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_platforms_page_says_what_everybody_needs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    needed = {"QOMON_TOKEN", "BRIDGE_KEY", "SETUP_CODE", "PUBLIC_URL", "PROXIES", "flask upgrade", "flask doctor"}
    needed |= {"/setup", "Test Pont", "Roll back", "Back up", "sleeps", "Europe", "new-deployer.md"}

    assert [word for word in sorted(needed) if word.lower() not in text.lower()] == []


def test_the_index_names_every_page_and_platform() -> None:
    index = ROOT.joinpath("docs/deploy/README.md").read_text(encoding="utf-8")

    assert [page.name for page in PAGES if f"({page.name})" not in index] == []
    assert len(PAGES) == 7


def test_the_french_steps_are_those_of_the_page_in_english() -> None:
    both = [ROOT.joinpath("docs/deploy/scalingo.md"), FRENCH]
    english, french = (STEP.findall(page.read_text(encoding="utf-8")) for page in both)

    assert english == french


@pytest.mark.parametrize("page", [*PAGES, ROOT / "docs/deploy/README.md", FRENCH], ids=lambda page: page.stem)
def test_each_link_of_these_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8"))
    lost = [(file, part) for file, part in links if not (page.parent / file).exists()]
    parts = [(page.parent / file, part) for file, part in links if part]

    assert lost == []
    assert [part for file, part in parts if part not in anchors(file)] == []


def anchors(page: Path) -> list[str]:
    """The headings, as a browser's address names them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


def test_clever_cloud_runs_what_the_procfile_runs() -> None:
    page = ROOT.joinpath("docs/deploy/clever-cloud.md").read_text(encoding="utf-8")

    assert f"CC_PRE_RUN_HOOK '.venv/bin/{PROCFILE['release']}'" in page
    assert f"CC_RUN_COMMAND '.venv/bin/{PROCFILE['web']}'" in page


def test_the_unit_runs_what_the_procfile_runs_and_writes_in_one_place() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    service = unit["Service"]
    code = service["WorkingDirectory"]

    assert service["ExecStartPre"] == f"{code}/.venv/bin/{PROCFILE['release']}"
    assert service["ExecStart"] == f"{code}/.venv/bin/{PROCFILE['web']}"
    assert (service["ProtectSystem"], service["StateDirectory"]) == ("strict", "qomon-bridge")
    assert "sqlite:////var/lib/qomon-bridge/bridge.db" in ROOT.joinpath("docs/deploy/server.md").read_text("utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    there = tmp_path / UNIT.name
    there.write_text(re.sub(r"(?m)^(Exec\w+=)\S+", r"\1/bin/true", UNIT.read_text(encoding="utf-8")), encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", str(there)], capture_output=True, text=True, check=False, timeout=30
    )

    assert (said.returncode, said.stderr) == (0, "")
