"""Events that are kept and not sent: what a hook only listened to, and previews still to be made. And whatever of a
hook is not over."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, update

from bridge.inbox.lanes import LONGEST
from bridge.model import Event
from bridge.qomon.account import STOPPED
from bridge.store.prepared import NOW
from bridge.store.tables import event
from bridge.store.vault import Vault
from schemas import normal

_FAR = NOW + LONGEST // timedelta(milliseconds=1)
_TO_MAKE = (event.c.status == "kept", (event.c.due <= NOW) | (event.c.due > _FAR), event.c.space.not_in(STOPPED))
_MOST = 100


def _of(hook: str) -> ColumnElement[bool]:
    """What waits is little beside all that a hook ever received: no index of the hook's may lead, but its status's."""
    return func.coalesce(event.c.hook, "") == hook


class ToPreview(NamedTuple):
    """A kept event, and from when its preview can be made."""

    event: str
    space: str
    at: datetime


def to_preview(tx: Connection, now: datetime) -> list[ToPreview]:
    """Kept events whose preview is still to be made, those first that wait longest; not in a space that is stopped."""
    found = select(event.c.id, event.c.space, event.c.due).where(*_TO_MAKE).order_by(event.c.due).limit(_MOST)
    rows = tx.execute(found, {"b_now": normal.epoch_ms(now)})
    return [ToPreview(row.id, row.space, min(normal.from_epoch_ms(row.due), now)) for row in rows]


def take_preview(tx: Connection, id_: str, now: datetime) -> Event | None:
    """The event if its preview is still to be made; nobody else makes it within a minute."""
    mine = update(event).where(event.c.id == id_, *_TO_MAKE).values(due=NOW + 60_000)
    row = tx.execute(mine.returning(event), {"b_now": normal.epoch_ms(now)}).one_or_none()
    return None if row is None else Event.from_row(row)


def postpone_preview(tx: Connection, id_: str, attempts: int, until: datetime) -> None:
    """It could not be made; `attempts`: how often by now."""
    later = update(event).where(event.c.id == id_, event.c.status == "kept", event.c.due.is_not(None))
    tx.execute(later.values(attempts=attempts, due=normal.epoch_ms(until)))


def keep_preview(tx: Connection, vault: Vault, id_: str, report: dict[str, Any]) -> None:
    """Store what the dry run says, unless somebody decided meanwhile; nothing waits for the event any more."""
    values = {"report": vault.seal(report), "reason": report["reason"], "due": None, "attempts": 0}
    tx.execute(update(event).where(event.c.id == id_, event.c.status == "kept").values(values))


def waiting(tx: Connection, hook: str) -> list[str]:
    """What a hook, by its id, kept and nobody has decided about, oldest submission first."""
    kept = select(event.c.id).where(_of(hook), event.c.status == "kept")
    return list(tx.execute(kept.order_by(event.c.submitted_at, event.c.seq)).scalars())


def many(tx: Connection, hook: str) -> int:
    """How many those are."""
    mine = _of(hook) & (event.c.status == "kept")
    return tx.scalar(select(func.count()).select_from(event).where(mine)) or 0


def not_over(tx: Connection, hook: str) -> dict[str, list[str]]:
    """What of a hook, by its id, waits, is held or was kept, by status, oldest submission first."""
    found: dict[str, list[str]] = {"open": [], "held": [], "kept": []}
    mine = select(event.c.id, event.c.status).where(_of(hook), event.c.status.in_([*found]))
    for row in tx.execute(mine.order_by(event.c.submitted_at, event.c.seq)):
        found[row.status].append(row.id)
    return {status: ids for status, ids in found.items() if ids}
