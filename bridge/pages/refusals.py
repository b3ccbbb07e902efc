"""Calls that a webhook refused: looked at masked, checked again all at once, let in by hand, or deleted."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.door import quarantine
from bridge.operations import audit, refused
from bridge.operations.refused import NotAccepted, Refused
from bridge.pages import session
from bridge.pages.page import action, back, page
from bridge.pages.session import services
from bridge.pages.webhook import Webhook
from bridge.pages.webhooks import in_the_tool, the_webhook
from schemas.outputs.refused import AcceptPage, DropPage, RefusedPage


@page("/webhooks/<hook>/refused", "refused.html", RefusedPage, "staff")
def refused_calls(hook: str) -> dict[str, Any]:
    webhook, calls = _looked_at(hook)
    with services().store.read() as tx:
        callers = quarantine.callers(tx, hook)
    return {
        "webhook": webhook,
        "tool": in_the_tool(webhook.known),
        "calls": [asdict(call) for call in calls],
        "many": len(calls),
        "waiting_ones": sum(call.waits for call in calls),
        "callers": callers,
        "days": services().settings.held.days,
    }


@action("/webhooks/<hook>/refused/recheck")
def recheck_refused(hook: str) -> Response:
    webhook = the_webhook(hook)
    if webhook.hook is None:
        raise NotAccepted(_("%(name)s does not load, so nothing can be checked yet.", name=webhook.name))
    done = refused.recheck(services(), webhook.hook, session.by)
    if not done.many:
        return back("refused_calls", _("No call is refused any more."), hook=hook)
    told = ngettext(
        "%(proven)s of %(num)s call is proven now.",
        "%(proven)s of %(num)s calls are proven now.",
        done.many,
        proven=done.proven,
    )
    new = len(done.new)
    told += " " + ngettext("%(num)s new submission received.", "%(num)s new submissions received.", new)
    if done.why is not None:
        told += " " + _("Still refused: %(many)s. %(why)s", many=done.many - done.proven, why=done.why)
    return back("refused_calls", told, hook=hook)


@page("/webhooks/<hook>/refused/<call>/accept", "refused_accept.html", AcceptPage, "staff")
def refused_accept(hook: str, call: str) -> dict[str, Any]:
    return _one(hook, call)


@action("/webhooks/<hook>/refused/<call>/accept")
def accept_refused(hook: str, call: str) -> Response:
    """Each time that it came is received, as the command does."""
    webhook, mine, by = the_webhook(hook), services(), session.by(request.form.get("why"))
    if not by.why:
        shown = {**_one(hook, call), "wrong": _("Say why it is let in."), "failed": True}
        return make_response(render_template("refused_accept.html", **shown), 409)
    vault = mine.vault  # it may have to write once: not within a write
    with mine.store.read() as tx:
        loaded, came, refusals = refused.chosen(tx, mine.hooks, webhook.name, [call])
    if call in refusals:
        raise NotAccepted(refusals[call])
    taken = []
    for one in came:
        with mine.store.write() as tx:
            taken.append(refused.accept(tx, vault, loaded, one, by, writing=mine.settings.writing))
    mine.engine.sweep()
    new, again = sum(len(one.new) for one in taken), sum(len(one.again) for one in taken)
    told = [_("The call is let in.")]
    told += [ngettext("%(num)s new submission received.", "%(num)s new submissions received.", new)] if new else []
    told += [_("It had come before: nothing is doubled.")] if again and not new else []
    told += [_("It holds no submission.")] if not again and not new else []
    return back("refused_calls", " ".join(told), hook=hook)


@page("/webhooks/<hook>/refused/delete", "refused_delete.html", DropPage, "staff")
def refused_delete(hook: str) -> dict[str, Any]:
    webhook = the_webhook(hook)
    many, waits = _counted(webhook)
    return {"webhook": webhook, "many": many, "waiting_ones": waits}


@action("/webhooks/<hook>/refused/delete", sure=True)
def delete_refused(hook: str) -> Response:
    the_webhook(hook)
    mine, vault = services(), services().vault
    with mine.store.write() as tx:
        many = refused.delete(tx, vault, hook, session.by())
    told = ngettext("%(num)s refused call deleted.", "%(num)s refused calls deleted.", many)
    return back("refused_calls", told, hook=hook)


def _looked_at(hook: str) -> tuple[Webhook, Sequence[Refused]]:
    """Noted before anything is shown."""
    webhook, mine = the_webhook(hook), services()
    vault = mine.vault  # it may have to write once: not within a read
    with mine.store.read() as tx:
        calls = refused.look(tx, vault, mine.hooks, webhook.name) if not _lost(webhook) else []
    if calls:
        with mine.store.write() as tx:
            audit.note(tx, vault, session.by(), "looked_at_refused", hook, calls=len(calls))
    return webhook, calls


def _lost(webhook: Webhook) -> bool:
    """What it would be cannot be told at all."""
    many, waits = _counted(webhook)
    return not many + waits


def _one(hook: str, id_: str) -> dict[str, Any]:
    webhook, calls = _looked_at(hook)
    call = next((one for one in calls if one.id == id_), None)
    if call is None:
        abort(404)
    return {"webhook": webhook, "call": asdict(call)}


def _counted(webhook: Webhook) -> tuple[int, int]:
    """How many calls are kept that it refused, and that came while it did not load."""
    with services().store.read() as tx:
        heaps = [heap for heap in quarantine.heaps(tx) if heap.hook == webhook.name]
    return (
        sum(heap.count for heap in heaps if not heap.waits),
        sum(heap.count for heap in heaps if heap.waits),
    )
