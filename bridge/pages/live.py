"""The tab Live of a webhook: what is to be right before it writes, the switch of what it does, its brake, what it
kept while it listened."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from itertools import takewhile
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection

from bridge.errors import TryLater
from bridge.hooks import breaker, revisions
from bridge.hooks.diff import differences
from bridge.hooks.hook import Hook
from bridge.hooks.revisions import By
from bridge.inbox import captured
from bridge.operations import kept as keeping
from bridge.operations import pausing
from bridge.operations.authoring import in_service, readiness, switching
from bridge.operations.authoring.in_service import SENDING, InTheWay
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.authoring.readiness import Line
from bridge.operations.changing import NotChanged
from bridge.operations.kept import Decided
from bridge.pages import numbers, session
from bridge.pages.page import action, back, page
from bridge.pages.session import services
from bridge.pages.webhook import Webhook, around, found
from bridge.pages.webhooks import the_webhook, tool_name
from bridge.qomon.catalogue import Catalogue
from bridge.report import wording
from schemas.outputs.live import KeptPage, LivePage

_FIRST = 10
"""Writes that wait for a yes where the webhook does not say how many, as in its file."""
MANY = 50
"""More are sent only by whoever types the password again."""
_FIXES: Mapping[str, tuple[str, bool]] = {
    "decided": ("mapping", True),
    "identity": ("mapping", True),
    "proof": ("reception", True),
    "previewed": ("preview", True),
    "targets": ("mapping", True),
    "contact": ("check_up", False),
    "check_up": ("check_up", False),
    "alerts": ("alerts", False),
    "asleep": ("check_up", False),
}
"""The page where a line of the checklist is put right, and whether it is this webhook's."""


@page("/webhooks/<hook>/live", "live.html", LivePage)
def live(hook: str) -> dict[str, Any]:
    return _shown(hook)


@action("/webhooks/<hook>/live")
def switch(hook: str) -> Response:
    """Listening, dry run, live: by a new version. What is not right is shown on the page, and nothing was done."""
    webhook, form = the_webhook(hook), request.form
    asked = form.get("mode", "")
    mode = {"live": "approve" if "approve" in form else "live", "preview": "preview", "capture": "capture"}.get(asked)
    if webhook.hook is None or mode is None:
        raise NotChanged(_("Choose what it is to do."))
    if mode in SENDING and (wrong := _not_ready(webhook, form.get("know", "").split(","))):
        return _again(hook, mode, wrong)
    by = session.by(form.get("why"))
    try:
        done = switching.switch(
            services(), webhook.hook, mode, by, seen=_number("seen") or 0, over=_number("over"), lose=_number("lose")
        )
    except InTheWay as stop:
        return _again(hook, mode, _in_the_way(stop))
    except (NotChanged, TryLater) as failure:
        return _again(hook, mode, wording.sentence(failure))
    if done.waits and form.get("kept") == "send":
        if len(done.waits) > MANY:
            return back("kept", _told(done.hook), hook=hook)
        return back("live", f"{_told(done.hook)} {_sent(keeping.send(services(), hook, _now))}", hook=hook)
    return back("live", _told(done.hook), hook=hook)


@action("/webhooks/<hook>/pause")
def pause_webhook(hook: str) -> Response:
    webhook, mine = the_webhook(hook), services()
    pausing.pause_hook(mine, mine.vault, hook, session.by())
    told = _("%(name)s is paused: submissions are still received and kept, nothing is written.", name=webhook.name)
    return back("live", told, hook=hook)


@action("/webhooks/<hook>/resume")
def resume_webhook(hook: str) -> Response:
    webhook, mine = the_webhook(hook), services()
    done = pausing.resume_hook(mine, hook, session.by())
    told = _("%(name)s writes again: what waited is sent, oldest first.", name=webhook.name)
    if done.waited:
        many = len(done.waited)
        told += " " + ngettext(
            "%(num)s submission that was held because of it is sent.",
            "%(num)s submissions that were held because of it are sent.",
            many,
        )
    return back("live", told, hook=hook)


@page("/webhooks/<hook>/kept", "kept.html", KeptPage, "staff")
def kept(hook: str) -> dict[str, Any]:
    """What it kept while it listened, and what becomes of that."""
    webhook = the_webhook(hook)
    with services().store.read() as tx:
        many = captured.many(tx, hook)
    sends = webhook.hook is not None and webhook.hook.mode in SENDING
    return {"webhook": webhook, "many": many, "sends": sends, "most": keeping.MOST, "sure_from": MANY}


@action("/webhooks/<hook>/kept/send")
def send_kept(hook: str) -> Response:
    """A few; more than a few ask for the password."""
    the_webhook(hook)
    with services().store.read() as tx:
        many = captured.many(tx, hook)
    if many > MANY:
        return back("kept", hook=hook)
    return back("live", _sent(keeping.send(services(), hook, _now)), hook=hook)


@action("/webhooks/<hook>/kept/send-all", sure=True)
def send_all_kept(hook: str) -> Response:
    the_webhook(hook)
    done = keeping.send(services(), hook, _now)
    return back("kept" if done.left else "live", _sent(done), hook=hook)


@action("/webhooks/<hook>/kept/leave-out", sure=True)
def leave_out_kept(hook: str) -> Response:
    the_webhook(hook)
    done = keeping.leave_out(services(), hook, _now)
    told = ngettext("%(num)s submission is left out.", "%(num)s submissions are left out.", done.done)
    return back("kept" if done.left else "live", _with_rest(told, done), hook=hook)


def _shown(id_: str, **more: Any) -> dict[str, Any]:
    mine = services()
    with mine.store.read() as tx:
        webhook = found(tx, id_)
        waits = captured.many(tx, id_)
        stopped = breaker.why(tx, id_)
        paused = mine.hooks.paused(tx).get(webhook.name)
        since = _since(tx, webhook)
        lines, lost = _read(tx, webhook) if not webhook.deleted else ([], 0)
    if lines and not _is_live(webhook):
        lines.append(readiness.well(mine))
    head, draft = webhook.hook, webhook.draft
    known = draft or head
    return {
        **around(webhook, "live"),
        "tool_name": tool_name(webhook.known),
        "since": since,
        "paused_since": paused,
        "stopped": wording.why_tripped(stopped[0].code, stopped[0].field, stopped[0].count) if stopped else None,
        "stopped_since": stopped[1] if stopped else None,
        "kept": waits,
        "many": MANY,
        "is_live": _is_live(webhook),
        "lines": [{**asdict(line), "fix": _FIXES.get(line.code)} for line in lines],
        "ready": bool(lines) and all(line.state != "stop" for line in lines),
        "git": head is not None and head.owner == "git",
        "approve": (known.approve if known is not None else 0) or _FIRST,
        "differences": differences(head, draft) if head is not None and draft is not None else [],
        "lost": lost,
        "over": _over(webhook),
        "typed": request.form if request.method == "POST" else None,
        **more,
    }


def _read(tx: Connection, webhook: Webhook) -> tuple[list[Line], int]:
    """The checklist of what would be put in service, and how many answers of now would not be sent by it."""
    head, draft, mine = webhook.hook, webhook.draft, services()
    if head is None or (_is_live(webhook) and draft is None):
        return [], 0
    wanted, press, catalogue = draft or head, Publisher(mine.vault), mine.catalogues.stored((draft or head).space)
    past = press.past(tx, head)
    alerted = mine.settings.alerted
    lines = readiness.checklist(tx, wanted, catalogue, past, mine.now(), draft=draft is not None, alerted=alerted)
    sent = draft is not None and catalogue is not None and past
    lost = press.rehearsed(head, draft, catalogue, past).lost if sent and draft and catalogue else 0
    return lines, lost


def _not_ready(webhook: Webhook, known: list[str]) -> str | None:
    """The first line of the checklist that keeps it from going live."""
    mine, wanted = services(), webhook.draft or webhook.hook
    assert wanted is not None  # noqa: S101 - asked before
    catalogue: Catalogue | None = None
    with suppress(TryLater):  # it is told when it is published
        catalogue = mine.catalogues.refresh(wanted.space, mine.spaces[wanted.space].visit(), mine.now())
    with mine.store.read() as tx:
        past = Publisher(mine.vault).past(tx, webhook.hook or wanted)
        lines = readiness.checklist(
            tx, wanted, catalogue, past, mine.now(), draft=webhook.draft is not None, alerted=mine.settings.alerted
        )
    lines.append(readiness.well(mine))
    if stops := [line for line in lines if line.state == "stop"]:
        return stops[0].said
    if open_ := [line for line in lines if line.state == "look" and line.code not in known]:
        return _("Tick that you know: %(what)s", what=open_[0].said)
    return None


def _again(hook: str, mode: str, wrong: str) -> Response:
    shown = _shown(hook, wrong=wrong, failed=True, asked=mode)
    return make_response(render_template("live.html", **shown), 409)


def _in_the_way(stop: InTheWay) -> str:
    if stop.undecided:
        return in_service.undecided_told(stop.undecided[0])
    if stop.lost is None:
        return " ".join(stop.faults[:1])
    return _("Say that you know which answers would no longer be sent, and why.")


def _is_live(webhook: Webhook) -> bool:
    return webhook.hook is not None and webhook.hook.mode in SENDING


def _over(webhook: Webhook) -> int | None:
    """The version that somebody published since the draft was begun."""
    with services().store.read() as tx:
        begun = revisions.draft(tx, webhook.id)
    return webhook.revision if begun is not None and begun.base != webhook.revision else None


def _since(tx: Connection, webhook: Webhook) -> datetime | None:
    """When it began to do what it does, through how many versions ever."""
    if webhook.hook is None:
        return None
    live_ = _is_live(webhook)
    newest_first = reversed(revisions.history(tx, webhook.id))
    same = [*takewhile(lambda one: switching.sends(one.text) == live_, newest_first)]
    return same[-1].by.at if same else None


def _told(hook: Hook) -> str:
    told = {
        "capture": _("%(name)s listens: nothing can reach Qomon.", name=hook.name),
        "preview": _("%(name)s makes dry runs: nothing is written.", name=hook.name),
        "live": _("%(name)s is live, version %(number)s.", name=hook.name, number=hook.revision),
    }
    if hook.mode == "approve":
        return ngettext(
            "%(name)s is live, version %(number)s. The first write waits for your yes.",
            "%(name)s is live, version %(number)s. The first %(num)s writes wait for your yes.",
            hook.approve,
            name=hook.name,
            number=hook.revision,
        )
    return told[hook.mode]


def _sent(done: Decided) -> str:
    told = ngettext("%(num)s kept submission is sent.", "%(num)s kept submissions are sent.", done.done)
    return _with_rest(told, done)


def _with_rest(told: str, done: Decided) -> str:
    if not done.left:
        return told
    rest = ngettext("%(num)s is still kept.", "%(num)s are still kept.", done.left)
    return f"{told} {rest}" + (f" {done.why}" if done.why else "")


def _now() -> By:
    return session.by()


def _number(name: str) -> int | None:
    return numbers.number(request.form.get(name))
