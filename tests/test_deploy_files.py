"""What platforms read behind a button: one value is typed, keys are made, the web process never sleeps, in Europe."""

import json
from pathlib import Path

import yaml

from schemas.settings import SettingsSchema

ROOT = Path(__file__).parent.parent
PROCFILE = dict(line.split(": ", 1) for line in ROOT.joinpath("Procfile").read_text(encoding="utf-8").splitlines())
APP = json.loads(ROOT.joinpath("app.json").read_text(encoding="utf-8"))
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


def test_what_is_set_are_settings_of_ours() -> None:
    assert {*APP["env"], *ENVIRON} - SettingsSchema().fields.keys() == set()
