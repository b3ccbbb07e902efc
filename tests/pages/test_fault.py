"""A fault of ours on a page is a page, in the reader's language, with the number of the call; its twin is a problem."""

import logging
from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask

from tests.support.json_hook import ZOES, plain_house, problem, sent
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

PLANTED = "camille.exemple@example.org"


def broken(made: Flask, *endpoints: str) -> None:
    def fail(**_path: object) -> NoReturn:
        raise ZeroDivisionError(PLANTED)

    made.view_functions.update(dict.fromkeys(endpoints, fail))


def no_words() -> NoReturn:
    raise ZeroDivisionError(PLANTED)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path)
    broken(made.app, "pages.overview", "pages.overview_json")
    return made


@pytest.mark.parametrize(("language", "words"), [("en", "To the overview"), ("fr", "Vers la vue d’ensemble")])
def test_it_is_told_in_the_readers_language_and_is_named_by_its_number(
    tmp_path: Path, language: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    house = plain_house(tmp_path)
    visitor = Visitor(house, "staff", language)
    broken(house.app, "pages.todo")
    visitor.get("/todo")

    assert (visitor.status, visitor.answer.mimetype) == (500, "text/html")
    assert words in visitor.text
    assert f'<html lang="{language}">' in visitor.source
    assert visitor.answer.headers["X-Request-Id"] in visitor.text
    assert "page failed" in caplog.text
    assert PLANTED not in visitor.source


def test_its_twin_and_the_door_are_told_as_programs_are(house: House) -> None:
    answer = house.door.get("/overview.json", headers={"Accept-Language": "en"})

    assert problem(answer, 500)["detail"] == "A fault of the bridge. Please try again."
    assert PLANTED not in answer.get_data(as_text=True)


def test_a_fault_that_every_page_meets_is_told_too(house: House) -> None:
    """What stands around pages is not asked: it may be what fails."""
    visitor = Visitor(house, None)
    house.app.template_context_processors["pages"][:] = [no_words]
    visitor.get("/")

    assert (visitor.status, "This page failed" in visitor.text) == (500, True)


def test_a_tool_that_asks_for_a_report_is_never_shown_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = plain_house(tmp_path)
    event = sent(house, ZOES)
    monkeypatch.setattr("bridge.door.receive.report_of", lambda *_: 1 / 0)
    with caplog.at_level(logging.ERROR):
        answer = house.door.get(f"/submissions/{event}", headers={"X-Token": "an-invented-token"})

    problem(answer, 500)
    assert "call failed" in caplog.text


def test_every_page_says_its_number_in_the_log(house: House) -> None:
    page = Visitor(house, "staff").get("/todo")

    assert f"Number of this page in the log: {page.answer.headers['X-Request-Id']}" in page.text
