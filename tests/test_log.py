"""The log: our ids are there, and nothing that a person, a tool or a secret said; once a minute for each cause."""

import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from logging.config import dictConfig
from typing import Any

import psycopg
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout
from sqlalchemy import exc

from bridge.errors import StoreDown
from bridge.log import REQUEST, JsonLine, Limited, OneLine, configure, frames, logging_config

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
    dictConfig(logging_config(""))
    gunicorn = logging.getLogger("gunicorn.error")

    assert [type(handler.formatter) for handler in restored_root.handlers] == [OneLine]
    assert (gunicorn.handlers, gunicorn.propagate) == ([], True)


def test_gunicorn_writes_json_where_that_is_wanted(restored_root: logging.Logger) -> None:
    dictConfig(logging_config("json"))

    assert [type(handler.formatter) for handler in restored_root.handlers] == [JsonLine]


def test_a_json_line_has_the_parts_of_a_plain_one_and_no_text_of_anybody() -> None:
    record = logging.LogRecord("bridge.door", logging.ERROR, "x.py", 1, "call failed", (), None)
    record.hook, record.level = "benevoles", "of nobody"
    try:
        int(SECRET)
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    told = REQUEST.set("a1b2")
    text = JsonLine().format(record)
    REQUEST.reset(told)
    said = json.loads(text)

    assert (said["level"], said["room"], said["message"]) == ("ERROR", "bridge.door", "call failed")
    assert (said["hook"], said["request"]) == ("benevoles", "a1b2")
    assert said["error"].startswith("ValueError at tests/test_log.py:")
    assert said["time"].endswith("Z")
    assert SECRET not in text
    assert "\n" not in text


def test_a_count_of_a_cause_is_json_too() -> None:
    printed = StringIO()
    handler = Limited(printed)
    handler.setFormatter(JsonLine())
    for _ in range(3):
        handler.handle(logging.LogRecord("bridge.door", logging.WARNING, "x.py", 1, "call refused", (), None))
    handler.close()
    lines = [json.loads(line) for line in printed.getvalue().splitlines()]

    assert [(one["message"], one.get("times")) for one in lines] == [("call refused", None), ("call refused", "2")]


class Log:
    """Says lines at moments of its own choice; `new` is what was printed since it was asked last."""

    def __init__(self) -> None:
        self._printed = io.StringIO()
        self.handler = Limited(self._printed)
        self.handler.setFormatter(OneLine())

    def say(self, at: float, message: str = "the store is down", level: int = logging.WARNING, **more: Any) -> None:
        name, args, error = (
            more.pop(one, other) for one, other in (("name", "bridge.a"), ("args", ()), ("error", None))
        )
        info = (type(error), error, error.__traceback__) if error else None
        record = logging.getLogger(name).makeRecord(name, level, "file.py", 1, message, args, info, extra=more)
        record.created = at
        self.handler.handle(record)

    @property
    def new(self) -> list[str]:
        """Minute and second, level, message and what follows."""
        text = self._printed.getvalue()
        self._printed.seek(0)
        self._printed.truncate()
        lines = [line.split(" ", 3) for line in text.splitlines()]
        return [f"{line[0][14:19]} {line[1]} {line[3]}" for line in lines]


@pytest.fixture
def log() -> Log:
    return Log()


def test_the_first_is_told_at_once_and_the_others_of_its_minute_by_the_next(log: Log) -> None:
    for at in (0, 1, 30, 59):
        log.say(at, lane=f"contact:default:{at}")
    assert log.new == ["00:00 WARNING the store is down lane=contact:default:0"]

    log.say(60, lane="contact:default:9")
    assert log.new == ["01:00 WARNING the store is down lane=contact:default:9 times=4"]

    log.say(61)
    log.say(121)
    assert log.new == ["02:01 WARNING the store is down times=2"]


def test_a_line_of_anything_tells_what_was_counted_and_is_over(log: Log) -> None:
    for at in (0, 10, 20):
        log.say(at, lane="contact:default:1", space="lyon")
    log.say(50, "event delivered", logging.INFO)
    assert log.new == [
        "00:00 WARNING the store is down lane=contact:default:1 space=lyon",
        "00:50 INFO event delivered",
    ]

    log.say(60, "event delivered", logging.INFO)
    assert log.new == ["00:20 WARNING the store is down space=lyon times=2", "01:00 INFO event delivered"]

    log.say(61, space="lyon")  # its minute began with the line that told
    assert log.new == []


def test_a_cause_that_was_quiet_for_a_minute_is_told_at_once_again(log: Log) -> None:
    log.say(0)
    log.say(90)

    assert log.new == ["00:00 WARNING the store is down", "01:30 WARNING the store is down"]


def test_changes_of_state_are_all_told(log: Log) -> None:
    for _ in range(3):
        log.say(5, "event %s", logging.INFO, args=("delivered",), event="e-1")

    assert log.new == ["00:05 INFO event delivered event=e-1"] * 3


@pytest.mark.parametrize(
    ("other", "lines"),
    [
        ({"hook": "b"}, 2),
        ({"reason": "b"}, 2),
        ({"space": "b"}, 2),
        ({"lane": "b"}, 1),
        ({"event": "b"}, 1),
        ({"name": "bridge.b"}, 2),
        ({"level": logging.ERROR}, 2),
        ({"message": "the store is up"}, 2),
        ({"error": ValueError()}, 2),
    ],
)
def test_who_it_met_is_no_other_cause_and_what_names_it_is(log: Log, other: dict[str, Any], lines: int) -> None:
    ids: dict[str, Any] = {"hook": "a", "reason": "a", "space": "a", "lane": "a", "event": "a"}
    log.say(0, **ids)
    log.say(1, **{**ids, **other})

    assert len(log.new) == lines


def test_the_same_exception_of_two_places_is_two_causes(log: Log) -> None:
    for _ in range(2):
        log.say(0, "drain failed", logging.ERROR, error=failing("a"))
    for _ in range(2):
        log.say(0, "drain failed", logging.ERROR, error=failing("b"))
    try:
        int("c")
    except ValueError as error:
        log.say(0, "drain failed", logging.ERROR, error=error)

    assert len(log.new) == 2


def test_somebody_elses_line_is_one_cause_whatever_its_values_are(log: Log) -> None:
    for pid in (41, 42):
        log.say(0, "Worker (pid:%s) was sent %s!", logging.ERROR, name="gunicorn.error", args=(pid, "SIGKILL"))
        log.say(0, f"Invalid request from ip={pid}: 'GET /hunter2'", name="gunicorn.error")
    log.say(70, "event delivered", logging.INFO)

    assert log.new == [
        "00:00 ERROR Worker (pid:41) was sent ...!",
        "00:00 WARNING Invalid request from ip",
        "00:00 ERROR Worker (pid:41) was sent ...! times=1",
        "00:00 WARNING Invalid request from ip times=1",
        "01:10 INFO event delivered",
    ]


@pytest.mark.parametrize("back", [-3 * 3600, -61])
def test_a_clock_that_is_set_back_silences_nothing(log: Log, back: float) -> None:
    log.say(10_000)
    log.say(10_001)
    assert len(log.new) == 1

    log.say(10_000 + back)
    assert [line.endswith("times=2") for line in log.new] == [True]


def test_of_very_many_causes_the_oldest_are_told_and_forgotten(log: Log) -> None:
    for hook in range(3000):
        log.say(hook / 1000, hook=f"h{hook}")
        log.say(hook / 1000, hook=f"h{hook}")

    assert sum(line.endswith("times=1") for line in log.new) == 2500


def test_no_count_is_lost_at_the_end(log: Log) -> None:
    for at in range(3):
        log.say(at)
    assert len(log.new) == 1
    log.handler.close()

    assert log.new == ["00:02 WARNING the store is down times=2"]


def test_a_process_that_ends_tells_its_counts_and_one_that_was_forked_off_not_those_of_its_parent() -> None:
    program = """
import logging, os
from bridge.log import configure
configure()
log = logging.getLogger("bridge.a")
for _ in range(4):
    log.warning("the store is down")
if os.fork() == 0:
    log.warning("in the child")
    raise SystemExit
os.wait()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, env=dict(os.environ)
    )

    assert [line.split(" ", 3)[3] for line in ended.stderr.splitlines()] == [
        "the store is down", "in the child", "the store is down times=3",
    ]  # fmt: skip


def test_many_threads_lose_no_count(log: Log) -> None:
    def say() -> None:
        for at in range(500):
            log.say(at)

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.handler.close()

    counts = [int(line.rpartition("times=")[2]) if "times=" in line else 1 for line in log.new]
    assert sum(counts) == 8 * 500


def _sqlite(sql: str) -> sqlite3.OperationalError:
    with closing(sqlite3.connect("file:/nowhere?mode=memory", uri=True)) as store:
        try:
            store.execute(sql)
        except sqlite3.OperationalError as error:
            return error
    raise AssertionError


def _full() -> sqlite3.OperationalError:
    with closing(sqlite3.connect(":memory:")) as store:
        store.execute("PRAGMA max_page_count = 2")
        try:
            store.execute("CREATE TABLE a AS SELECT randomblob(100000)")
        except sqlite3.OperationalError as error:
            return error
    raise AssertionError


def _caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (_caused(StoreDown("away"), psycopg.errors.DiskFull()), "StoreDown from DiskFull"),
        (_full(), "OperationalError"),
        (exc.OperationalError("", {}, _full()), "OperationalError"),
        (exc.InterfaceError("", {}, psycopg.InterfaceError()), "InterfaceError"),
        (exc.TimeoutError(), "TimeoutError"),
        (psycopg.errors.AdminShutdown(), "AdminShutdown"),
        (PoolTimeout(), "PoolTimeout"),
        (ConnectorException(), "ConnectorException"),
    ],
)
def test_a_database_that_is_away_is_a_warning_without_a_place(log: Log, error: Exception, told: str) -> None:
    """Whoever caught it: a thread of the engine, Flask, gunicorn."""
    for name in ("bridge.engine.engine", "gunicorn.error", "app"):
        try:
            raise error
        except type(error):
            log.say(0, "drain failed", logging.ERROR, name=name, error=error)

    assert log.new == [f"00:00 WARNING drain failed error={told}"] * 3


@pytest.mark.parametrize(
    "error",
    [_sqlite("SELECT a FROM b"), exc.OperationalError("", {}, _sqlite("SELEC")), psycopg.errors.UndefinedTable()],
)
def test_wrong_sql_is_a_fault_of_ours(log: Log, error: Exception) -> None:
    try:
        raise error
    except type(error):
        log.say(0, "drain failed", logging.ERROR, error=error)

    (line,) = log.new
    assert line.startswith(f"00:00 ERROR drain failed error={type(error).__name__} at tests/test_log.py:")
