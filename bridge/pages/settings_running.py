"""Whether anything is written, for how long what is kept, and what the deployer set: shown, and locked."""

from datetime import timedelta
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, func, select

from bridge.errors import Faults
from bridge.hooks import brakes, breaker
from bridge.operations import audit, contact_page, pausing, retention
from bridge.operations.retention import Days
from bridge.pages import session
from bridge.pages.page import action, back, page
from bridge.pages.settings import around
from bridge.qomon import account
from bridge.qomon.account import Stop
from bridge.settings import described
from bridge.store.tables import event
from bridge.store.tables import hook as hooks
from schemas import codes
from schemas.outputs.settings import InstallationPage, KeepingPage, WritingPage

_DAYS = ("KEEP_DAYS", "UNDO_DAYS", "HELD_DAYS", "AUDIT_DAYS")
_MOST = 10_000
"""What waits is counted to so many."""


@page("/settings/writing", "writing.html", WritingPage)
def writing() -> dict[str, Any]:
    mine = session.services()
    with mine.store.read() as tx:
        stops, waits = account.stops(tx), _waits(tx)
        spaces = [_space(tx, name, stops.get(name), waits) for name in mine.settings.qomon]
        stopped = _webhooks(tx)
    return {
        **around("writing"),
        "spaces": spaces,
        "running": sum(one["reason"] is None for one in spaces),
        "paused": [one["name"] for one in spaces if one["reason"] == "paused"],
        "switched_on": mine.settings.writing,
        "webhooks": stopped,
        "most": _MOST,
    }


@action("/settings/writing/pause")
def pause_writing() -> Response:
    """What is paused already stays as it was: whoever did it first is told."""
    mine, spaces = session.services(), _spaces()
    with mine.store.read() as tx:
        stops = account.stops(tx)
    running = [one for one in spaces if one not in stops or stops[one].reason != "paused"]
    if not running:
        return back("writing", _("Writing was paused already."))
    pausing.pause(mine, mine.vault, running, session.by(request.form.get("why")))
    return back(
        "writing",
        ngettext(
            "Writing is paused in %(num)s Qomon account. Forms are still received and kept.",
            "Writing is paused in %(num)s Qomon accounts. Forms are still received and kept.",
            len(running),
        ),
    )


@action("/settings/writing/resume")
def resume_writing() -> Response:
    done = pausing.resume(session.services(), _spaces(), session.by())
    count = sum(done.was.values())
    if not count:
        return back("writing", _("Writing was not paused."))
    return back(
        "writing",
        ngettext(
            "Writing goes on in %(num)s Qomon account: what waited crosses, oldest first.",
            "Writing goes on in %(num)s Qomon accounts: what waited crosses, oldest first.",
            count,
        ),
    )


@page("/settings/keeping", "keeping.html", KeepingPage)
def keeping() -> dict[str, Any]:
    mine = session.services()
    days = Days.of(mine.settings)
    with mine.store.read() as tx:
        soon = retention.expiring(tx, mine.now(), days)
    set_to = {"KEEP_DAYS": days.keep, "UNDO_DAYS": days.undo, "HELD_DAYS": days.held, "AUDIT_DAYS": days.audit}
    told = {one.name: one for one in described(mine.settings) if one.name in _DAYS}
    return {
        **around("keeping"),
        "days": [
            {
                "variable": name,
                "days": set_to[name] // timedelta(days=1),
                "given": told[name].given,
                "purpose": told[name].purpose,
            }
            for name in _DAYS
        ],
        "expiring": [{"webhook": one.hook, "many": one.many, "last": one.last, "kept": one.kept} for one in soon],
        "soon": sum(one.many for one in soon),
    }


@page("/settings/installation", "installation.html", InstallationPage, "admin")
def installation() -> dict[str, Any]:
    mine = session.services()
    every = [
        {"name": one.name, "value": one.value, "given": one.given, "purpose": one.purpose}
        for one in described(mine.settings)
    ]
    tokens = {one["name"]: one["value"] for one in every}
    with mine.store.read() as tx:
        stops = account.stops(tx)
        pages_ = {name: account.contact_page(tx, name) for name in mine.settings.qomon}
    spaces = [
        {
            "name": name,
            "url": space.url,
            "token": tokens.get("QOMON_TOKEN" if name == "default" else f"QOMON_TOKEN__{name.upper()}", ""),
            "contact_page": pages_[name],
            **_state(stops.get(name)),
        }
        for name, space in mine.settings.qomon.items()
    ]
    return {
        **around("installation"),
        "spaces": spaces,
        "every": every,
        "given": sum(bool(one["given"]) for one in every),
        "faults": mine.faults,
        "shared": mine.store.shared,
    }


@action("/settings/installation/contact-page", role="admin")
def learn_contact_page() -> Response:
    mine, space = session.services(), request.form.get("space", "")
    if space not in mine.settings.qomon:
        abort(404)
    contact_page.learn(mine, space, request.form.get("address", ""), session.by())
    return back("installation", _("Saved."))


def _spaces() -> list[str]:
    """The one that was named, else all."""
    known = list(session.services().settings.qomon)
    named = request.form.get("space")
    if not named:
        return known
    if named not in known:
        raise Faults([_("There is no such Qomon account.")])
    return [named]


def _state(stop: Stop | None) -> dict[str, Any]:
    return {
        "reason": stop.reason if stop else None,
        "since": stop.since if stop else None,
        "why": codes.QUEUED.get(stop.reason, codes.LATER) if stop else None,
    }


def _space(tx: Connection, name: str, stop: Stop | None, waits: dict[str, int]) -> dict[str, Any]:
    by = None
    if stop is not None and stop.reason == "paused":
        noted = audit.listed(tx, session.services().vault, did="paused", subject=name, most=1)
        by = noted[0].who if noted and noted[0].at >= stop.since else None  # else the bridge did it by itself
    return {"name": name, **_state(stop), "by": by, "waits": waits.get(name, 0)}


def _waits(tx: Connection) -> dict[str, int]:
    some = select(event.c.space).where(event.c.status == "open").limit(_MOST).subquery()
    counted = select(some.c.space, func.count().label("many")).group_by(some.c.space)
    return {row.space: int(row.many) for row in tx.execute(counted)}


def _webhooks(tx: Connection) -> list[dict[str, Any]]:
    """Those that people paused, and those that stopped by themselves."""
    paused, pulled = brakes.paused(tx), breaker.pulled(tx)
    ids = paused.keys() | pulled
    if not ids:
        return []
    rows = tx.execute(select(hooks.c.id, hooks.c.name).where(hooks.c.id.in_(ids)).order_by(hooks.c.name)).all()
    return [
        {"hook": row.id, "name": row.name, "since": paused.get(row.id), "by_itself": row.id in pulled} for row in rows
    ]
