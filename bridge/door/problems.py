"""What a caller is answered who brought nothing that could be taken: problems as RFC 9457 writes them (docs/door.md).

No text here holds what the caller sent.
"""

import json
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.exceptions import HTTPException

from bridge.errors import BridgeError, Faults, HookDeleted, NotProven, StoreDown
from bridge.log import REQUEST

log = logging.getLogger(__name__)
problems = Blueprint("problems", __name__)

LARGEST = 2_000_000
"""Bytes of a call's body."""

RETRY = "30"
"""Seconds after which a tool may try again."""

_TOLD = {
    404: lazy_gettext("Not Found"),
    405: lazy_gettext("Method Not Allowed"),
    413: lazy_gettext("Larger than %(size)s MB.", size=LARGEST // 1_000_000),
}

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def as_json(body: Any, status: int = 200) -> Response:
    """Any answer of ours: JSON in one line, in the letters that people wrote."""
    return Response(_written(body) + "\n", status, mimetype="application/json")


def problem(status: int, detail: str, reason: str | None = None, **headers: str) -> Response:
    """RFC 9457. The text never holds what the caller sent. `reason`: the same in one word, for programs.
    `request`: which call it was, to be found in the log.
    """
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body |= {"reason": reason} if reason else {}
    body |= {"request": id_} if (id_ := REQUEST.get()) else {}
    answer = as_json(body, status)
    answer.mimetype = "application/problem+json"
    answer.headers.update(headers)
    return answer


class Refused(BridgeError):
    """The call cannot be taken, for a reason that its caller may know: the answer's status, sentence and headers."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.headers = status, headers


def _refused(refusal: Refused) -> Response:
    return problem(refusal.status, str(refusal), **refusal.headers)


def _not_proven(refusal: NotProven) -> Response:
    log.warning("call refused")
    return problem(401, str(refusal), **({"WWW-Authenticate": refusal.asks} if refusal.asks else {}))


def _store_down(down: StoreDown) -> Response:
    log.warning("the store is down", extra={"reason": down.reason}, exc_info=down)
    return problem(503, _("Not stored. Please try again in %(seconds)s s.", seconds=RETRY), **{"Retry-After": RETRY})


def _hook_faulty(_faults: Faults) -> Response:
    """A secret that is not set any more, say: `flask hooks check` tells. Nothing is let in unproven."""
    log.error("a hook does not load")
    told = _("This webhook is not set up rightly. Please try again later.")
    return problem(503, told, **{"Retry-After": RETRY})


def _hook_deleted(_deleted: HookDeleted) -> Response:
    """200, as for any deleted hook: another answer makes tools try again for days. Nothing unproven is stored."""
    ignored = {"event": None, "outcome": "ignored", "reason": "hook_deleted"}
    return as_json({"delivery": None, "events": [ignored]})


def _http(error: HTTPException) -> Response:
    allow = {"Allow": ", ".join(error.valid_methods or ())} if hasattr(error, "valid_methods") else {}
    code = error.code or 500
    return problem(code, str(_TOLD.get(code, error.name)), **allow)


def _ours(error: Exception) -> Response:
    """Not stored, as far as we know: the tool may try again."""
    log.error("call failed", exc_info=error)
    return problem(500, _("A fault of the bridge. Please try again."))


_TELL: Mapping[type[Exception], Callable[[Any], Response]] = {
    Refused: _refused,
    NotProven: _not_proven,
    StoreDown: _store_down,
    Faults: _hook_faulty,
    HookDeleted: _hook_deleted,
    HTTPException: _http,
    Exception: _ours,
}
for _kind, _tell in _TELL.items():
    problems.app_errorhandler(_kind)(_tell)


def told(failure: Exception) -> Response:
    """The same where a page would tell it to a person: to a tool that calls the page's address."""
    return next(_TELL[kind](failure) for kind in type(failure).__mro__ if kind in _TELL)
