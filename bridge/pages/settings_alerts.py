"""Whom the bridge tells what, and when: channels, quiet hours, what is told of now, and what is muted."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import Connection, select

from bridge.operations.alerts import channels, mutes, preferences, tick, words
from bridge.operations.alerts.kinds import KINDS
from bridge.pages import session
from bridge.pages.page import action, back, me, page
from bridge.pages.settings import around
from bridge.store.tables import alert
from bridge.store.tables import hook as hooks
from schemas import normal
from schemas.alerts import PreferencesSchema
from schemas.outputs.settings import AlertsPage

_SHOWN = 50
_ADMINS = [name for name, kind in KINDS.items() if kind.admins]
"""Kinds that only admins are shown."""
_CHOICES = PreferencesSchema()


@page("/settings/alerts", "alerts.html", AlertsPage, "staff")
def alerts() -> dict[str, Any]:
    return _shown({}, None)


@action("/settings/alerts/choose", "admin")
def choose_alerts() -> Response:
    typed = request.form
    said = {
        "quiet_from": typed.get("quiet_from"),
        "quiet_until": typed.get("quiet_until"),
        "weekly": "weekly" in typed,
        "reminder": "reminder" in typed,
        "only_urgent": typed.getlist("only_urgent"),
        "admins": typed.getlist("admins"),
        "at_least": {
            name.removeprefix("at_least:"): days.strip()
            for name, days in typed.items()
            if name.startswith("at_least:") and days.strip()
        },
    }
    wrong = _CHOICES.validate(said)
    if wrong:
        return make_response(render_template("alerts.html", **_shown(_sentences(wrong), said)), 400)
    preferences.keep(session.services(), preferences.of(_CHOICES.load(said)), session.by())
    return back("alerts", _("Saved. It holds from the next minute on."))


@action("/settings/alerts/test", "admin")
def test_alert() -> Response:
    """A message that says what it is, by one channel."""
    mine, name = session.services(), request.form.get("channel", "")
    if name not in channels.names(mine):
        abort(404)
    subject = _("A test of the Qomon bridge")
    link = f"{mine.settings.public_url}/settings/alerts"
    body = _("Alerts arrive here. Nothing is wrong. Settings: %(link)s", link=link)
    if not channels.send(mine, [name], subject, body):
        return back("alerts", _("The test was sent: look whether it arrived."))
    return back("alerts", _("The test did not go through. Look at that address in ALERT_URLS: is its password right?"))


@action("/settings/alerts/mute")
def mute_alert() -> Response:
    days: mutes.Days = 7 if request.form.get("days") == "7" else 1
    mutes.mute(session.services(), request.form.get("cause", ""), days, session.by())
    return back("alerts", _("Muted for a week.") if days == 7 else _("Muted for a day."))  # noqa: PLR2004 - a week


@action("/settings/alerts/unmute")
def unmute_alert() -> Response:
    mutes.unmute(session.services(), request.form.get("cause", ""), session.by())
    return back("alerts", _("It is told of again."))


def _shown(wrong: Mapping[str, str], typed: Mapping[str, Any] | None) -> dict[str, Any]:
    mine = session.services()
    now = mine.now()
    with mine.store.read() as tx:
        known, chosen, told = channels.listed(mine, tx), preferences.read(tx), list(_told(tx, now))
        named = tx.execute(select(hooks.c.id, hooks.c.name).where(hooks.c.deleted_at.is_(None)).order_by(hooks.c.name))
        webhooks = [{"hook": row.id, "name": row.name} for row in named]
    return {
        **around("alerts"),
        "channels": [
            {
                "name": one.name,
                "scheme": one.shown,
                "understood": one.understood,
                "failures": one.failures,
                "failing": one.failures >= channels.FAILING,
                "failed_at": one.failed_at,
                "sent_at": one.sent_at,
            }
            for one in known
        ],
        "heartbeat": bool(mine.settings.heartbeat_url),
        "chosen": typed or preferences.plain(chosen),
        "wrong": wrong,
        "failed": bool(wrong),
        "told": [one for one in told if one["muted_until"] is None],
        "muted": [one for one in told if one["muted_until"] is not None],
        "webhooks": webhooks,
    }


def _told(tx: Connection, now: datetime) -> Iterator[dict[str, Any]]:
    """What is so now, and what was muted, the newest first."""
    rows = select(alert, hooks.c.name, hooks.c.head).join(hooks, hooks.c.id == alert.c.hook, isouter=True)
    muted = alert.c.muted_until > normal.epoch_ms(now)
    rows = rows.where(alert.c.kind.in_(KINDS), alert.c.over.is_(None) | muted)
    if not me().may("admin"):
        rows = rows.where(alert.c.kind.not_in(_ADMINS))
    for row in tx.execute(rows.order_by(alert.c.since.desc()).limit(_SHOWN)):
        since = normal.from_epoch_ms(row.since)
        facts = {**json.loads(row.facts), **({"hook": row.name or row.hook} if row.hook else {})}
        if row.head is not None and row.kind in words.OF_TOOLS:
            facts |= tick.tool_of(tx, session.services(), row.hook, row.head)
        said = words.told(row.kind, facts, row.many, since, now)
        still = row.muted_until is not None and row.muted_until > normal.epoch_ms(now)
        yield {
            "cause": row.cause,
            "kind": row.kind,
            "subject": said.subject,
            "line": said.line,
            "since": since,
            "told_at": normal.from_epoch_ms(row.told_at) if row.told_at else None,
            "muted_until": normal.from_epoch_ms(row.muted_until) if still else None,
            "href": KINDS[row.kind].page.format(hook=row.hook or ""),
        }


def _sentences(wrong: Mapping[str, Any]) -> dict[str, str]:
    told = {
        "quiet_from": _("Quiet hours: an hour from 0 to 23."),
        "quiet_until": _("Quiet hours: an hour from 0 to 23."),
        "at_least": _("At least one in so many days: a number from 1 to 365, or nothing."),
    }
    return {name: told.get(name, _("This cannot be read.")) for name in wrong}
