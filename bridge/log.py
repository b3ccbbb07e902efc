"""The log: one line per change of state, a constant message and ids. Never an answer, an address or a secret.

Our own lines are safe by how they are written. This file makes everybody else's safe (Flask, gunicorn,
urllib3): their texts and exceptions may quote a path, a header or a person, so neither is printed. And what goes wrong
a thousand times a minute is one line a minute, with its count (docs/ledger.md 27c).
"""

import json
import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, TextIO

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_PLAIN = re.compile(r"[^\s\"']+")
_SECRET_PATH = re.compile(r"(/+hooks/+[^/\s?\"']+)[/?][^\s\"']*")
for unused in ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks", "_srcfile"):
    setattr(logging, unused, None)  # looked up for each line, and never printed (HOWTO of logging: optimization)
_DEPTH = 8
"""Places shown of an exception: enough to reach, through a library, the line of ours that called it."""
_SERVER = "gunicorn.error"
"""Its lines below WARNING say ports and process ids, and are what a deployer looks for first."""


_NAMES_IT = ("hook", "space", "reason")
"""Ids that say which cause it is. An event or a lane is only whom it met: two of them have one cause."""
_MINUTE = 60.0
_CAUSES = 500
"""Told of within the last minute and remembered for that: of more the oldest are told at once."""
_AWAY = frozenset(
    {
        *(("bridge", "StoreDown"), ("procrastinate", "ConnectorException"), ("sqlite3", "OperationalError")),
        *(("sqlalchemy", "OperationalError"), ("sqlalchemy", "InterfaceError"), ("sqlalchemy", "TimeoutError")),
        *(("psycopg", "OperationalError"), ("psycopg", "InterfaceError")),
    }
)
"""Errors of a database that is away, full or locked: no fault of ours, so that no place in our code explains it."""
_BAD_SQL = 1
"""SQLITE_ERROR: of all that SQLite calls operational the one that is a fault of ours."""


REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the call that this thread answers (door/request_ids.py)."""


class _Said(NamedTuple):
    """The parts of a line; `error` is empty where nothing went wrong."""

    level: str
    room: str
    message: str
    ids: tuple[tuple[str, str], ...]
    error: str

    def times(self, many: int) -> "_Said":
        return self._replace(ids=(*self.ids, ("times", str(many))))


class OneLine(logging.Formatter):
    """Time, level, room, message, the ids of `extra`, and for an error its type and where it came from."""

    def format(self, record: logging.LogRecord) -> str:
        ids = _ids(vars(record) if _ours(record) else {})
        request = REQUEST.get()
        ids = (*ids, ("request", request)) if request else ids
        return self.line(record.created, _Said(_level(record), record.name, _message(record), ids, _error(record)))

    def line(self, at: float, said: _Said) -> str:
        ids = [f"{name}={text if _PLAIN.fullmatch(text) else ascii(text)}" for name, text in said.ids]
        error = [f"error={said.error}"] if said.error else []
        return " ".join([_moment(at), said.level, said.room, said.message, *ids, *error])


class JsonLine(OneLine):
    """The same parts as one JSON object a line, for programs that read logs (LOG_FORMAT=json)."""

    def line(self, at: float, said: _Said) -> str:
        parts = {"time": _moment(at), "level": said.level, "room": said.room, "message": said.message}
        error = {"error": said.error} if said.error else {}
        return json.dumps({**dict(said.ids), **parts, **error})


@dataclass(slots=True)
class _Cause:
    """What a line from WARNING on is about: when it was `told`, how often it came since and `last`, and its parts."""

    told: float
    last: float
    again: int
    said: _Said

    def over(self, now: float) -> bool:
        """Also when the clock was set back, however far: else nothing would be told until it is there again."""
        return abs(now - self.told) >= _MINUTE


class Limited(logging.StreamHandler[TextIO]):
    """One line per cause and minute. The first is printed at once; how often it came again within the minute is said
    by its next line, or by one of its own before the next line of anything, and at the end.

    Below WARNING each line is a change of state and stays. The standard library has nothing that counts. Every line
    comes here under the handler's lock, and brings its time.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._causes = OrderedDict[tuple[object, ...], _Cause]()  # the one told longest ago first
        os.register_at_fork(after_in_child=self._causes.clear)  # the parent tells what it counted

    def emit(self, record: logging.LogRecord) -> None:
        try:
            mine = [self.format(record)] if record.levelno < logging.WARNING else self._limited(record)
            lines = [*self._over(record.created), *mine] if self._causes else mine
            if lines:
                self.stream.write("\n".join(lines) + self.terminator)
                self.flush()
        except Exception:  # noqa: BLE001  # as in every handler: to log harms nobody
            self.handleError(record)

    def close(self) -> None:
        """What was counted is told: at the end of the process the log is closed."""
        with suppress(OSError, ValueError):  # who read it has gone
            counted = [self._counted(cause) for cause in self._causes.values() if cause.again]
            self._causes.clear()
            if counted:
                self.stream.write("\n".join(counted) + self.terminator)
        super().close()

    def _limited(self, record: logging.LogRecord) -> list[str]:
        """The record's line, or none while its minute runs."""
        level, error = _level(record), _error(record)
        ids = _ids({name: value for name, value in vars(record).items() if name in _NAMES_IT})
        named = (record.name, level, _constant(record), *ids, error)
        known, now = self._causes.get(named), record.created
        if known is not None and not known.over(now):
            known.again, known.last = known.again + 1, now
            return []
        fresh = _Cause(now, now, 0, _Said(level, record.name, _message(record), ids, error))
        self._causes[named] = fresh
        self._causes.move_to_end(named)
        if known is None or not known.again:
            return [*self._too_many(), self.format(record)]
        told = copy(record)
        told.times = known.again + 1
        return [self.format(told)]

    def _counted(self, cause: _Cause) -> str:
        writes = self.formatter if isinstance(self.formatter, OneLine) else OneLine()
        return writes.line(cause.last, cause.said.times(cause.again))

    def _over(self, now: float) -> Iterator[str]:
        """The counts whose minute is over: another begins with that. A cause that did not come again is forgotten."""
        while (oldest := next(iter(self._causes), None)) is not None and self._causes[oldest].over(now):
            cause = self._causes.pop(oldest)
            if cause.again:
                yield self._counted(cause)
                cause.told, cause.again = now, 0
                self._causes[oldest] = cause

    def _too_many(self) -> Iterator[str]:
        if len(self._causes) > _CAUSES:
            _named, oldest = self._causes.popitem(last=False)
            if oldest.again:
                yield self._counted(oldest)


def logging_config(written: str) -> dict[str, object]:
    """For gunicorn, which sets up the log before the application is there (gunicorn.conf.py)."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": _formatter(written)}},
        "handlers": {"stderr": {"()": Limited, "formatter": "line"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {
            _SERVER: {"level": "INFO", "handlers": [], "propagate": True},
        },
    }


def configure(written: str = "text") -> None:
    """Our lines on stderr, once, and no other way for an exception's text to get there. `written`: text or json."""
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, OneLine) for handler in root.handlers):
        handler = Limited()
        handler.setFormatter(_formatter(written)())
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    for chatty in ("werkzeug", "alembic", "procrastinate"):  # Werkzeug's access log holds secret paths
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a broken line would print its arguments
    threading.excepthook = _thread_died


def _formatter(written: str) -> type[OneLine]:
    return JsonLine if written == "json" else OneLine


def frames(error: BaseException) -> str:
    """Type and places of an exception and of its causes, newest first; never its message, which may quote."""
    return " from ".join(f"{type(one).__name__} at {_places(one.__traceback__)}" for one in _chain(error))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return "WARNING" if error is not None and _away(error) else record.levelname


def _error(record: logging.LogRecord) -> str:
    """What happened and where; of a database that is away no place."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return ""
    return " from ".join(type(one).__name__ for one in _chain(error)) if _away(error) else frames(error)


def _away(error: BaseException) -> bool:
    if getattr(getattr(error, "orig", error), "sqlite_errorcode", None) == _BAD_SQL:
        return False
    return any((kind.__module__.partition(".")[0], kind.__name__) in _AWAY for kind in type(error).__mro__)


def _ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == "bridge"


def _message(record: logging.LogRecord) -> str:
    harmless = record.levelno < logging.WARNING and record.name == _SERVER
    text = record.getMessage() if _ours(record) or harmless else _template(record)
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


def _constant(record: logging.LogRecord) -> str:
    """The message before its values are in it: what two lines of one cause have in common."""
    return record.msg if isinstance(record.msg, str) and (_ours(record) or record.args) else _template(record)


def _ids(extra: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in extra.items() if name not in _STANDARD)


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
