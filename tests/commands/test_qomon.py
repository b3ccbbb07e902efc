"""`flask catalogue` and `flask sandbox`, as somebody types them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.qomon.sandbox.forms import FORMS
from tests.support.sandbox_client import NOW
from tests.support.wsgi_adapter import mounted

URL = "https://qomon.example.org"


@pytest.fixture
def qomon() -> Flask:
    return create_sandbox({}, now=lambda: NOW, sleep=lambda _: None)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"LANG": "en", "QOMON_URL": URL, "QOMON_TOKEN": TOKEN, "DATABASE_URL": f"sqlite:///{tmp_path}/bridge.db"}


@pytest.fixture
def bridge(environ: dict[str, str], qomon: Flask) -> Iterator[Flask]:
    made = create_app(environ, lambda: NOW, lambda: mounted(qomon))
    yield made
    made.extensions["bridge"].store.close()


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


def test_the_catalogue_is_a_line_for_each_form_with_its_choices(bridge: Flask) -> None:
    result = run(bridge, "catalogue")
    assert (result.exit_code, len(result.output.splitlines())) == (0, 25)
    assert "consent           checkbox     711  Partage avec nos alliés: E-mail (consent_email)" in result.output


def test_the_catalogue_as_json_has_category_label_type_id_and_choices(bridge: Flask) -> None:
    told = {form["id"]: form for form in json.loads(run(bridge, "catalogue", "--json").output)}
    assert told[811] == {
        "category": "custom_fields",
        "label": "Métier",
        "type": "text",
        "id": 811,
        "choices": [],
    }
    assert told[721]["choices"][0] == {"id": 7211, "value": "strong", "label": "Fort"}


def test_a_refresh_asks_qomon_and_a_plain_call_does_not(bridge: Flask, qomon: Flask) -> None:
    calls = []
    for words in (["catalogue"], ["catalogue"], ["catalogue", "refresh"]):
        run(bridge, *words)
        calls.append(len(qomon.extensions["sandbox"].calls))
    assert calls == [6, 6, 12]


def test_a_refresh_that_fails_says_why_and_when_to_try_again(bridge: Flask, qomon: Flask) -> None:
    asked = {"method": "GET", "path": "forms", "fault": "html"}
    qomon.test_client().post("/_sandbox/faults", json=asked)
    result = run(bridge, "catalogue", "refresh")
    told = "Error: The forms could not be read: qomon_down. Try again in 30 s.\n"
    assert (result.exit_code, result.output) == (1, told)


def test_an_unknown_account_is_named_with_those_that_are_known(bridge: Flask) -> None:
    result = run(bridge, "catalogue", "--space", "lyon")
    assert (result.exit_code, result.output) == (
        1,
        "Error: No Qomon account is called lyon. Known: default.\n",
    )


def test_without_a_token_the_catalogue_says_what_is_missing(environ: dict[str, str]) -> None:
    del environ["QOMON_TOKEN"]
    result = run(create_app(environ, lambda: NOW), "catalogue")
    assert (result.exit_code, "QOMON_TOKEN" in result.output) == (1, True)


def test_the_sandbox_does_not_start_on_a_hosting_platform(environ: dict[str, str]) -> None:
    result = run(create_app({**environ, "DYNO": "web.1"}, lambda: NOW), "sandbox")
    told = "Error: The sandbox does not start on a hosting platform (DYNO is set).\n"
    assert (result.exit_code, result.output) == (1, told)


def test_a_refresh_that_lost_too_much_says_so_and_how_to_adopt_it(bridge: Flask, qomon: Flask) -> None:
    run(bridge, "catalogue")
    qomon.extensions["sandbox"].forms = {**FORMS, "custom_fields": []}
    refused = run(bridge, "catalogue", "refresh")
    assert (refused.exit_code, len(refused.stdout.splitlines())) == (1, 25)
    assert "forms and" in refused.stderr
    assert "flask catalogue refresh --force" in refused.stderr
    shown = run(bridge, "catalogue")
    assert (shown.exit_code, shown.stderr) == (0, refused.stderr)

    forced = run(bridge, "catalogue", "refresh", "--force")
    assert (forced.exit_code, forced.stderr, len(forced.stdout.splitlines())) == (0, "", 14)
    assert run(bridge, "catalogue", "--force").exit_code == 2
