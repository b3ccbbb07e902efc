"""`/metrics`: who may read it, what it says, that it is the same in every process, and that it names nobody."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.operations import figures
from tests.support.json_hook import crossed, plain_house
from tests.support.whole_bridge import House

TOKEN = "invented-token-of-the-scraper"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
DOCS = Path(__file__).parents[2] / "docs"


def watched(folder: Path, **environ: str) -> House:
    return plain_house(folder, METRICS_TOKEN=TOKEN, **environ)


def values(house: House) -> dict[tuple[str, ...], float]:
    """By name and the values of the labels."""
    answer = house.app.test_client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_what_came_and_what_was_asked_of_qomon_is_counted(tmp_path: Path) -> None:
    house = watched(tmp_path)
    report = crossed(house, mail="zoe.lefevre@example.org", metier="Boulangère")
    found = values(house)

    assert found["bridge_submissions_today", "essai", "delivered"] == 1
    assert found["bridge_door_answers_total", "200"] == 1
    assert found["bridge_qomon_calls_total", "PATCH", "default", "200"] == 1
    assert found["bridge_qomon_seconds_count", "default"] == sum(
        value for name, value in found.items() if name[0] == "bridge_qomon_calls_total"
    )
    assert found["bridge_fields_protected_total",] == len(report["protected"]) > 0
    assert (found["bridge_writing",], found["bridge_held_oldest_seconds",]) == (1, 0)


def test_what_two_processes_counted_is_one_number(tmp_path: Path) -> None:
    one = watched(tmp_path)
    other = House(tmp_path, (), JSON_TOKEN="x" * 20, METRICS_TOKEN=TOKEN)
    for house in (one, other, other):
        house.door.get("/hooks/nobody-knows-it")
        house.services.counters.keep(house.services.open().store)

    assert values(one)["bridge_door_answers_total", "404"] == values(other)["bridge_door_answers_total", "404"] == 3


def test_nobody_and_no_secret_is_named(tmp_path: Path) -> None:
    house = watched(tmp_path, QOMON_TOKEN="sandbox-token")
    crossed(house, mail="zoe.lefevre@example.org", metier="Boulangère")
    text = house.app.test_client().get("/metrics", headers=BEARER).get_data(as_text=True)

    assert [word for word in ("zoe", "example.org", "Boulang", TOKEN, "sandbox-token", "9000017") if word in text] == []


@pytest.mark.parametrize("said", [None, "Bearer wrong", f"Basic {TOKEN}", "Bearer é", TOKEN, "Bearer"])
def test_without_the_token_it_is_closed(tmp_path: Path, said: str | None) -> None:
    headers = {} if said is None else {"Authorization": said}
    answer = watched(tmp_path).app.test_client().get("/metrics", headers=headers)

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert TOKEN not in answer.get_data(as_text=True)


def test_without_a_token_that_is_set_there_are_none(tmp_path: Path) -> None:
    answer = plain_house(tmp_path).app.test_client().get("/metrics", headers={**BEARER, "Accept-Language": "en"})

    assert (answer.status_code, "METRICS_TOKEN is not set" in answer.get_data(as_text=True)) == (404, True)


def test_the_store_away_is_no_error_of_ours(tmp_path: Path) -> None:
    house = watched(tmp_path)
    house.services.away = "away"
    answer = house.app.test_client().get("/metrics", headers=BEARER)

    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert (answer.get_json()["reason"], answer.headers["Retry-After"]) == ("away", "30")


def names(house: House) -> set[str]:
    text = house.app.test_client().get("/metrics", headers=BEARER).get_data(as_text=True)
    return set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))


def test_the_page_of_the_docs_names_each_metric_and_no_other(tmp_path: Path) -> None:
    house = watched(tmp_path)
    figures.make(house.services.open())
    told = re.findall(r"`(bridge_\w+)", DOCS.joinpath("metrics.md").read_text(encoding="utf-8"))

    assert set(told) == names(house)


def test_the_dashboard_asks_for_what_there_is(tmp_path: Path) -> None:
    house = watched(tmp_path)
    figures.make(house.services.open())
    board = json.loads(DOCS.joinpath("grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"bridge_\w+", target["expr"])
    }

    assert {name.removesuffix("_bucket") for name in asked} - names(house) == set()
