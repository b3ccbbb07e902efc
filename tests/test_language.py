"""Who is told things in which language."""

from threading import Thread

import pytest

from app import create_app
from bridge.settings import read_settings
from schemas import codes

ENGLISH, FRENCH = "A test of the tool.", "Un essai de l’outil."


def said() -> str:
    return str(codes.IGNORED["test"])


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "fr"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": ""}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, "fr"),
        ({"LANG": "de_DE.UTF-8"}, "fr"),
        ({"LANG": "de_DE.UTF-8", "DEFAULT_LANGUAGE": "en"}, "en"),
        ({"DEFAULT_LANGUAGE": "en"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "DEFAULT_LANGUAGE": "en"}, "fr"),
    ],
)
def test_a_terminal_says_its_language(environ: dict[str, str], language: str) -> None:
    assert read_settings({"QOMON_TOKEN": "x", **environ})[0].language == language


def test_a_default_language_that_there_is_not_is_a_fault() -> None:
    (fault,) = read_settings({"QOMON_TOKEN": "x", "DEFAULT_LANGUAGE": "de"})[1]

    assert fault.startswith("DEFAULT_LANGUAGE: ")


@pytest.mark.parametrize(("lang", "sentence"), [("fr_FR.UTF-8", FRENCH), ("en", ENGLISH)])
def test_a_command_speaks_its_terminals_language(lang: str, sentence: str) -> None:
    with create_app({"QOMON_TOKEN": "x", "LANG": lang}).app_context():
        assert said() == sentence


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (None, ENGLISH),
        ("fr", FRENCH),
        ("fr-CH, fr;q=0.9, en;q=0.8", FRENCH),
        ("en;q=0.5, fr", FRENCH),
        ("de", ENGLISH),
        ("*", ENGLISH),
    ],
)
def test_an_answer_speaks_its_callers_language_and_english_to_tools(asked: str | None, sentence: str) -> None:
    app = create_app({"QOMON_TOKEN": "x", "LANG": "fr"})
    with app.test_request_context(headers={"Accept-Language": asked} if asked else {}):
        assert said() == sentence


def test_where_nobody_reads_the_source_comes_out() -> None:
    told: list[str] = []
    with create_app({"QOMON_TOKEN": "x", "LANG": "fr"}).app_context():
        thread = Thread(target=lambda: told.append(said()))
        thread.start()
        thread.join()

    assert told == [ENGLISH]
