"""The brakes of one hook: people's pause, and the writes of a version that wait for somebody's yes.

The door stays open. Those of a whole Qomon account are in `qomon.account`.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from bridge.store.prepared import NOW, Statement
from bridge.store.store import upsert
from bridge.store.tables import brake, event, lane
from schemas import normal

_PAUSED = Statement(select(brake.c.hook, brake.c.paused).where(brake.c.paused.is_not(None)))
_AGREED = Statement(
    select(func.count().label("many")).where(
        event.c.hook == bindparam("b_hook"),
        event.c.revision == bindparam("b_revision"),
        event.c.decided.contains("approval"),
    )
)


def paused(tx: Connection) -> dict[str, datetime]:
    """The hooks, by id, that people have paused, and since when."""
    return {row.hook: normal.from_epoch_ms(row.paused) for row in _PAUSED.all(tx, {})}


def pause(tx: Connection, hook: str, now: datetime) -> datetime:
    """Pull the brake of a hook, by its id; since when it is pulled."""
    pull = upsert(brake, paused=lambda new: func.coalesce(brake.c.paused, new))
    tx.execute(pull(tx), {"hook": hook, "paused": normal.epoch_ms(now)})
    return paused(tx)[hook]


def resume(tx: Connection, hook: str, now: datetime) -> bool:
    """Let it go, and make due what waits; whether it was pulled."""
    held = update(brake).where(brake.c.hook == hook, brake.c.paused.is_not(None)).values(paused=None)
    was = tx.execute(held.returning(brake.c.hook)).one_or_none() is not None
    waits = select(event.c.lane).where(event.c.hook == hook, event.c.status == "open", event.c.lane.is_not(None))
    wake = update(lane).where(lane.c.lane.in_(waits), lane.c.owner.is_(None)).values(due=NOW)
    tx.execute(wake, {"b_now": normal.epoch_ms(now)})
    return was


def agreed(tx: Connection, hook: str, revision: int) -> int:
    """How many writes of a version somebody has said yes to."""
    return int(_AGREED.first(tx, {"b_hook": hook, "b_revision": revision}).many)
