"""The Reception tab: the address, how to set the tool up, the secret and its successors, and what came."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _
from sqlalchemy import Connection, select

from bridge.door import quarantine
from bridge.model import Json
from bridge.operations import secrets
from bridge.operations.authoring import samples, tools
from bridge.operations.authoring.samples import Arrival
from bridge.operations.authoring.tools import Tool
from bridge.operations.secrets import Secrets
from bridge.pages import session, shown
from bridge.pages.page import action, back, is_twin, me, page
from bridge.pages.webhook import Webhook, around, found
from bridge.store.tables import revision
from schemas import normal
from schemas.outputs.connecting import ReceptionPage, SecretPage

_LAST = 10
_MOST = 10_000
"""Calls under one secret that are counted."""
_HELP_AFTER = timedelta(minutes=3)
_SCRIPT = Path(__file__).parents[2] / "docs" / "google-forms.gs"
_ITS_ADDRESS = "https://bridge.example.org/hooks/abcd1234"


@page("/webhooks/<hook>", "reception.html", ReceptionPage)
def reception(hook: str) -> dict[str, Any]:
    services, now = session.services(), session.services().now()
    with services.store.read() as tx:
        mine = found(tx, hook)
        if mine.deleted:
            abort(404)
        of = secrets.secrets(tx, services.hooks, mine.name, now, _MOST)
        came = samples.arrivals(tx, services.vault, mine.id, mine.known, _LAST)
        refused = sum(one.count for one in quarantine.heaps(tx) if one.hook == mine.name and not one.waits)
        made = _made(tx, mine.id)
    secret = _secret(mine, of)
    tool, address = _tool(mine), f"{_base()}/hooks/{mine.address}"
    whole = f"{address}/{secret}" if of.scheme == "url" and secret else address
    return {
        **around(mine, "reception"),
        "guide": tool,
        "address": address,
        "whole": whole,
        "secrets": of,
        "secret": secret,
        "header": mine.known.proof.header if mine.known and of.scheme == "header" else None,
        "steps": tools.steps(tool, of.scheme) if tool is not None else (),
        "usual": tool is not None and of.scheme == tool.scheme,
        "script": _script(address) if tool is not None and tool.script and of.scheme == tool.scheme else None,
        "arrived": [_arrived(one) for one in came],
        "refused": refused,
        "seen": f"{came[0].event if came else ''} {refused}",
        "late": not came and made is not None and now - made > _HELP_AFTER,
        "ends": mine.address[-3:],
        "invented": _invented(),
    }


@page("/webhooks/<hook>/secret", "secret.html", SecretPage, role="admin")
def secret(hook: str) -> dict[str, Any]:
    """What replacing the secret does, before it is done; of an open address, what asking for one does."""
    mine, of = _with_secrets(hook)
    days = secrets.usual_overlap(of.scheme).days
    until = session.services().now() + timedelta(days=days)
    going = [one for one in of.stored if not one.over]
    newest = of.stored[0].id if of.stored else ""
    shows = {"secrets": of, "guide": _tool(mine), "days": days, "until": until, "going": going, "newest": newest}
    return {**around(mine, "reception"), **shows}


@action("/webhooks/<hook>/secret", role="admin", sure=True)
def replace_secret(hook: str) -> Response:
    services, by = session.services(), session.by()
    mine, of = _with_secrets(hook)
    tool = _tool(mine)
    overlap = timedelta(0) if request.form.get("old") == "ends" else None
    newest = request.form.get("newest", "")
    with services.store.write() as tx:
        if of.scheme == "none":
            proof = tool.proof if tool is not None else {"scheme": "url"}
            secrets.protect(tx, services.hooks, services.vault, mine.name, proof, by)
        else:
            secrets.replace(tx, services.hooks, services.vault, mine.name, by, overlap, newest)
    return back("reception", _("1 new secret was made. Paste it into the tool now."), hook=mine.id)


@page("/webhooks/<hook>/secret/<id_>", "secret_end.html", SecretPage, role="admin")
def end_secret(hook: str, id_: str) -> dict[str, Any]:
    """What ending an older secret now does, before it is done."""
    mine, of = _with_secrets(hook)
    ending = next((one for one in of.stored if one.id == id_ and not one.over), None)
    if ending is None:
        abort(404)
    return {**around(mine, "reception"), "secrets": of, "ending": ending, "days": 0}


@action("/webhooks/<hook>/secret/<id_>", role="admin", sure=True)
def end_secret_now(hook: str, id_: str) -> Response:
    services, by = session.services(), session.by()
    mine, _of = _with_secrets(hook)
    with services.store.write() as tx:
        secrets.end(tx, services.hooks, services.vault, mine.name, id_, by)
    return back("reception", _("1 secret is over: calls under it are refused, and kept for 72 hours."), hook=mine.id)


def _with_secrets(hook: str) -> tuple[Webhook, Secrets]:
    services = session.services()
    with services.store.read() as tx:
        mine = found(tx, hook)
        if mine.deleted:
            abort(404)
        return mine, secrets.secrets(tx, services.hooks, mine.name, services.now(), _MOST)


def _secret(mine: Webhook, of: Secrets) -> str | None:
    """The newest, for staff and until it is in use; that they looked is kept. The twin never says it."""
    if is_twin() or not me().may("staff") or not of.stored or not of.stored[0].readable:
        return None
    services, by = session.services(), session.by()
    if by.at - of.stored[0].made_at >= services.settings.keep:
        return None  # what came under it is not known any more
    with services.store.write() as tx:
        return secrets.shown(tx, services.hooks, services.vault, mine.name, by)


def _tool(mine: Webhook) -> Tool | None:
    return tools.tool(mine.known.source) if mine.known else None


def _base() -> str:
    """Where tools reach this bridge: as the deployer says, else as this browser does."""
    settings = session.services().settings
    return settings.public_url if settings.environ.get("PUBLIC_URL") else request.host_url.rstrip("/")


def _script(address: str) -> str | None:
    """Google's script with the address in it; the secret never stands there. None where the docs were not deployed."""
    try:
        return _SCRIPT.read_text(encoding="utf-8").replace(_ITS_ADDRESS, address)
    except OSError:
        return None


def _made(tx: Connection, hook: str) -> datetime | None:
    """When its first version was."""
    at = tx.scalar(select(revision.c.at).where(revision.c.hook == hook, revision.c.number == 1))
    return None if at is None else normal.from_epoch_ms(at)


def _arrived(one: Arrival) -> dict[str, Any]:
    answers = one.submission.answers if one.submission is not None else ()
    return {
        "event": one.event,
        "href": shown.url_of("submission", event=one.event),
        "at": one.at,
        "kind": one.kind,
        "outcome": one.outcome,
        "proven": one.proof not in ("", "none", quarantine.BY_HAND),
        "readable": one.submission is not None,
        "answers": [{"question": answer.label, "value": _said(answer.value)} for answer in answers],
    }


def _said(value: Any) -> str:
    plain: Json = [*value] if isinstance(value, tuple) else dict(value) if isinstance(value, dict) else value
    return shown.for_role(plain, me().role)


def _invented() -> Sequence[tuple[str, str]]:
    """Somebody who is nobody: a name with accents and an apostrophe, a number that is given to no one."""
    return (
        (_("First name"), "Zoé-Anaïs"),
        (_("Surname"), "O’Brien-Lefèvre"),
        (_("E-mail"), "zoe.obrien@example.org"),
        (_("Mobile"), "06 39 98 12 34"),
        (_("Postal code"), "01000"),
    )
