"""Whatever an answer says, it tells browsers the same: nothing is guessed, framed, kept elsewhere or leaked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from tests.support.json_hook import ZOES, plain_house, send
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

SAFE = ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy")
STATIC = ("static", "pages.static", "bootstrap.static")
FILES = {"pages.static": "bridge.css", "bootstrap.static": "css/bootstrap.min.css"}
RULES = list(create_app({}).url_map.iter_rules())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = plain_house(tmp_path_factory.mktemp("headers"), METRICS_TOKEN="a-token-of-metrics")
    send(made, ZOES)
    made.drain()
    return made


def path_of(rule: Rule) -> str:
    parts = {name: FILES.get(rule.endpoint, "1") for name in rule.arguments}
    _, path = rule.build({name: 1 if "int" in rule.rule else value for name, value in parts.items()}) or ("", "/")
    return path


def answers(house: House) -> Iterator[tuple[str, TestResponse]]:
    """By a stranger and by an admin, with the methods that an address takes and one that it does not."""
    admin = Visitor(house, "admin")
    for rule in RULES:
        if rule.endpoint == "pages.logout":
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, house.door.open(path_of(rule), method=method)
            yield rule.endpoint, admin.client.open(path_of(rule), method=method)
        yield rule.endpoint, house.door.delete(path_of(rule))
    yield "nowhere", house.door.get("/nowhere")
    yield "too large", house.door.post("/hooks/essai234", data=b" " * 2_000_001)


@pytest.fixture(scope="module")
def answered(house: House) -> list[tuple[str, TestResponse]]:
    """Each read to its end: a file is open until then."""
    every = list(answers(house))
    for _, answer in every:
        answer.close()
    return every


def test_answers_of_all_kinds_were_looked_at(answered: list[tuple[str, TestResponse]]) -> None:
    assert {answer.status_code for _, answer in answered} >= {200, 303, 400, 401, 404, 405, 413}
    assert {rule.endpoint for rule in RULES} - {endpoint for endpoint, _ in answered} == {"pages.logout"}


def test_none_is_guessed_at_framed_or_leaks_its_address(answered: list[tuple[str, TestResponse]]) -> None:
    assert {(endpoint, name) for endpoint, one in answered for name in SAFE if name not in one.headers} == set()


def test_none_is_kept_but_files_of_ours(answered: list[tuple[str, TestResponse]]) -> None:
    kept = {end for end, one in answered if one.headers.get("Cache-Control") != "no-store" and one.status_code == 200}

    assert kept <= {*STATIC}


def test_browsers_use_https_alone_where_the_public_address_does(
    answered: list[tuple[str, TestResponse]], tmp_path: Path
) -> None:
    plain = plain_house(tmp_path, PUBLIC_URL="http://127.0.0.1:8000").door.get("/health")

    assert {one.headers.get("Strict-Transport-Security") for _, one in answered} == {"max-age=31536000"}
    assert "Strict-Transport-Security" not in plain.headers


def test_a_refused_call_is_told_so_with_the_same_headers(house: House) -> None:
    answer = house.door.post("/hooks/essai234", data=ZOES, headers={"X-Token": "wrong"})

    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (401, "nosniff")
