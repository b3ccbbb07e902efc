"""One held submission: what the form says beside what Qomon holds, and a button for each thing that can be decided."""

from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from bridge.crossing.opened import report_of
from bridge.errors import BridgeError, StoreDown
from bridge.inbox import events
from bridge.model import Event
from bridge.operations import audit, causes
from bridge.operations.decide import Line, Shown
from bridge.operations.decisions import Deciders
from bridge.operations.release import NotDone
from bridge.operations.translate import Offer, Translating
from bridge.pages import held
from bridge.pages.page import action, back, me, page
from bridge.pages.session import by, services
from bridge.pages.todo import MOST, decided
from bridge.report import wording
from schemas import codes
from schemas.outputs.todo import DecidePage

_DECIDED = ("released", "retried", "skipped", "decided", "corrected")
_ALL_OF_HER = ("same", "contact", "skip")
"""What may be decided for all that waits for the same person; somebody new is created once."""


@page("/submissions/<event>/decide", "decide.html", DecidePage, "staff")
def decide(event: str) -> dict[str, Any]:
    """Reads Qomon, writes nothing there."""
    mine, row = services(), found(event)
    with mine.store.write() as tx:
        audit.note(tx, mine.vault, by(), "submission_seen", event)
    if row.status != "held":
        return {"over": True, **_ended(row)}
    told = report_of(mine.vault, row)
    shown, away, why = _shown(event)
    alike = _alike(row)
    return {
        "over": False,
        "event": event,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "hook": row.hook_name or row.hook,
        "submitted": row.submitted_at,
        "withdraws": row.withdraws or row.kind == "unsubscribed",
        "sentence": held.cause(row, told, me().role),
        "person": shown.name if shown else held.person(mine.vault, row, me().role),
        "contact": shown.contact if shown else None,
        "away": away,
        "trouble": why,
        "candidates": list(shown.candidates) if shown else [],
        "lines": list(shown.lines) if shown else _lines(told),
        "compared": shown is not None and shown.contact is not None,
        "choices": held.choices(row),
        "waits_for": causes.waits_for(told),
        "offers": _offers(row),
        "alike": len(alike) - 1,
        "alike_url": url_for("pages.cause", cause=causes.cause_of(mine.vault, row)),
        "button": lambda choice: held.button(choice, row.reason),
        "answers": codes.ANSWERS,
    }


@action("/submissions/<event>/decide")
def decide_now(event: str) -> Response:
    row, choice = found(event), request.form.get("choice", "")
    if choice not in held.BUTTONS or choice == "put_right":
        abort(400)
    what, to = request.form.get("what", ""), request.form.get("value", "")
    if choice in ("once", "mapped") and not to:
        raise NotDone(_("Choose first what ‘%(what)s’ is in Qomon.", what=what))
    if choice == "mapped":
        return _always(event, what, to)
    ids = [event]
    if "alike" in request.form and choice in _ALL_OF_HER and row.status == "held":
        ids = [one.id for one in _alike(row)]
    if len(ids) == 1:
        deciders = Deciders.of(services())
        value = _value(choice, what, to)
        deciders.one(lambda id_, who: deciders.decide(choice, value, id_, who), event, by(), sends=choice == "send")
        services().engine.sweep()
        return back("todo", held.did(choice, 1))
    done = decided(ids, choice, _value(choice, what, to))
    if wrong := [one for one in done if one.after is None]:
        raise NotDone(f"{held.did(choice, len(done) - len(wrong))} {wrong[0].why}")
    return back("todo", held.did(choice, len(done)))


def found(event: str) -> Event:
    """404 for what is not there or was erased."""
    with services().store.read() as tx:
        row = events.find_event(tx, event)
    if row is None or row.erased is not None:
        abort(404)
    return row


def _value(choice: str, what: str, to: str) -> Any:
    if choice == "contact":
        number = request.form.get("contact", "").strip()
        if not number.isascii() or not number.isdigit() or not 0 < len(number) <= 18:  # noqa: PLR2004 - a column's room
            raise NotDone(_("Write the contact’s number in Qomon: digits only."))
        return int(number)
    if choice == "only":
        ticked = request.form.getlist("field")
        if not ticked:
            raise NotDone(_("Tick the answers that are to be used."))
        return ticked
    return (what, to) if choice == "once" else what


def _shown(event: str) -> tuple[Shown | None, bool, str]:
    """What there is to decide about; else whether Qomon is away, and why nothing can be compared."""
    try:
        return Deciders.of(services()).deciding.show(event), False, ""
    except StoreDown:
        raise
    except NotDone as refusal:
        return None, False, str(refusal)
    except BridgeError as failure:
        return None, True, wording.sentence(failure)


def _lines(told: dict[str, Any]) -> list[Line]:
    return [Line(one["label"], "", one["status"], one.get("to")) for one in told["answers"]]


def _alike(row: Event) -> list[Event]:
    """What is held for the same cause, this one first."""
    mine = services()
    with mine.store.read() as tx:
        others = causes.held(tx, causes.cause_of(mine.vault, row), MOST)
    return [row, *(one for one in others if one.id != row.id)]


def _offers(row: Event) -> list[Offer]:
    if row.reason != "unknown_choice":
        return []
    try:
        return Translating(Deciders.of(services()).deciding).offered(row.id)
    except StoreDown:
        raise
    except BridgeError:
        return []


def _always(event: str, what: str, value: str) -> Response:
    hook = Translating(Deciders.of(services()).deciding).always(event, what, value, by())
    said = _("The draft of %(hook)s has it. Publish it, then send what waits here.", hook=hook.name)
    return back("decide", said, event=event)


def _ended(row: Event) -> dict[str, Any]:
    """Somebody decided, or it is tried again: who, and what it is now."""
    mine = services()
    with mine.store.read() as tx:
        noted = audit.listed(tx, mine.vault, subject=row.id, most=20)
    last = next((one for one in noted if one.did in _DECIDED), None)
    return {
        "event": row.id,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "now_is": codes.OUTCOMES.get(row.outcome.value, codes.LATER),
        "who": last.who if last else None,
        "at": last.at if last else None,
    }
