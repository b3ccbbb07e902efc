"""The list of webhooks, and what people do with a whole one: import its file, export it, rename, copy, delete it."""

from contextlib import suppress
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.errors import BridgeError, Faults, TryLater
from bridge.hooks.diff import differences
from bridge.hooks.registry import Hook, Imported, check
from bridge.operations import audit, changing, glance, importing
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.changing import NotOver
from bridge.operations.glance import Glance
from bridge.pages import session
from bridge.pages.page import action, back, download, page
from bridge.pages.session import services
from bridge.pages.webhook import Webhook, found
from bridge.qomon.catalogue import Catalogue
from bridge.report import wording
from bridge.sources import SOURCES
from schemas.outputs.webhooks import DeletePage, ImportPage, OneWebhook, WebhooksPage

_LARGEST = 400_000
"""Letters of a pasted file that are read at all."""


@page("/webhooks", "webhooks.html", WebhooksPage)
def webhooks() -> dict[str, Any]:
    gone = "deleted" in request.args
    mine = services()
    with mine.store.read() as tx:
        listed = glance.all_of(tx, mine, deleted=gone)
        others = [] if gone else glance.all_of(tx, mine, deleted=True)
    writes = [one for one in listed if _writes(one)]
    return {
        "webhooks": [_line(one) for one in listed],
        "deleted": gone,
        "gone": len(others),
        "still": sum(bool(one.week) for one in others),
        "writing_ones": len(writes),
        "troubled": sum(one.trouble > 1 for one in listed),  # changes to watch can wait
    }


def tool_name(hook: Hook | None) -> str | None:
    return SOURCES[hook.source].title if hook is not None else None


def in_the_tool(hook: Hook | None) -> str:
    """The same within a sentence: the sources of whatever is no tool of its own have a title that is none."""
    return str(tool_name(hook)) if hook is not None and hook.source not in ("json", "form") else _("the tool")


def the_webhook(id_: str) -> Webhook:
    """404 for one that was deleted, too."""
    with services().store.read() as tx:
        webhook = found(tx, id_)
    return abort(404) if webhook.deleted else webhook


@page("/webhooks/<hook>/rename", "webhook_rename.html", OneWebhook, "staff")
def webhook_rename(hook: str) -> dict[str, Any]:
    return {"webhook": the_webhook(hook)}


@action("/webhooks/<hook>/rename")
def rename_webhook(hook: str) -> Response:
    webhook, mine, by = the_webhook(hook), services(), session.by()
    new, vault = request.form.get("name", "").strip(), mine.vault
    force = "in_file" in request.form
    try:
        with mine.store.write() as tx:
            done = changing.rename(tx, mine.hooks, webhook.name, new, by, force=force)
            audit.note(tx, vault, by, "renamed", done.id, old=webhook.name, new=done.name, version=done.revision)
    except BridgeError as failure:
        return _again("webhook_rename.html", failure, webhook=webhook, typed=new, force=force)
    return back("live", _("It is called %(name)s now. Its address is the same.", name=done.name), hook=hook)


@page("/webhooks/<hook>/copy", "webhook_copy.html", OneWebhook, "staff")
def webhook_copy(hook: str) -> dict[str, Any]:
    return {"webhook": the_webhook(hook)}


@action("/webhooks/<hook>/copy")
def copy_webhook(hook: str) -> Response:
    webhook, mine, by = the_webhook(hook), services(), session.by()
    new, vault = request.form.get("name", "").strip(), mine.vault
    try:
        with mine.store.write() as tx:
            done = changing.copy(tx, mine.hooks, webhook.name, new, by)
            audit.note(tx, vault, by, "copied", done.id, old=webhook.name, new=done.name)
    except BridgeError as failure:
        return _again("webhook_copy.html", failure, webhook=webhook, typed=new)
    return back("live", _("%(name)s listens at an address of its own.", name=done.name), hook=done.id)


@page("/webhooks/<hook>/delete", "webhook_delete.html", DeletePage, "staff")
def webhook_delete(hook: str) -> dict[str, Any]:
    webhook, mine = the_webhook(hook), services()
    waits: dict[str, list[str]] = {}
    refused = 0
    with mine.store.read() as tx:
        try:
            refused = changing.leaving(tx, mine.hooks, webhook.name).refused
        except NotOver as left:
            waits = left.events
        week = glance.week_of(tx, hook, glance.since(tx, mine.now()))
    return {
        "webhook": webhook,
        "week": week,
        "most": glance.MOST,
        "refused": refused,
        "waits": {status: len(events) for status, events in waits.items()},
    }


@action("/webhooks/<hook>/delete", sure=True)
def delete_webhook(hook: str) -> Response:
    with services().store.read() as tx:
        webhook = found(tx, hook)
    mine, by = services(), session.by()
    vault = mine.vault  # it may have to write once: not within a write
    if not webhook.deleted:  # twice is once
        try:
            with mine.store.write() as tx:
                changing.delete(tx, mine.hooks, webhook.name, by.at)
                audit.note(tx, vault, by, "hook_deleted", hook, name=webhook.name)
        except NotOver:
            return back("webhook_delete", hook=hook)
    said = _("%(name)s is deleted. Its address still answers, and what comes there is left out.", name=webhook.name)
    return back("webhooks", said)


@download("/webhooks/<hook>/export")
def export_webhook(hook: str) -> Response:
    with services().store.read() as tx:
        webhook = found(tx, hook)
        exported = services().hooks.exported(tx, webhook.name)
    if exported is None:
        return abort(404)
    answer = make_response(exported.text.encode())
    answer.headers["Content-Type"] = "application/yaml; charset=utf-8"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{webhook.name}.yaml")
    return answer


@page("/webhooks/import", "webhook_import.html", ImportPage, "staff")
def webhook_import() -> dict[str, Any]:
    return {"text": ""}


@action("/webhooks/import")
def import_webhook() -> Response:
    """First what would change, then, with the same text, the import itself."""
    text = request.form.get("text", "")[:_LARGEST].replace("\r\n", "\n")
    force, mine = "force" in request.form, services()
    try:
        said, catalogue = _read(text)
        if "save" not in request.form:
            return _import(text, force=force, change=_change(said, catalogue))
        press, by = Publisher(mine.vault), session.by(request.form.get("why"))
        with mine.store.write() as tx:
            done = importing.put(tx, mine.hooks, press, said, catalogue, by, force=force)
            id_ = mine.hooks.id_of(tx, said.name)
    except Faults as failure:
        return _import(text, force=force, faults=failure.faults)
    if isinstance(done, Imported):
        told = _("%(name)s is in service as version %(number)s.", name=said.name, number=done.hook.revision)
        return back("live", told, hook=id_)
    told = ngettext(
        "%(name)s waits as a draft: %(num)s answer that is sent now would no longer be.",
        "%(name)s waits as a draft: %(num)s answers that are sent now would no longer be.",
        done.lost,
        name=said.name,
    )
    return back("live", told, hook=id_)


def _read(text: str) -> tuple[Hook, Catalogue | None]:
    """Raises Faults, all of them, each with its line."""
    said = services().hooks.parse(text)
    catalogue = _catalogue(said)
    if wrong := check(said, catalogue) if catalogue is not None else []:
        raise Faults(wrong)
    return said, catalogue


def _change(said: Hook, catalogue: Catalogue | None) -> dict[str, Any]:
    """What saving it would change."""
    mine = services()
    press = Publisher(mine.vault)
    with mine.store.read() as tx:
        head = importing.in_service(tx, mine.hooks, said.name)
        known = mine.hooks.id_of(tx, said.name) is not None
        past = press.past(tx, head) if head is not None and catalogue is not None else []
    lost = press.rehearsed(head, said, catalogue, past).lost if head is not None and catalogue and past else 0
    return {
        "name": said.name,
        "new": not known,
        "same": head is not None and head.text == said.text,
        "mode": said.mode,
        "rules": len(said.rules),
        "version": head.revision if head is not None else 0,
        "overwrites": head is not None and head.owner == "pages" and head.text != said.text,
        "differences": differences(head, said) if head is not None else [],
        "lost": lost,
        "checked": catalogue is not None,
    }


def _import(text: str, *, force: bool, faults: list[str] | None = None, change: Any = None) -> Response:
    shown = {"text": text, "force": force, "faults": faults or [], "change": change, "failed": bool(faults)}
    return make_response(render_template("webhook_import.html", **shown), 409 if faults else 200)


def _again(template: str, failure: BridgeError, **shown: Any) -> Response:
    """The form once more, with what was typed and why it was not done."""
    told = {"wrong": wording.sentence(failure), "failed": True, **shown}
    return make_response(render_template(template, **told), 409)


def _catalogue(hook: Hook) -> Catalogue | None:
    """Qomon's fields as they are now, if they can be read."""
    mine = services()
    with suppress(TryLater):
        return mine.catalogues.refresh(hook.space, mine.spaces[hook.space].visit(), mine.now())
    return None


def _writes(one: Glance) -> bool:
    return one.hook is not None and one.hook.mode in ("approve", "live") and not one.paused and not one.deleted


def _line(one: Glance) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "tool": tool_name(one.hook),
        "mode": one.hook.mode if one.hook else None,
        "paused": one.paused,
        "stopped": one.stopped,
        "loadable": one.hook is not None,
        "proof": one.hook.proof.scheme if one.hook else None,
        "last": one.last,
        "week": min(one.week, glance.MOST),
        "more": one.week > glance.MOST,
        "held": one.held,
        "refused": one.refused,
        "changes": one.moved,
        "version": one.revision,
        "deleted_at": one.deleted,
    }
