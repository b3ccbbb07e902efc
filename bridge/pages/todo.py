"""To do: what waits for a decision, one card for each cause, and one decision for all that one cause holds."""

from typing import Any, cast

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _

from bridge.errors import BridgeError
from bridge.operations import causes
from bridge.operations.causes import Note
from bridge.operations.decisions import Deciders, Done
from bridge.operations.release import NotDone
from bridge.operations.translate import Offer, Translating
from bridge.pages import held, numbers
from bridge.pages.page import action, back, is_twin, me, page
from bridge.pages.session import by, services, staff
from bridge.report import masked
from schemas.outputs.todo import CausePage, TodoPage

PER_PAGE = 50
MOST = 200
"""Decided at once; the rest of a cause comes after them."""
UNASKED = 50
"""More than these ask for the password again."""
_LONGEST = 500


@page("/todo", "todo.html", TodoPage)
def todo() -> dict[str, Any]:
    mine = services()
    full = causes.name_some(mine.store, mine.vault) == causes.BATCH
    with mine.store.read() as tx:
        found = causes.listed(tx, mine.vault, mine.settings.held)
        unnamed = causes.unnamed(tx) if full else 0
        last = None if found else causes.closed_last(tx)
    cards = [held.card(mine.vault, one, me().role) for one in found]
    return {
        "cards": cards,
        "unnamed": unnamed,
        "full": len(cards) == causes.MOST,
        "closed": {"who": last[0], "at": last[1]} if last else None,
    }


@page("/todo/<cause>", "cause.html", CausePage)
def cause(cause: str) -> dict[str, Any] | Response:
    """Once nobody waits for it, the way leads back to the others."""
    mine, after = services(), numbers.asked("after") or 0
    with mine.store.read() as tx:
        found = causes.one(tx, mine.vault, cause, mine.settings.held)
        rows = causes.held(tx, cause, PER_PAGE + 1, after)
    if found is None and is_twin():
        abort(404)
    if found is None:
        return back("todo", _("Nothing waits for this decision any more."))
    last = rows[PER_PAGE - 1].seq if len(rows) > PER_PAGE else None
    return {
        "card": held.card(mine.vault, found, me().role),
        "rows": [_row(row) for row in rows[:PER_PAGE]],
        "choices": [one for one in held.choices(found.first) if one in held.TOGETHER],
        "offers": _offers(found) if me().may("staff") else [],
        "button": lambda choice: held.button(choice, found.first.reason),
        "ticked": found.first.reason == "approval",
        "most": MOST,
        "people": sorted({one.name for one in staff().listed()}) if me().may("staff") else [],
        "older": url_for("pages.cause", cause=cause, after=last) if last else None,
        "first": url_for("pages.cause", cause=cause) if after else None,
    }


@action("/todo/<cause>/note")
def cause_note(cause: str) -> Response:
    mine, said = services(), request.form
    note = Note(mine.now(), said.get("note", "").strip()[:_LONGEST], said.get("who", "").strip()[:_LONGEST])
    with mine.store.write() as tx:
        if causes.one(tx, mine.vault, cause, mine.settings.held) is None:
            raise NotDone(_("Nothing waits for this decision any more."))
        causes.note(tx, mine.vault, cause, note, by())
    return back("cause", _("Noted."), cause=cause)


@action("/todo/<cause>/check")
def cause_check(cause: str) -> Response:
    """What would be done, before it is."""
    mine, choice = services(), request.form.get("choice", "")
    what, value = request.form.get("what", ""), request.form.get("value", "")
    with mine.store.read() as tx:
        found = causes.one(tx, mine.vault, cause, mine.settings.held)
        rows = causes.held(tx, cause, MOST)
    if found is None:
        return back("todo", _("Nothing waits for this decision any more."))
    if choice not in held.choices(found.first) or choice not in held.TOGETHER:
        abort(400)
    if choice in ("once", "mapped") and not value:
        raise NotDone(_("Choose first what ‘%(what)s’ is in Qomon.", what=what))
    if choice == "mapped":
        return _always(found, what, value)
    if found.first.reason == "approval" and choice == "send":
        ticked = set(request.form.getlist("event"))
        rows = [row for row in rows if row.id in ticked]
        if not rows:
            raise NotDone(_("Tick the submissions that are to be sent."))
    shown = {
        "card": held.card(mine.vault, found, me().role),
        "rows": [_row(row) for row in rows],
        "ids": [row.id for row in rows],
        "effect": held.would(choice, len(rows), what, _label(found, what, value)),
        "label": held.goes(choice, len(rows)),
        "said": {"choice": choice, "what": what, "value": value},
        "left": found.many - len(rows),
        "to": url_for("pages.cause_decide_many" if len(rows) > UNASKED else "pages.cause_decide", cause=cause),
    }
    return make_response(render_template("cause_sure.html", **shown))


@action("/todo/<cause>/decide")
def cause_decide(cause: str) -> Response:
    if len(request.form.getlist("event")) > UNASKED:
        abort(400)
    return _decide(cause)


@action("/todo/<cause>/decide-many", sure=True)
def cause_decide_many(cause: str) -> Response:
    return _decide(cause)


def decided(ids: list[str], choice: str, value: Any) -> list[Done]:
    """Of all of these, each by itself."""
    return Deciders.of(services()).each(choice, value, ids[:MOST], by(request.form.get("why")))


def _decide(cause: str) -> Response:
    choice, what = request.form.get("choice", ""), request.form.get("what", "")
    if choice not in held.TOGETHER or choice == "mapped":
        abort(400)
    value: Any = (what, request.form.get("value", "")) if choice == "once" else what
    ids = request.form.getlist("event")
    done = decided(ids, choice, value)
    wrong = [one for one in done if one.after is None]
    said = held.did(choice, len(done) - len(wrong))
    if wrong:
        shown = {"cause": cause, "wrong": wrong, "said": said, "many": len(done) - len(wrong)}
        return make_response(render_template("cause_done.html", **shown))
    mine = services()
    with mine.store.read() as tx:
        more = causes.one(tx, mine.vault, cause, mine.settings.held) is not None
    return back("cause", said, cause=cause) if more else back("todo", said)


def _always(found: causes.Card, what: str, value: str) -> Response:
    """Into the draft of its webhook; what waits is sent once that is in service."""
    hook = Translating(Deciders.of(services()).deciding).always(found.first.id, what, value, by())
    said = _("The draft of %(hook)s has it. Publish it, then send what waits here.", hook=hook.name)
    return back("cause", said, cause=found.cause)


def _offers(found: causes.Card) -> list[Offer]:
    """What each choice may be; none where the webhook does not load or Qomon's fields are not known yet."""
    if found.first.reason != "unknown_choice":
        return []
    try:
        return Translating(Deciders.of(services()).deciding).offered(found.first.id)
    except BridgeError:
        return []


def _label(found: causes.Card, what: str, value: str) -> str:
    """How Qomon calls what it stores so."""
    offers = _offers(found) if value else []
    return next((label for one in offers if one.choice == what for label, to in one.once if to == value), value)


def _row(row: Any) -> dict[str, Any]:
    return {
        "event": row.id,
        "submitted": row.submitted_at,
        "received": row.received_at,
        "hook": masked.asked(cast("str", row.hook_name or row.hook)),
        "person": held.person(services().vault, row, me().role),
        "reason": row.reason,
    }
