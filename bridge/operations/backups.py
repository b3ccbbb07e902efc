"""The last backup, as far as the bridge is told: `flask store backup` notes its own, people tell of the platform's.

Each is a row of `preference`; what was told last stands, so that a wrong day can be put right.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from bridge.errors import BridgeError
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.services import Services
from bridge.store.store import upsert
from bridge.store.tables import preference
from schemas import normal

How: TypeAlias = Literal["file", "elsewhere"]

_SAVE = upsert(preference, "at", "body")
_NAMES: dict[How, str] = {"file": "backup_file", "elsewhere": "backup_elsewhere"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OLDEST = timedelta(days=3660)
"""Older than that is a slip of the pen."""


class NotTold(BridgeError):
    """Why this is no moment of a backup. Nothing was noted."""


@dataclass(frozen=True, slots=True)
class Backup:
    """`of`: the moment of the store that it holds."""

    of: datetime
    how: How


def last(tx: Connection) -> Backup | None:
    """The newest that anybody told of; a row that does not read tells nothing."""
    rows = {row.name: row.body for row in tx.execute(select(preference).where(preference.c.name.in_(_NAMES.values())))}
    known = [Backup(of, how) for how, name in _NAMES.items() if (of := _moment(rows.get(name))) is not None]
    return max(known, key=lambda one: one.of, default=None)


def made(services: Services, at: datetime) -> None:
    """A file was written, of how the store was then. Raises StoreDown."""
    with services.store.write() as tx:
        _keep(tx, "file", at, services.now())


def tell(services: Services, at: datetime, by: By) -> None:
    """Somebody says that there is one elsewhere, such as the platform's. Raises NotTold."""
    now = services.now()
    if at > now:
        raise NotTold(_("That day is still to come. Say the day of a backup that exists."))
    if now - at > _OLDEST:
        raise NotTold(_("That is more than ten years ago. Say the day of the last backup."))
    with services.store.write() as tx:
        _keep(tx, "elsewhere", at, now)
        audit.note(
            tx, services.vault, by, "backup_told", day=at.astimezone(services.settings.timezone).date().isoformat()
        )


def begins(text: str, zone: ZoneInfo) -> datetime:
    """When the day begins that a form's field says. Raises NotTold."""
    said = text.strip()
    try:
        day = date.fromisoformat(said) if _DAY.fullmatch(said) else None
        if day is not None:
            return datetime.combine(day, time(), zone)
    except ValueError:
        pass
    raise NotTold(_("Type the day of the backup, as in 2026-11-22."))


def _keep(tx: Connection, how: How, of: datetime, now: datetime) -> None:
    body = json.dumps({"of": normal.epoch_ms(of)})
    tx.execute(_SAVE(tx), {"name": _NAMES[how], "at": normal.epoch_ms(now), "body": body})


def _moment(body: str | None) -> datetime | None:
    try:
        return normal.from_epoch_ms(int(json.loads(body)["of"])) if body else None
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
