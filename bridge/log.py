"""The log: one line per change of state, a constant message and ids. Never an answer, an address or a secret.

Our own lines are safe by how they are written. This file makes everybody else's safe (Flask, gunicorn,
urllib3): their texts and exceptions may quote a path, a header or a person, so neither is printed.
"""

import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_PLAIN = re.compile(r"[^\s\"']+")
_SECRET_PATH = re.compile(r"(/+hooks/+[^/\s?\"']+)[/?][^\s\"']*")
for unused in ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks", "_srcfile"):
    setattr(logging, unused, None)  # looked up for each line, and never printed (HOWTO of logging: optimization)
_DEPTH = 8
"""Places shown of an exception: enough to reach, through a library, the line of ours that called it."""
_SERVER = "gunicorn.error"
"""Its lines below WARNING say ports and process ids, and are what a deployer looks for first."""


class OneLine(logging.Formatter):
    """Time, level, room, message, the ids of `extra`, and for an error its type and where it came from."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        parts = [at.replace("+00:00", "Z"), record.levelname, record.name, _message(record), *_ids(record)]
        error = record.exc_info[1] if record.exc_info else None
        return " ".join([*parts, *([f"error={frames(error)}"] if error else [])])


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": OneLine}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        _SERVER: {"level": "INFO", "handlers": [], "propagate": True},
    },
}
"""For gunicorn, which sets up the log before the application is there (gunicorn.conf.py)."""


def configure() -> None:
    """Our lines on stderr, once, and no other way for an exception's text to get there."""
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, OneLine) for handler in root.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(OneLine())
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    for chatty in ("werkzeug", "alembic", "procrastinate"):  # Werkzeug's access log holds secret paths
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a broken line would print its arguments
    threading.excepthook = _thread_died


def frames(error: BaseException) -> str:
    """Type and places of an exception and of its causes, newest first; never its message, which may quote."""
    return " from ".join(f"{type(one).__name__} at {_places(one.__traceback__)}" for one in _chain(error))


def _message(record: logging.LogRecord) -> str:
    ours = record.name.partition(".")[0] == "bridge"
    harmless = record.levelno < logging.WARNING and record.name == _SERVER
    text = record.getMessage() if ours or harmless else _template(record)
    line = " ".join(text.split())
    return _SECRET_PATH.sub(r"\1/...", line) if "hooks/" in line else line


def _template(record: logging.LogRecord) -> str:
    """Somebody else's line without its values: numbers stay (process ids), what was put in before is cut."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    if not isinstance(record.args, tuple) or not record.args:
        return re.split(r"[:=/'\"]", record.msg)[0]
    shown = tuple(arg if isinstance(arg, int | float) else "..." for arg in record.args)
    try:
        return record.msg % shown
    except (TypeError, ValueError):
        return record.msg


def _ids(record: logging.LogRecord) -> list[str]:
    said = [(name, str(value)) for name, value in vars(record).items() if name not in _STANDARD]
    return [f"{name}={text if _PLAIN.fullmatch(text) else ascii(text)}" for name, text in said]


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _places(trace: TracebackType | None) -> str:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = "/".join(code.co_filename.split("/")[-2:])
        places.append(f"{file}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(places[-_DEPTH:]))


def _thread_died(died: threading.ExceptHookArgs) -> None:
    error = died.exc_value
    logging.getLogger("bridge.log").error("a thread died", exc_info=error)
