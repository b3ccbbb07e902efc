"""`flask read`: prints what a tool says, and says in one sentence why it cannot."""

import json

import pytest
from flask.testing import FlaskCliRunner

from app import create_app
from tests.support.recorded_calls import PAYLOADS


@pytest.fixture
def runner() -> FlaskCliRunner:
    return create_app({"LANG": "en"}).test_cli_runner()


@pytest.mark.parametrize(
    ("source", "name", "ending"),
    [
        ("tally", "composed_french_volunteer_nulls", "json"),
        ("json", "n8n_nested", "json"),
        ("form", "zapier_brackets", "txt"),
        ("form", "make_multipart_with_file", "txt"),
    ],
)
def test_a_file_is_read_even_without_its_headers(runner: FlaskCliRunner, source: str, name: str, ending: str) -> None:
    printed = runner.invoke(args=["read", source, str(PAYLOADS / source / f"{name}.{ending}")])
    assert printed.exit_code == 0
    assert json.loads(printed.output) == json.loads((PAYLOADS / source / f"{name}.said.json").read_text())


def test_standard_input_and_headers_are_read_too(runner: FlaskCliRunner) -> None:
    headers = ["-H", "Content-Type: text/plain", "-H", "Idempotency-Key: run:7"]
    printed = runner.invoke(args=["read", "json", "-", *headers], input='{"prénom": "Zoé"}')
    assert json.loads(printed.output) == [
        {
            "key": "run:7",
            "submitted_at": None,
            "kind": "submitted",
            "identities": {},
            "answers": [{"key": "prénom", "label": "prénom", "type": "text", "value": "Zoé"}],
        }
    ]
    assert "Zoé" in printed.output


@pytest.mark.parametrize("body", ["", "nom=Zoé", '{"eventType": "FORM_RESPONSE"}'])
def test_what_cannot_be_read_ends_with_1_and_a_sentence_without_answers(runner: FlaskCliRunner, body: str) -> None:
    printed = runner.invoke(args=["read", "tally", "-"], input=body)
    assert printed.exit_code == 1
    assert printed.output.startswith("Error: tally does not send this. ")
    assert "Zoé" not in printed.output


@pytest.mark.parametrize("arguments", [["nothing", "-"], ["json", "-", "-H", "no colon"], ["json", "missing.json"]])
def test_a_wrong_argument_is_explained(runner: FlaskCliRunner, arguments: list[str]) -> None:
    printed = runner.invoke(args=["read", *arguments], input="{}")
    assert printed.exit_code == 2
    assert "Error: Invalid value for" in printed.output


def test_the_help_has_an_example(runner: FlaskCliRunner) -> None:
    assert "flask read tally" in runner.invoke(args=["read", "--help"]).output


def test_a_call_that_sets_the_webhook_up_holds_nothing(runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["read", "meta_lead_ads", "-"], input="")

    assert (done.exit_code, done.stdout) == (0, "[]\n")
    assert "sets the webhook up" in done.stderr
