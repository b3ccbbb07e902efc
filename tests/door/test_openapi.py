"""/openapi.json is true: every route is in it, and what is really answered is what it says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app import create_app
from tests.support.json_hook import PROOF, ZOES, plain_house, sent
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

APP = create_app({})
DOCUMENT: dict[str, Any] = APP.test_client().get("/openapi.json").get_json()
TRUE = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = schemathesis.openapi.from_dict(DOCUMENT)
ASKED = [(path, method) for path, said in DOCUMENT["paths"].items() for method in said if method != "parameters"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """With one event that crossed, one that is held, and somebody who may see everything."""
    made = plain_house(tmp_path_factory.mktemp("openapi"))
    for body in (ZOES, b"[1", b'{"prenom": "Camille"}'):
        sent(made, body)
    made.drain()
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(house: House) -> Visitor:
    return Visitor(house, "admin")


def wrong(path: str, body: Any) -> list[str]:
    """Where an answer is not what the document says of it."""
    said = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**said, "components": DOCUMENT["components"]})
    return [f"{list(one.instance_path)}: {one.message[:80]}" for one in validator.iter_errors(body)]


def test_every_route_that_programs_call_is_in_it() -> None:
    said = set(DOCUMENT["paths"])
    pages = {
        rule.rule
        for rule in APP.url_map.iter_rules()
        if rule.rule.endswith(".json") or not rule.endpoint.startswith(("pages.", "bootstrap.", "static"))
    }

    assert {path.replace("<int:", "<").replace("<", "{").replace(">", "}") for path in pages} - said == set()
    assert "/metrics" in said


def test_every_answer_that_is_no_200_is_a_problem() -> None:
    told = [
        DOCUMENT["paths"][path][method]["responses"][status]["content"]
        for path, method in ASKED
        if method != "head" and path != "/submissions/{event}"  # people read it too
        for status in DOCUMENT["paths"][path][method]["responses"]
        if status not in ("200", "303")
    ]

    assert {kind for one in told for kind in one} == {"application/problem+json"}


def test_nobody_has_to_be_logged_in_to_read_it(house: House) -> None:
    assert house.door.get("/openapi.json").status_code == 200


def test_metrics_are_text_and_everything_else_of_them_is_a_problem(tmp_path: Path) -> None:
    said = DOCUMENT["paths"]["/metrics"]["get"]
    scraped = plain_house(tmp_path, METRICS_TOKEN="an-invented-token").door
    answer = scraped.get("/metrics", headers={"Authorization": "Bearer an-invented-token"})

    assert (answer.status_code, answer.mimetype) == (200, *said["responses"]["200"]["content"])
    assert (said["security"], scraped.get("/metrics").status_code) == ([{"bearer": []}], 401)


def test_the_library_is_loaded_only_for_who_asks() -> None:
    code = "import sys, app; sys.exit('apispec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_twins_say_what_it_says(house: House, admin: Visitor) -> None:
    """All that have an address without an id, and those of a submission and a webhook that are there."""
    event = sent(house, ZOES, {"Idempotency-Key": "again"})
    house.drain()
    hook = admin.json("/webhooks.json")["webhooks"][0]["id"]
    found, seen = dict[str, list[str]](), 0
    for path, method in ASKED:
        address = path.replace("{event}", event).replace("{hook}", hook)
        if method == "get" and path.endswith(".json") and "{" not in address and path != "/openapi.json":
            answer = admin.get(address).answer
            if answer.status_code == 200:
                seen += 1
                found |= {path: faults} if (faults := wrong(path, answer.get_json())) else {}

    assert found == {}
    assert seen >= 25


def test_the_door_says_what_it_says(house: House) -> None:
    answer = house.door.post("/hooks/essai234", data=ZOES, headers={**PROOF, "Content-Type": "application/json"})
    said = DOCUMENT["paths"]["/hooks/{address}"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**said, "components": DOCUMENT["components"]})

    assert [one.message for one in validator.iter_errors(answer.get_json())] == []


@pytest.mark.parametrize(("path", "method"), ASKED, ids=[f"{method} {path}" for path, method in ASKED])
def test_calls_that_are_made_from_it_are_answered_as_it_says(
    path: str, method: str, house: House, admin: Visitor
) -> None:
    operation = OPERATIONS[path][method.upper()]

    @settings(
        max_examples=4, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), known=st.booleans())
    def called(case: Any, *, known: bool) -> None:
        cookie = admin.client.get_cookie("bridge")
        if known and "address" in case.path_parameters:
            case.path_parameters["address"] = "essai234"
        answer = case.call(app=house.app, cookies={"bridge": cookie.value} if cookie and known else {})
        checks = TRUE[1:] if path == "/ready" else TRUE  # nothing runs behind the door of this house: 503 is right
        case.validate_response(answer, checks=checks)

    called()


def test_its_examples_are_what_its_schemas_say() -> None:
    problem = Draft202012Validator(DOCUMENT["components"]["schemas"]["Problem"])
    told = json.dumps(DOCUMENT)
    examples = [
        said["content"]["application/problem+json"]["example"]
        for path, method in ASKED
        if method != "head"
        for status, said in DOCUMENT["paths"][path][method]["responses"].items()
        if status not in ("200", "303")
    ]

    assert [one for one in examples if not problem.is_valid(one)] == []
    assert str(Path.home()) not in told
