"""Commands that a sentence names, on a page: a link to the page that does the same, since whoever reads it may have no
console. A command that no page does stays as it is, for whoever deployed the bridge.
"""

import re
from collections.abc import Callable
from contextlib import suppress

from flask import Flask, url_for
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape
from sqlalchemy import select

from bridge.errors import StoreDown
from bridge.pages.session import services
from bridge.store.tables import hook as hooks

_PAGES: tuple[tuple[str, str, LazyString], ...] = (
    (
        r"inbox (?:show|release|retry|skip|correct|decide) (?P<event>[0-9a-f]+)",
        "submission",
        lazy_gettext("Submission"),
    ),
    (r"restore (?P<event>[0-9a-f]+)", "submission", lazy_gettext("Submission")),
    (r"inbox list(?: --outcome (?P<outcome>\w+))?", "inbox", lazy_gettext("Inbox")),
    (r"inbox (?:recheck|refused) (?P<hook>[\w-]+)(?: --show)?", "refused_calls", lazy_gettext("Refused calls")),
    (r"hooks show (?P<hook>[\w-]+)", "reception", lazy_gettext("Reception")),
    (r"hooks secret (?P<hook>[\w-]+) --new", "secret", lazy_gettext("A new secret")),
    (r"hooks (?:list(?: --deleted)?|check)", "webhooks", lazy_gettext("Webhooks")),
    (r"resume --hook (?P<hook>[\w-]+)", "live", lazy_gettext("Live")),
    (r"resume", "writing", lazy_gettext("Writing")),
    (r"jobs list", "batches", lazy_gettext("Batches")),
    (r"settings", "installation", lazy_gettext("Installation")),
)
"""Behind `flask `: the longer before what it begins with."""
_COMMAND = re.compile(
    r"`?\bflask (?:" + "|".join(re.sub(r"\?P<\w+>", "", said) for said, _, _ in _PAGES) + r")(?![\w-])`?"
)


def linked(sentence: str) -> Markup:
    return _with(sentence, _link)


def named(sentence: str) -> Markup:
    """With the names of the pages only, where it stands in a link already."""
    return _with(sentence, lambda _endpoint, name, _path: escape(name))


def _with(sentence: str, made: Callable[[str, LazyString, dict[str, str]], Markup]) -> Markup:
    said, end = escape(""), 0
    for command in _COMMAND.finditer(sentence):
        said += escape(sentence[end : command.start()])
        page = _page(command[0].strip("`").removeprefix("flask "))
        said += made(*page) if page else escape(command[0])
        end = command.end()
    return said + escape(sentence[end:])


def _page(command: str) -> tuple[str, LazyString, dict[str, str]] | None:
    for pattern, endpoint, name in _PAGES:
        if found := re.fullmatch(pattern, command):
            path = {key: value for key, value in found.groupdict().items() if value}
            hook = _id_of(path["hook"]) if "hook" in path else ""
            return None if hook is None else (endpoint, name, {**path, "hook": hook} if hook else path)
    return None


def _link(endpoint: str, name: LazyString, path: dict[str, str]) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for(f"pages.{endpoint}", _external=False, **path), name)


def _id_of(name: str) -> str | None:
    """Commands call a webhook by its name, pages by its id."""
    with suppress(StoreDown), services().store.read() as tx:
        return tx.scalar(select(hooks.c.id).where(hooks.c.name == name, hooks.c.deleted_at.is_(None)))
    return None


def install(app: Flask) -> None:
    app.jinja_env.filters.update({"linked": linked, "named": named})
