"""What every page has around it: where one can go, how many decisions wait, whether writing is on, the language."""

from functools import partial
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import func, select

from bridge.log import REQUEST
from bridge.operations import contact_page
from bridge.operations.alerts import channels
from bridge.operations.staff import Account, Role
from bridge.pages import session
from bridge.pages.page import pages
from bridge.qomon import account as qomon_account
from bridge.store.tables import event
from bridge.translations import LANGUAGES

_WHERE: tuple[tuple[str, LazyString, Role], ...] = (
    ("overview", lazy_gettext("Overview"), "viewer"),
    ("todo", lazy_gettext("To do"), "viewer"),
    ("inbox", lazy_gettext("Inbox"), "viewer"),
    ("webhooks", lazy_gettext("Webhooks"), "viewer"),
    ("people", lazy_gettext("Find a person"), "staff"),
    ("catalogue", lazy_gettext("Qomon fields"), "viewer"),
    ("check_up", lazy_gettext("Check-up"), "staff"),
    ("settings", lazy_gettext("Settings"), "viewer"),
)
"""The header: endpoint, name, and from which role on."""
_COOKIE = "language"


@pages.before_request
def _speak() -> None:
    """The person's choice, else the browser's, else DEFAULT_LANGUAGE: the same page at the same address in both."""
    asked = request.cookies.get(_COOKIE)
    mine = session.me() if request.endpoint != "pages.static" else None
    said = (mine.language if mine else None) or (asked if asked in LANGUAGES else None)
    default = session.services().settings.default_language if current_app.secret_key else LANGUAGES[0]
    g.language = said or request.accept_languages.best_match(LANGUAGES, default)


@pages.context_processor
def _around() -> dict[str, Any]:
    mine = session.me() if current_app.secret_key else None
    if mine is None:
        return {"me": None, "places": []}
    settings = session.services().settings
    with session.services().store.read() as tx:
        waits = (event.c.status == "held") & event.c.erased.is_(None)
        waiting = tx.scalar(select(func.count()).select_from(event).where(waits)) or 0
        failing = sum(1 for _ in channels.failing(session.services(), tx)) if mine.may("staff") else 0
        stopped = sorted({stop.reason for stop in qomon_account.stops(tx).values()})
    return {
        "me": mine,
        "places": _places(mine, waiting),
        "request_id": REQUEST.get(),
        "waiting": waiting,
        "mute_channels": failing,
        "now": session.services().now(),
        "writing": _writing(stopped, on=settings.writing),
        "writes": settings.writing and not stopped,
        "in_qomon": partial(contact_page.link, session.services()),
    }


def _places(mine: Account, waiting: int) -> list[dict[str, Any]]:
    here = (request.endpoint or "").removeprefix("pages.")
    return [
        {
            "href": url_for(f"pages.{endpoint}"),
            "name": str(name),
            "here": endpoint == here or (endpoint == "settings" and request.path.startswith("/settings/")),
            "count": waiting if endpoint == "todo" else 0,
        }
        for endpoint, name, role in _WHERE
        if mine.may(role) and f"pages.{endpoint}" in current_app.view_functions
    ]


def _writing(stopped: list[str], *, on: bool) -> str:
    if not on:
        return _("Writing: switched off")
    told = {
        "paused": _("Writing: paused"),
        "qomon_down": _("Writing: Qomon does not answer"),
        "key_refused": _("Writing: Qomon refuses our key"),
    }
    return told.get(stopped[0], _("Writing: paused")) if stopped else _("Writing: on")


def remember_language(answer: Any, language: str) -> None:
    """In this browser, for whoever is not logged in yet."""
    answer.set_cookie(_COOKIE, language, max_age=31_536_000, httponly=True, samesite="Lax", secure=request.is_secure)
