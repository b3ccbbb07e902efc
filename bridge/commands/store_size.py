"""`flask store size`: how large the store is, how fast it grows, how long its room lasts."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import AS_JSON, command, show
from bridge.commands.store import store_command
from bridge.operations import growth
from bridge.operations.growth import Growth
from bridge.operations.retention import Days
from bridge.services import Services

_LARGE = 1_000_000
"""Bytes from which on a table that is not ours is shown."""
_PLAN = 1000
"""MB: a small plan of a server, where nobody says how large ours is."""


@command("size", store_command)
@click.option("--limit", type=click.IntRange(1), metavar="MB", help="What the database's plan allows.")
@AS_JSON
def size_command(services: Services, *, limit: int | None, as_json: bool) -> None:
    """How large the store is, table by table, how fast it grows, and how long its room lasts.

    A file's room is what is free on its disk. A server does not say what its plan allows: tell it with --limit.

    \b
    Example:
      flask store size
      flask store size --limit 10000
    """
    room = None if limit is None and services.store.path is not None else (limit or _PLAN) * 1_000_000
    grown = growth.measure(services.store, services.now(), Days.of(services.settings).keep, room)
    assumed = limit is None and services.store.path is None
    show({**growth.plain(grown), "limit_assumed": assumed}, _lines(grown, assumed=assumed), as_json=as_json)


def _lines(grown: Growth, *, assumed: bool) -> Iterator[str]:
    for table in grown.size.tables:
        if table.rows or (table.rows is None and table.bytes > _LARGE):
            yield f"{_mb(table.bytes):>10} MB {f'{table.rows:,}' if table.rows else '':>11}  {table.name}"
    if grown.size.guessed:
        yield _("Shares of the tables are estimated: this Python's SQLite does not count pages.")
    yield _("%(mb)s MB in all", mb=_mb(grown.size.whole))
    if grown.size.unused:
        yield _("%(mb)s MB of it are unused, for what comes next", mb=_mb(grown.size.unused))
    if grown.few:
        yield _("There are too few submissions yet to tell how fast it grows.")
        return
    yield _("A submission takes %(kb)s kB, and keeps %(kept)s kB of them for good.", **_each(grown))
    daily = {"num": round(grown.daily), "mb": _mb(grown.daily * grown.each), "kept": _mb(grown.daily * grown.skeleton)}
    yield ngettext(
        "%(num)s submission a day this week: %(mb)s MB a day, %(kept)s MB once the oldest answers are erased.",
        "%(num)s submissions a day this week: %(mb)s MB a day, %(kept)s MB once the oldest answers are erased.",
        **daily,
    )
    if assumed:
        yield _("How much the plan of this database allows is not known (--limit says it). For 1 GB:")
    yield _lasts(grown)


def _each(grown: Growth) -> Mapping[str, Any]:
    return {"kb": f"{grown.each / 1000:.1f}", "kept": f"{grown.skeleton / 1000:.1f}"}


def _lasts(grown: Growth) -> str:
    if grown.days is None:
        return _("Room for %(mb)s MB more: it lasts for longer than ten years.", mb=_mb(grown.room))
    return ngettext(
        "Room for %(mb)s MB more: it lasts for %(num)s day.",
        "Room for %(mb)s MB more: it lasts for %(num)s days.",
        grown.days,
        mb=_mb(grown.room),
    )


def _mb(size: float) -> str:
    return f"{size / 1e6:,.1f}"
