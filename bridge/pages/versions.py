"""The versions of a webhook: what was in service when, what would a draft change, and back to an older one."""

from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import Connection, func, select

from bridge.errors import BridgeError, Faults, TryLater
from bridge.hooks import revisions
from bridge.hooks.diff import differences
from bridge.hooks.hook import Hook
from bridge.hooks.revisions import Revision
from bridge.operations.authoring import in_service
from bridge.operations.authoring.in_service import InTheWay, Wanted
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.authoring.rehearsal import KINDS, Rehearsal
from bridge.operations.authoring.samples import LAST
from bridge.pages import numbers, session, targets
from bridge.pages.board import forms
from bridge.pages.page import action, back, me, page
from bridge.pages.session import services
from bridge.pages.webhook import Webhook, around, found
from bridge.report import wording
from bridge.store.tables import event
from schemas import codes
from schemas.outputs.mapping import DiscardPage, PublishPage, VersionsPage

_SHOWN = 20
_COUNTED = 10_000
"""The newest submissions of a webhook that are counted by version."""
_LAST = (50, 200, 1000)
"""Of how many submissions the table may be; publishing itself goes by the last 200, in any case."""
_LOOK = 5
"""Submissions to look at that a line of the table names."""
_KINDS = {
    "same": lazy_gettext("Same"),
    "new": lazy_gettext("New"),
    "lost": lazy_gettext("Lost"),
    "different": lazy_gettext("Different"),
}


@page("/webhooks/<hook>/versions", "versions.html", VersionsPage)
def versions(hook: str) -> dict[str, Any]:
    mine, before = services(), numbers.asked("before")
    with mine.store.read() as tx:
        webhook = found(tx, hook)
        past = revisions.history(tx, webhook.id)
        listed = [one for one in past if before is None or one.number < before][-_SHOWN:]
        handled = _handled(tx, webhook.id)
        draft = revisions.draft(tx, webhook.id)
        told = [{**_version(tx, webhook, one), "submissions": handled.get(one.number, 0)} for one in reversed(listed)]
    more = bool(listed) and listed[0].number > past[0].number
    return {
        **around(webhook, "versions"),
        "versions": told,
        "draft": _draft(webhook, draft) if draft is not None else None,
        "older": listed[0].number if more else None,
        "before": before,
        "counted": _COUNTED if sum(handled.values()) >= _COUNTED else None,
        "may_edit": me().may("staff") and webhook.owner == "pages" and not webhook.deleted,
    }


@page("/webhooks/<hook>/publish", "publish.html", PublishPage, "staff")
def publish_page(hook: str) -> dict[str, Any] | Response:
    webhook, wanted = _of_draft(hook)
    return _asked(webhook, wanted) if wanted is not None else _no_draft(hook)


@action("/webhooks/<hook>/publish")
def publish_draft(hook: str) -> Response:
    webhook, wanted = _of_draft(hook)
    if wanted is None:
        return _no_draft(hook)
    return _publish(webhook, wanted)


@page("/webhooks/<hook>/versions/<int:number>", "publish.html", PublishPage, "staff")
def version(hook: str, number: int) -> dict[str, Any]:
    webhook, wanted = _of_version(hook, number)
    return _asked(webhook, wanted, number)


@action("/webhooks/<hook>/versions/<int:number>")
def go_back(hook: str, number: int) -> Response:
    webhook, wanted = _of_version(hook, number)
    return _publish(webhook, wanted, number)


@page("/webhooks/<hook>/discard", "discard.html", DiscardPage, "staff")
def discard_page(hook: str) -> dict[str, Any] | Response:
    webhook, wanted = _of_draft(hook)
    if wanted is None:
        return _no_draft(hook)
    told = differences(webhook.hook, wanted.hook) if webhook.hook is not None else []
    return {**around(webhook, "versions"), "differences": told}


@action("/webhooks/<hook>/discard")
def discard_draft(hook: str) -> Response:
    webhook, _wanted = _of_draft(hook)
    there = in_service.discard(services(), webhook.name, session.by())
    return back("versions", _("The draft is thrown away."), hook=hook) if there else _no_draft(hook)


def _no_draft(hook: str) -> Response:
    return back("versions", _("There is no draft any more: it was published, or thrown away."), hook=hook)


def _of_draft(hook: str) -> tuple[Webhook, Wanted | None]:
    mine = services()
    with mine.store.read() as tx:
        webhook = found(tx, hook)
        return webhook, in_service.of_draft(tx, mine, webhook.name)


def _of_version(hook: str, number: int) -> tuple[Webhook, Wanted]:
    mine = services()
    with mine.store.read() as tx:
        webhook = found(tx, hook)
        head = _head(webhook)
        wanted = in_service.of_version(tx, mine, head, number) if number != head.revision else None
    return webhook, wanted if wanted is not None else abort(404)


def _head(webhook: Webhook) -> Hook:
    """Raises Faults where nothing can be compared, or where it is kept elsewhere."""
    if webhook.hook is None or webhook.deleted:
        raise Faults([*webhook.faults] or [_("This webhook was deleted.")])
    if webhook.owner != "pages":
        raise Faults([_("This webhook is kept in a file (owner: git). Its versions change with that file.")])
    return webhook.hook


def _asked(webhook: Webhook, wanted: Wanted, number: int | None = None) -> dict[str, Any]:
    """What publishing would do, tried on past submissions, before anybody is asked to."""
    head, mine = _head(webhook), services()
    most = request.values.get("last", LAST, type=int)
    most = most if most in _LAST else LAST
    catalogue = forms(head)
    if catalogue is None:
        raise BridgeError(_("Qomon’s fields could not be read, so nothing was done. Try again in a minute."))
    press = Publisher(mine.vault)
    with mine.store.read() as tx:
        past = press.past(tx, head, max(most, LAST))
    stop = in_service.in_the_way(wanted, catalogue, past[:LAST], strict=True)
    tried = press.rehearsed(head, wanted.hook, catalogue, past[:most])
    asked = tried if most == LAST else press.rehearsed(head, wanted.hook, catalogue, past[:LAST])
    return {
        **around(webhook, "versions"),
        "number": number,
        "head": head.revision,
        "meanwhile": head.revision if wanted.base != head.revision else None,
        "differences": differences(head, wanted.hook),
        "last": most,
        "lasts": _LAST,
        "kinds": [(kind, str(_KINDS[kind])) for kind in KINDS],
        **_rehearsed(tried),
        "lose": asked.lost,
        "faults": [*stop.faults] if stop else [],
        "undecided": len(stop.undecided) if stop else 0,
        "undecided_labels": [one.label for one in stop.undecided] if stop else [],
        "listens": wanted.hook.mode in in_service.LISTENING,
        "goes_on": wanted.hook.mode == head.mode,
        "why": "",
    }


def _rehearsed(tried: Rehearsal) -> dict[str, Any]:
    lines = [
        {
            "name": targets.called(line.name),
            **{kind: line.counts[kind] for kind in KINDS},
            "events": line.events[:_LOOK],
        }
        for line in tried.lines
    ]
    return {
        "submissions": tried.submissions,
        "lost": tried.lost,
        "lines": lines,
        "holds": dict(tried.holds),
        "held": [(many, str(codes.HELD[reason])) for reason, many in tried.holds.items()],
        "left_out": tried.left_out,
    }


def _publish(webhook: Webhook, wanted: Wanted, number: int | None = None) -> Response:
    head, said, mine = _head(webhook), request.form, services()
    seen, by = said.get("seen", type=int), session.by(said.get("why"))
    if seen != head.revision:
        told = _("Version %(number)s is in service since: nothing was published.", number=head.revision)
        return back("versions", told, hook=webhook.id)
    if wanted.base != head.revision and said.get("over", type=int) != head.revision:
        return _again(webhook, wanted, number, _("Say that you have seen version %(head)s.", head=head.revision))
    try:
        catalogue = mine.catalogues.refresh(head.space, mine.spaces[head.space].visit(), mine.now())
        lose = said.get("lose", type=int)
        done = in_service.publish(mine, head, wanted, catalogue, by, lose=lose, strict=True).hook
    except InTheWay as stop:
        return _again(webhook, wanted, number, _stopped(stop, by.why), lost=stop.lost)
    except TryLater:
        told = _("Qomon’s fields could not be read, so nothing was done. Try again in a minute.")
        return _again(webhook, wanted, number, told)
    except Faults as failure:
        return _again(webhook, wanted, number, str(failure))
    return back("versions", _("Version %(number)s is in service.", number=done.revision), hook=webhook.id)


def _stopped(stop: InTheWay, why: str | None) -> str:
    if stop.undecided:
        return " ".join(in_service.undecided_told(one) for one in stop.undecided)
    if stop.lost is not None:
        asked = _("Say that you know it, and why.") if not why else _("Say that you know it.")
        lost = ngettext(
            "%(num)s answer would no longer be sent.", "%(num)s answers would no longer be sent.", stop.lost.lost
        )
        return f"{lost} {asked}"
    return " ".join(stop.faults)


def _again(webhook: Webhook, wanted: Wanted, number: int | None, wrong: str, lost: Rehearsal | None = None) -> Response:
    told = {**_asked(webhook, wanted, number), "why": request.form.get("why", ""), "failed": True, "wrong": wrong}
    if lost is not None:
        told |= {**_rehearsed(lost), "lose": lost.lost}
    return make_response(render_template("publish.html", **told), 409)


def _handled(tx: Connection, hook: str) -> dict[int, int]:
    """Submissions by version, of the newest: by the index of the webhook's events."""
    newest = select(event.c.revision).where(event.c.hook == hook).order_by(event.c.seq.desc()).limit(_COUNTED)
    one = newest.subquery()
    rows = tx.execute(select(one.c.revision, func.count().label("many")).group_by(one.c.revision)).all()
    return {row.revision: row.many for row in rows}


def _version(tx: Connection, webhook: Webhook, one: Revision) -> dict[str, Any]:
    try:
        new = services().hooks.revision(tx, webhook.id, one.number)
        told = differences(services().hooks.revision(tx, webhook.id, one.base), new) if one.base else []
        fault = None
    except Faults as failure:
        told, fault = [], wording.sentence(failure)
    return {
        "number": one.number,
        "at": one.by.at,
        "who": one.by.who,
        "why": one.by.why,
        "first": not one.base,
        "differences": told,
        "fault": fault,
        "now": one.number == webhook.revision,
    }


def _draft(webhook: Webhook, draft: Revision) -> dict[str, Any]:
    both = webhook.hook is not None and webhook.draft is not None
    told = differences(webhook.hook, webhook.draft) if both and webhook.hook and webhook.draft else []
    return {"base": draft.base, "at": draft.by.at, "who": draft.by.who, "differences": told}
