"""The log: our ids are there, and nothing that a person, a tool or a secret said."""

import logging
import threading
from collections.abc import Iterator
from logging.config import dictConfig
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from bridge.log import LOGGING, OneLine, configure, frames

SECRET = "hunter2"


def line(name: str, level: int, message: Any, *args: object, **extra: object) -> str:
    record = logging.getLogger(name).makeRecord(name, level, "file.py", 1, message, args, None, extra=extra)
    return OneLine().format(record)


def failing(text: str) -> BaseException:
    try:
        int(text)
    except ValueError as error:
        error.__cause__ = KeyError(text)
        return error
    raise AssertionError


@pytest.fixture
def restored_root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before, root.handlers, hook, raises = root.handlers, [], threading.excepthook, logging.raiseExceptions
    yield root
    root.handlers, threading.excepthook, logging.raiseExceptions = before, hook, raises


def test_our_line_has_time_level_room_message_and_ids() -> None:
    text = line("bridge.inbox.events", logging.INFO, "event stored", event="e-1", revision=3)

    assert text[:10].count("-") == 2
    assert text.split(" ", 1)[1] == "INFO bridge.inbox.events event stored event=e-1 revision=3"


def test_an_id_cannot_begin_a_new_line_or_look_like_another_id() -> None:
    text = line("bridge.inbox.events", logging.INFO, "event stored", key="a\nERROR other=1")

    assert text.endswith("event stored key='a\\nERROR other=1'")


def test_an_exception_shows_type_and_places_but_not_its_message() -> None:
    text = frames(failing(SECRET))

    assert text.startswith("ValueError at tests/test_log.py:")
    assert text.endswith(" from KeyError at ")
    assert SECRET not in text


def test_a_chain_that_bites_its_tail_ends() -> None:
    error, cause = ValueError(SECRET), KeyError(SECRET)
    error.__cause__, cause.__cause__ = cause, error

    assert frames(error) == "ValueError at  from KeyError at "


@pytest.mark.parametrize(
    ("message", "args", "shown"),
    [
        ("Error handling request %s", ("/hooks/k3f9x2m7/hunter2",), "Error handling request ..."),
        ("Exception on %s [%s]", ("/hooks/k3f9x2m7/hunter2", "POST"), "Exception on ... [...]"),
        ("Invalid request from ip=192.0.2.7: 'GET /hunter2'", (), "Invalid request from ip"),
        ("Exception during worker exit:\n%s", ("hunter2",), "Exception during worker exit: ..."),
        ("Worker (pid:%s) was sent %s!", (42, "SIGKILL"), "Worker (pid:42) was sent ...!"),
        ("%d of %s", ("hunter2", "hunter2"), "%d of %s"),
        ("%(mail)s", ({"mail": "hunter2"},), "%(mail)s"),
        (ValueError("hunter2"), (), "ValueError"),
    ],
)
def test_a_foreign_line_shows_its_template_only(message: Any, args: tuple[object, ...], shown: str) -> None:
    assert line("gunicorn.error", logging.ERROR, message, *args).endswith(f"ERROR gunicorn.error {shown}")


def test_a_redirect_of_the_http_library_does_not_show_the_address() -> None:
    assert SECRET not in line("urllib3.poolmanager", logging.INFO, "Redirecting %s -> %s", "/?q=hunter2", "/x")


def test_where_gunicorn_listens_is_shown() -> None:
    text = line("gunicorn.error", logging.INFO, "Listening at: %s (%s)", "http://127.0.0.1:8000", 42)

    assert text.endswith("Listening at: http://127.0.0.1:8000 (42)")


@pytest.mark.parametrize("path", ["/hooks/k3f9/{}", "/hooks/k3f9?q={}", "//hooks//k3f9/{}?a=1", "/x/hooks/k3f9/{}"])
@given(secret=st.text(st.characters(categories=["L", "N"]), min_size=1))
def test_a_secret_path_is_cut_in_our_lines_too(path: str, secret: str) -> None:
    text = line("bridge.door.receive", logging.INFO, "call for %s done", path.format(f"s3cret-{secret}"))

    assert "s3cret" not in text
    assert text.endswith("k3f9/... done")


def test_configure_adds_our_handler_once(restored_root: logging.Logger) -> None:
    configure()
    configure()

    assert [type(handler.formatter) for handler in restored_root.handlers].count(OneLine) == 1


@pytest.mark.usefixtures("restored_root")
def test_an_error_in_a_view_does_not_print_path_or_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    app = Flask("app")

    @app.post("/hooks/<address>/<secret>")
    def fail(address: str, secret: str) -> str:
        raise ValueError(address + secret)

    status = app.test_client().post("/hooks/k3f9x2m7/hunter2?mail=camille@example.org").status_code
    printed = capsys.readouterr().err

    assert status == 500
    assert "ERROR app Exception on error=ValueError at tests/test_log.py:" in printed
    assert not any(word in printed for word in ("hunter2", "camille", "k3f9x2m7"))


@pytest.mark.usefixtures("restored_root")
def test_a_thread_that_dies_does_not_print_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    thread = threading.Thread(target=lambda: int(SECRET))
    thread.start()
    thread.join()
    printed = capsys.readouterr().err

    assert "ERROR bridge.log a thread died error=ValueError at tests/test_log.py:" in printed
    assert SECRET not in printed


@pytest.mark.usefixtures("restored_root")
def test_a_line_that_cannot_be_written_does_not_print_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure()
    logging.getLogger("bridge.door.receive").warning("%d lanes", SECRET)

    assert SECRET not in capsys.readouterr().err


def test_gunicorn_takes_our_log_as_its_own(restored_root: logging.Logger) -> None:
    dictConfig(LOGGING)
    gunicorn = logging.getLogger("gunicorn.error")

    assert [type(handler.formatter) for handler in restored_root.handlers] == [OneLine]
    assert (gunicorn.handlers, gunicorn.propagate) == ([], True)
