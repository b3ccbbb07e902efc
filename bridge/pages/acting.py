"""What staff do with one submission: send, try now, leave out, send again, put back; its effect is shown first."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _

from bridge.crossing.preview import Previewed
from bridge.errors import BridgeError
from bridge.inbox import events
from bridge.model import Event
from bridge.operations import restore
from bridge.operations.replay import Replays
from bridge.operations.several import Decide, Done, each, hand_of
from bridge.pages import became, numbers, session
from bridge.pages.page import action, back, me, page
from bridge.pages.shown import for_role
from bridge.report import wording
from bridge.services import Services
from schemas import codes
from schemas.outputs.submission import LeaveOutPage, PreviewPage


@action("/submissions/<event>/send")
def send(event: str) -> Response:
    return _decided(
        event, hand_of(session.services()).release, _("Sent after all: this page shows what becomes of it.")
    )


@action("/submissions/<event>/try")
def try_now(event: str) -> Response:
    return _decided(event, hand_of(session.services()).retry, _("It is tried now."))


@page("/submissions/<event>/leave-out", "leave_out.html", LeaveOutPage, role="staff")
def leave_out(event: str) -> dict[str, Any]:
    mine = session.services()
    one = _found(mine, event)
    return {"event": event, "outcome": one.outcome.value, "over": one.status == "done", "why": became.why(one)}


@action("/submissions/<event>/leave-out")
def leave_it_out(event: str) -> Response:
    return _decided(event, hand_of(session.services()).skip, _("Left out: nothing of it is sent any more."))


@page("/submissions/<event>/put-back", "put_back.html", PreviewPage, role="staff")
def put_back(event: str) -> dict[str, Any]:
    mine = session.services()
    one = _found(mine, event)
    return _previewed(one, lambda: restore.previewed(mine.context, mine.hooks, event))


@action("/submissions/<event>/put-back")
def put_it_back(event: str) -> Response:
    mine = session.services()
    vault, by = mine.vault, session.by(request.form.get("why"))
    with mine.store.write() as tx:
        made = restore.ask(tx, vault, event, by)
    mine.engine.sweep()
    return back("submission", _("It is being put back: this page shows what becomes of it."), event=made)


@page("/submissions/<event>/send-again", "send_again.html", PreviewPage, role="staff")
def send_again(event: str) -> dict[str, Any]:
    mine = session.services()
    one = _found(mine, event)
    as_ = _version()
    hand = Replays(mine.vault, mine.hooks, mine.settings.writing)
    with mine.store.read() as tx:
        head = mine.hooks.by_name(tx, one.hook_name) if one.hook_name else None
    shown = _previewed(one, lambda: hand.previewed(mine.context, event, as_=as_))
    return {**shown, "version": as_, "then": one.revision, "now_version": head.revision if head else None}


@action("/submissions/<event>/send-again")
def send_it_again(event: str) -> Response:
    mine = session.services()
    hand, by = Replays(mine.vault, mine.hooks, mine.settings.writing), session.by(request.form.get("why"))
    with mine.store.write() as tx:
        made = hand.ask(tx, event, by, as_=_version())
    mine.engine.sweep()
    return back("submission", _("It is sent again: this page shows what becomes of it."), event=made)


@action("/submissions/<event>/came")
def as_it_came(event: str) -> Response:
    """The body, as text and nothing else: that somebody looked is in the audit before it is shown."""
    mine = session.services()
    hand, by = hand_of(mine), session.by()
    with mine.store.write() as tx:
        came = hand.came(tx, event, by)
    return make_response(render_template("came.html", event=event, came=came.decode("utf-8", "replace")))


def _version() -> int | None:
    """By which version it is sent again; None: as its webhook is now."""
    return numbers.number(request.values.get("version"), numbers.VERSION)


def _found(mine: Services, id_: str) -> Event:
    with mine.store.read() as tx:
        one = events.find_event(tx, id_)
    if one is None:
        abort(404)
    return one


def _decided(event: str, decide: Decide, said: str) -> Response:
    """Done, or the reason why not goes on to the page of problems."""
    mine = session.services()
    _found(mine, event)
    done: list[Done] = list(each(mine, decide, [event], lambda: session.by(request.form.get("why"))))
    mine.engine.sweep()
    if done[0].refused is not None:
        raise done[0].refused
    return back("submission", said, event=event)


def _previewed(one: Event, look: Callable[[], Previewed]) -> dict[str, Any]:
    """What it would do, field by field; or why it cannot be done, or not looked at now."""
    base: dict[str, Any] = {"event": one.id, "hook": one.hook_name or one.hook, "version": None}
    try:
        seen = look()
    except BridgeError as failure:
        return {**base, "refused": wording.sentence(failure), "outcome": None, "reason": None, "lines": [], "stays": []}
    report = seen.report
    return {
        **base,
        "refused": None,
        "outcome": report["outcome"],
        "reason": report["reason"],
        "holds": str(codes.HELD.get(report["reason"], codes.LATER)) if report["reason"] else "",
        "contact": (report.get("contact") or {}).get("id"),
        "lines": [_line(line) for line in seen.before_after if line["changed"]],
        "same": sum(not line["changed"] for line in seen.before_after),
        "stays": [*_stays(report)],
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    role = me().role
    now, would = for_role(line["before"], role), for_role(line["after"], role)
    return {"field": line["field"], "now": now, "would": would, "changed": True}


def _stays(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of what is put back: what is left, and why. Of what is sent again: the answers that would not be written."""
    left = [
        {"field": one["field"], "form": None, "code": one["why"], "why": str(codes.LEFT.get(one["why"], codes.LATER))}
        for one in report.get("left", ())
    ]
    return left + [
        {
            "field": line["to"],
            "form": None,
            "code": line["status"],
            "why": str(codes.ANSWERS.get(line["status"], codes.LATER)),
        }
        for line in report["answers"]
        if line["status"] in ("older", "kept", "blocked", "invalid", "held") and line.get("to")
    ]
