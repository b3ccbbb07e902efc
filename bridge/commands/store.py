"""`flask store`: the store as a file to keep elsewhere, as one to begin again from, and on its way elsewhere."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import ValidationError

from bridge.commands.command import ALL, Refused, Whom, by_whom, command, remark, unopened
from bridge.commands.moments import begins
from bridge.errors import StoreDown
from bridge.operations import backups, from_backup
from bridge.operations.moving import Move
from bridge.services import Services
from bridge.store import portable
from bridge.store.store import Store
from schemas import normal
from schemas.settings import SettingsSchema

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_SHOWN_EACH = 50_000


@ALL.group("store")
def store_command() -> None:
    """The store as a whole."""


@command("backup", store_command, Services.open_store)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--elsewhere", metavar="DAY", help="Write nothing: the platform made a backup on this day, so note it.")
@by_whom
def backup_command(services: Services, *, file: Path | None, elsewhere: str | None, by: Whom) -> None:
    """Write everything that is stored to FILE, as it is at this moment, while the bridge serves.

    It stays sealed: without BRIDGE_KEY it is noise. `flask store import` reads it, into either database. The check-up
    says when the last one was made. Of the platform's own it knows what it is told, with --elsewhere.

    \b
    Example:
      flask store backup /backup/bridge-2026-11-29.db
      flask store backup --elsewhere yesterday
    """
    if (file is None) == (elsewhere is None):
        raise click.UsageError(_("Name a FILE to write, or with --elsewhere the day of a backup that exists."))
    if file is not None:
        _save(services, file)
    elif elsewhere is not None:
        at = begins("--elsewhere", elsewhere, services.now(), services.settings.timezone)
        backups.tell(services.open(), at, by())
        click.echo(_("Noted: there is a backup elsewhere, of %(at)s.", at=normal.to_ms(at)))


@command("export", store_command, Services.open_store)
@_FILE
def export_command(services: Services, *, file: Path) -> None:
    """The same as `backup`: one file for both databases, sealed.

    \b
    Example:
      flask store export bridge.db
    """
    _save(services, file)


def _save(services: Services, file: Path) -> None:
    at = services.now()
    counts = portable.save(services.store, file)
    with suppress(StoreDown):  # the file is there all the same
        backups.made(services, at)
    click.echo(
        ngettext(
            "%(file)s: %(num)s submission, and all that belongs to it.",
            "%(file)s: %(num)s submissions, and all that belongs to them.",
            counts["event"],
            file=str(file),
        )
    )
    remark(_("Without the key it is noise, and the key is not in it. Keep %(key)s elsewhere.", key=_key(services)))


def _key(services: Services) -> str:
    path = services.store.path
    return "BRIDGE_KEY" if services.settings.bridge_keys or path is None else str(path.with_name("bridge.key"))


@command("import", store_command, Services.open_store)
@_FILE
def import_command(services: Services, *, file: Path) -> None:
    """Fill an empty store from FILE, all or nothing. Nothing is written to Qomon before you say so.

    The bridge must be stopped, and have the BRIDGE_KEY of the store that FILE was made of. All accounts are paused
    then. What waited is held: it may be in Qomon already, written after FILE was made. Look, then release it or leave
    it out, and `flask resume`.

    \b
    Example:
      flask store import bridge.db
      flask inbox list --outcome held
      flask resume
    """
    given = services.settings
    counts = from_backup.bring_back(
        file, services.store, given.bridge_keys, [*given.qomon], services.now(), _Progress()
    )
    with services.store.read() as tx:
        waits = from_backup.doubtful(tx)
    click.echo(ngettext("%(num)s submission is here again.", "%(num)s submissions are here again.", counts["event"]))
    click.echo(
        ngettext(
            "%(num)s was waiting and is held: it may be in Qomon already.",
            "%(num)s were waiting and are held: they may be in Qomon already.",
            waits,
        )
    )
    remark(_("Writing is paused. When you have looked: `flask resume`."))


@command("copy", store_command, unopened)
@click.option("--settings-only", is_flag=True, help="Webhooks, keys and Qomon's fields: what the new one needs first.")
@click.argument("old", metavar="FROM")
@click.argument("new", metavar="TO")
def copy_command(services: Services, *, settings_only: bool, old: str, new: str) -> bool:
    """Move to another database without closing the door.

    First with --settings-only, while the old bridge serves. Then DATABASE_URL becomes TO, and the bridge is started
    anew: what comes lands there. Then without it: the rest follows, and what waited goes on. Both may be repeated, and
    go on where they were cut. Exit 1 until everything is there. Keep FROM for 30 days, and serve from it no more.

    \b
    Example:
      flask store copy --settings-only sqlite:///data/bridge.db "$NEW_DATABASE_URL"
      flask store copy sqlite:///data/bridge.db "$DATABASE_URL"
    """
    addresses = [_address(one) for one in (old, new)]
    if addresses[0] == addresses[1]:
        raise Refused(_("FROM and TO are the same store."))
    stores = [Store(one) for one in addresses]
    try:
        _usable(stores[0])
        move = Move(stores[0], stores[1], services.settings.bridge_keys, services.now(), _Progress())
        if settings_only:
            move.settings()
            click.echo(
                _("The new store can receive. Set DATABASE_URL to it, start the bridge anew, then copy the rest.")
            )
            if not services.settings.bridge_keys:
                remark(_("Its key is to be set too: BRIDGE_KEY is what the file bridge.key beside the old one holds."))
            return True
        return _told(move.rest())
    finally:
        for one in stores:
            one.close()


def _told(compared: dict[str, tuple[int, int]]) -> bool:
    width = max(map(len, compared))
    for name, (had, lacks) in compared.items():
        click.echo(f"{name:<{width}}  {had:>9}  " + (_("all there") if not lacks else _("%(num)s missing", num=lacks)))
    lacking = any(lacks for _had, lacks in compared.values())
    remark(_("Not everything is there: repeat the command.") if lacking else _("Everything is there."))
    return not lacking


def _usable(old: Store) -> None:
    """Reading must not make a file, nor change the tables under a bridge that serves."""
    if old.path is not None and not old.path.exists():
        raise Refused(_("%(file)s: there is no such file.", file=str(old.path)))
    if old.behind():
        raise Refused(_("The old store is of an older version: run `flask upgrade` on it first."))
    if portable.too_new(old):
        raise Refused(_("The old store is of a newer version than this bridge."))


def _address(said: str) -> str:
    """As DATABASE_URL would be read."""
    field: Any = SettingsSchema().fields["DATABASE_URL"]
    try:
        return str(field.deserialize(said))
    except ValidationError as error:
        raise Refused("\n".join(str(one) for one in error.messages)) from None


class _Progress:
    """Not more than a line for each table and each 50,000 rows."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}

    def __call__(self, table: str, over: int) -> None:
        if over // _SHOWN_EACH != self._shown.get(table, -1):
            self._shown[table] = over // _SHOWN_EACH
            remark(f"{table}: {over}")
