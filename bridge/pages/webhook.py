"""What the six tabs of one webhook share: which it is, what it is called, and its heading."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import Connection, select

from bridge.errors import Faults
from bridge.hooks.hook import Hook
from bridge.pages.session import services
from bridge.store.tables import hook as hooks

_TABS: tuple[tuple[str, LazyString], ...] = (
    ("reception", lazy_gettext("Reception")),
    ("mapping", lazy_gettext("Mapping")),
    ("preview", lazy_gettext("Dry run")),
    ("live", lazy_gettext("Live")),
    ("watch", lazy_gettext("Changes to watch")),
    ("versions", lazy_gettext("Versions")),
)
"""Endpoint and name, in the order of the steps."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One of the store by its id. `hook` is its version in service, None while that does not load (`faults`) or while
    there is none yet: then `draft` may be all there is."""

    id: str
    name: str
    address: str
    owner: str
    revision: int
    hook: Hook | None
    draft: Hook | None
    faults: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def known(self) -> Hook | None:
        return self.hook or self.draft


def found(tx: Connection, id_: str) -> Webhook:
    """404 for an id that no webhook has."""
    row = tx.execute(select(hooks).where(hooks.c.id == id_)).first()
    if row is None:
        abort(404)
    head: Hook | None = None
    faults: tuple[str, ...] = ()
    registry = services().hooks
    if row.head:
        try:
            head = registry.by_name(tx, row.name) if row.deleted_at is None else None
        except Faults as failure:
            faults = tuple(failure.faults)
    drafted = None
    with suppress(Faults):  # for the same reason
        drafted = registry.draft(tx, row.name) if row.deleted_at is None else None
    draft = drafted[0] if drafted else None
    return Webhook(
        row.id, row.name, row.address, row.owner, row.head, head, draft, faults, deleted=row.deleted_at is not None
    )


def around(webhook: Webhook, tab: str, **counts: int) -> dict[str, Any]:
    """For the heading in `webhook.html`. `counts`: by tab, what waits there."""
    tabs = [
        (url_for(f"pages.{endpoint}", hook=webhook.id), name, endpoint == tab, counts.get(endpoint))
        for endpoint, name in _TABS
        if f"pages.{endpoint}" in current_app.view_functions
    ]
    known = webhook.known
    return {
        "webhook": webhook,
        "tabs": tabs,
        "tool": known.source if known else None,
        "mode": webhook.hook.mode if webhook.hook else None,
        "paused": webhook.hook.paused if webhook.hook else False,
    }


def mode_word(mode: str, *, paused: bool) -> str:
    """A mode within a sentence."""
    words = {"capture": _("listening"), "preview": _("dry run"), "approve": _("live"), "live": _("live")}
    return _("paused") if paused else words[mode]
