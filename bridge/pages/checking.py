"""The check-up: is this installation safe? Each thing that was looked at in a line; and the try on a test contact."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import Connection

from bridge.operations import backups, checkup, facts_told, figures, health, probe
from bridge.operations.backups import NotTold
from bridge.operations.checkup import Line
from bridge.operations.release import NotDone
from bridge.pages import session
from bridge.pages.page import action, back, page
from bridge.pages.session import services
from bridge.pages.shown import url_of
from bridge.qomon import account
from schemas.outputs.checkup import CheckUpPage

_WORDS = {
    "bad": ("bad", lazy_gettext("Bad")),
    "look": ("ask", lazy_gettext("Look")),
    "unknown": ("quiet", lazy_gettext("Unknown")),
    "good": ("good", lazy_gettext("Good")),
}
_LEADS = {
    "held": "todo",
    "waiting_long": "inbox",
    "expiring": "todo",
    "refused": "webhooks",
    "proof": "webhooks",
    "webhook": "webhooks",
    "hook_broken": "webhooks",
    "hook_stopped": "webhooks",
    "hook_paused": "webhooks",
    "hooks": "webhooks",
    "alerts": "alerts",
    "silence": "webhooks",
    "old_address": "webhooks",
    "other_space": "catalogue",
    "key_read": "catalogue",
}
"""Where something can be done about a line."""
_INSTEAD = ("held", "waiting_long", "expiring")
"""Lines whose page does what their command would."""
_LONGEST = 18
"""Digits of a contact's number."""


@page("/check-up", "check_up.html", CheckUpPage, "staff")
def check_up() -> dict[str, Any]:
    return _looked()


@action("/check-up/contact", "admin")
def try_contact() -> Response:
    """What is going to be done on which contact: nothing is, before that was seen."""
    typed, space = request.form.get("contact", "").strip(), _space()
    wrong = _wrong(typed)
    if wrong:
        shown = {**_looked(), "typed": typed, "wrong": wrong, "at_field": "contact", "failed": True}
        return make_response(render_template("check_up.html", **shown), 422)
    return make_response(render_template("try_contact.html", contact=int(typed), space=space))


@action("/check-up/contact/try", "admin")
def try_contact_now() -> Response:
    typed, space = request.form.get("contact", "").strip(), _space()
    if wrong := _wrong(typed):
        raise NotDone(wrong)
    tried = probe.attempt(services(), space, int(typed), session.by())
    if tried.open:
        return back("check_up", _("The contact is as it was.") + " " + tried.why_open)
    with services().store.read() as tx:
        lists = health.lists(tx, space)
    return back("check_up", _("The contact is as it was.") + " " + lists)


@action("/check-up/backup", "admin")
def tell_backup() -> Response:
    """Somebody says that there is a backup elsewhere; nothing else can know."""
    typed, mine = request.form.get("day", ""), services()
    try:
        backups.tell(mine, backups.begins(typed, mine.settings.timezone), session.by())
    except NotTold as failure:
        shown = {**_looked(), "day": typed, "wrong": str(failure), "at_field": "day", "failed": True}
        return make_response(render_template("check_up.html", **shown), 422)
    return back("check_up", _("Noted: there is a backup elsewhere."))


def _looked() -> dict[str, Any]:
    mine = services()
    with mine.store.read() as tx:
        counted = figures.shown(tx, mine)
        known_spaces = [_known(tx, space) for space in mine.settings.qomon]
    lines = checkup.examine(mine, counted)
    counts = {word: sum(line.word == word for line in lines) for word in checkup.WORDS}
    return {
        "sentence": _summary(counts),
        "worst": next((word for word in checkup.WORDS if counts[word] and word != "unknown"), "good"),
        "kinds": {word: kind for word, (kind, _name) in _WORDS.items()},
        "words": {word: str(name) for word, (_kind, name) in _WORDS.items()},
        "counts": counts,
        "lines": [_line(line) for line in lines],
        "checked": mine.now(),
        "spaces": list(mine.settings.qomon),
        "typed": "",
        "day": "",
        "wrong": None,
        "at_field": None,
        "known": known_spaces,
    }


def _known(tx: Connection, space: str) -> dict[str, Any]:
    """What a try showed of an account, and when that was."""
    facts = facts_told.in_words(account.seen(tx, space))
    return {
        "space": space,
        "tried": account.tried(tx, space),
        "facts": [asdict(one) for one in facts],
        "differs": sum(one.differs for one in facts),
    }


def _summary(counts: Mapping[checkup.Word, int]) -> str:
    if counts["bad"]:
        return ngettext(
            "%(num)s thing is bad: see to it first.", "%(num)s things are bad: see to them first.", counts["bad"]
        )
    if counts["look"]:
        return ngettext(
            "Nothing is bad; %(num)s thing is worth a look.",
            "Nothing is bad; %(num)s things are worth a look.",
            counts["look"],
        )
    return ngettext(
        "%(num)s thing was looked at, and is well.", "%(num)s things were looked at, and all is well.", counts["good"]
    )


def _line(line: Line) -> dict[str, Any]:
    leads = _LEADS.get(line.code) if line.word != "good" else None
    return {
        "code": line.code,
        "word": line.word,
        "sentence": line.sentence,
        "fix": "" if leads and line.code in _INSTEAD and url_of(leads) else line.fix,
        "at": line.at,
        "leads": leads,
    }


def _wrong(typed: str) -> str | None:
    """Why this is no number of a contact."""
    if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST and int(typed):
        return None
    return _("Type the contact’s number: digits only, as in the address of its page in Qomon.")


def _space() -> str:
    space = request.form.get("space") or "default"
    if space not in services().settings.qomon:
        abort(404)
    return space
