"""`GET /health` and `GET /ready`, for platforms and whoever watches: without a login and without numbers.

/health is the door: 200 only when the store takes a real row, in the file that lies under its path. /ready is the
whole process: its threads live too, and what just came does not wait (docs/ledger.md 27b).
"""

from datetime import datetime, timedelta
from threading import Lock
from typing import cast

from flask import Blueprint, Response, current_app
from flask_babel import gettext as _

from bridge.door.problems import RETRY, as_json, problem
from bridge.errors import StoreDown
from bridge.inbox import lanes
from bridge.services import Services

health = Blueprint("health", __name__)

_FRESH = timedelta(seconds=1)
"""A verdict serves all who ask within it: nobody may make the bridge write by asking."""
_LATE = timedelta(minutes=1)


class Verdict:
    """What is wrong with the store, in one word, or None: looked for at most once a second, by one caller at a time."""

    def __init__(self) -> None:
        self._looking = Lock()
        self._last: tuple[datetime, str | None] | None = None

    def of(self, services: Services) -> str | None:
        """Whoever asks while another looks is told the last verdict: a store that is locked holds no second thread."""
        if not self._looking.acquire(blocking=self._last is None):
            return self._last[1] if self._last else None
        try:
            now = services.now()
            if self._last is None or abs(now - self._last[0]) >= _FRESH:  # the clock may be put back
                self._last = now, _wrong(services)
            return self._last[1]
        finally:
            self._looking.release()


@health.get("/health")
def alive() -> Response:
    return _told(_verdict())


@health.get("/ready")
def ready() -> Response:
    services = _services()
    return _told(_verdict() or _stands(services))


def _verdict() -> str | None:
    services = _services()
    return cast("Verdict", current_app.extensions["verdict"]).of(services)


def _services() -> Services:
    return cast("Services", current_app.extensions["bridge"])


def _wrong(services: Services) -> str | None:
    if services.faults:
        return "settings"  # without opening anything: they may lead to another store
    try:
        services.open().store.prove()
    except StoreDown as down:
        return down.reason
    return None


def _stands(services: Services) -> str | None:
    """Why nothing moves behind the door."""
    if not services.engine.alive():
        return "threads"
    if not services.settings.writing:
        return None
    try:
        with services.store.read() as tx:
            return "late" if lanes.late(tx, services.now(), _LATE) else None
    except StoreDown as down:
        return down.reason


def _told(wrong: str | None) -> Response:
    if wrong is None:
        return as_json({"status": "ok"})
    told = _("The bridge cannot work now: %(reason)s.", reason=wrong)
    return problem(503, told, reason=wrong, **{"Retry-After": RETRY})
