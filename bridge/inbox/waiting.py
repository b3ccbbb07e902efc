"""What waits in a lane, read a hundred at a time in the order of its submission; and how long Qomon was asked for it
(docs/ledger.md 5, 8, 28, 32). And what waits for a person.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, case, func, select, tuple_, update

from bridge.model import Event, Lane
from bridge.store.prepared import Statement
from bridge.store.tables import creating, event
from schemas import normal

_OPEN = (event.c.lane == bindparam("b_lane")) & (event.c.status == "open")
_IN_ORDER = select(event).where(_OPEN).order_by(event.c.submitted_at, event.c.seq).limit(bindparam("b_most"))
_WAITING = Statement(_IN_ORDER)
_CREATORS = select(creating.c.event)
_BACK = event.c.action == "restore"
"""What a paused webhook wrote is put back all the same: for that it was paused."""
_MS = timedelta(milliseconds=1)

Revision: TypeAlias = tuple[str, int]
"""A version of a hook: its id and number."""


def first(
    tx: Connection, lane_: Lane, most: int, paused: Collection[str] = (), broken: Collection[Revision] = ()
) -> list[Event]:
    """The first open events of a lane, oldest submission first, but for those of these hooks and versions."""
    mine = {"b_lane": str(lane_), "b_most": most}
    if not paused and not broken:
        return [Event.from_row(row) for row in _WAITING.all(tx, mine)]
    others = _IN_ORDER.where(event.c.hook.not_in(paused) | _BACK) if paused else _IN_ORDER
    others = others.where(tuple_(event.c.hook, event.c.revision).not_in(broken)) if broken else others
    return [Event.from_row(row) for row in tx.execute(others, mine)]


def untold(
    tx: Connection,
    lane_: Lane,
    most: int,
    reason: str,
    *,
    hooks: Collection[str] | None = None,
    revisions: Collection[Revision] | None = None,
) -> list[Event]:
    """Some of its open events, of all or of these hooks or versions, that do not say yet that they wait for this."""
    silent = _IN_ORDER.where(event.c.reason.is_distinct_from(reason))
    silent = (
        silent if hooks is None else silent.where(event.c.hook.in_(hooks), event.c.action.is_distinct_from("restore"))
    )
    if revisions is not None:
        silent = silent.where(tuple_(event.c.hook, event.c.revision).in_(revisions))
    if (hooks, revisions) != (None, None) and not (hooks or revisions):
        return []
    return [Event.from_row(row) for row in tx.execute(silent, {"b_lane": str(lane_), "b_most": most})]


def creators(tx: Connection, lane_: Lane) -> list[Event]:
    """Some of its events that asked Qomon for a contact and do not know yet what came of it."""
    asked = _IN_ORDER.where(event.c.id.in_(_CREATORS))
    return [Event.from_row(row) for row in tx.execute(asked, {"b_lane": str(lane_), "b_most": 10})]


def those(tx: Connection, lane_: Lane, ids: Collection[str]) -> list[Event]:
    """Those of these events that are open in this lane."""
    named = _IN_ORDER.where(event.c.id.in_(ids))
    return [Event.from_row(row) for row in tx.execute(named, {"b_lane": str(lane_), "b_most": len(ids)})]


def held(tx: Connection, hook: str, reason: str) -> list[Event]:
    """What a person has to decide about at this hook, by its id, for this reason, in the order in which it came."""
    mine = select(event).where(event.c.hook == hook, event.c.status == "held", event.c.reason == reason)
    return [Event.from_row(row) for row in tx.execute(mine.where(event.c.erased.is_(None)).order_by(event.c.seq))]


def overdue(tx: Connection, space: str, now: datetime, limit: timedelta) -> list[Lane]:
    """Lanes of a space that does not answer in which an event waits because of that, for so long altogether."""
    at = normal.epoch_ms(now)
    since = func.coalesce(event.c.released, event.c.received_at)
    asked = func.coalesce(event.c.asked + at - event.c.asked_at, event.c.asked, at - since)
    old = (event.c.space == space) & (event.c.status == "open") & (event.c.reason == "qomon_down")
    late = select(event.c.lane).where(old, event.c.lane.is_not(None), asked >= limit // _MS)
    return [Lane.read(name, space) for name in tx.execute(late.distinct()).scalars()]


def unasked(tx: Connection, space: str, span: timedelta, now: datetime) -> None:
    """So long nobody asked Qomon anything here: it does not count for those that wait for its answer."""
    waits = (event.c.space == space) & (event.c.status == "open") & (event.c.reason == "qomon_down")
    at, since = normal.epoch_ms(now), func.coalesce(event.c.released, event.c.received_at)
    later = func.coalesce(event.c.asked_at, since) + span // _MS
    from_now = case((later > at, at), else_=later)
    tx.execute(update(event).where(waits).values(asked=func.coalesce(event.c.asked, 0), asked_at=from_now))
