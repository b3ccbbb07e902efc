"""How fast the store grows, and how long its room lasts: an estimate from the submissions of the last week.

What a submission says is erased when its days are over (`retention`), so that this part stops growing; a row that
remembers it stays for good.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from bridge.store import size
from bridge.store.size import Size
from bridge.store.store import Store
from bridge.store.tables import event, undo
from schemas import normal

_WEEK = timedelta(days=7)
_FAR = 3650
_FEW = 100
"""Events; what an empty store takes would else be theirs."""


@dataclass(frozen=True, slots=True)
class Growth:
    """`daily`: new events a day. `each`: bytes of one with all that belongs to it, of which `skeleton` stay for good.
    `room`: bytes that are left; `days`: for how long, None for more than ten years. `few`: too few events to tell.
    """

    size: Size
    few: bool
    daily: float
    each: float
    skeleton: float
    room: int
    days: int | None


def measure(store: Store, now: datetime, keep: timedelta, limit: int | None) -> Growth:
    """`limit`: bytes that the store may take in all; None: what is free on the disk of a file."""
    taken = size.measure(store)
    with store.read() as tx:
        many, whole, sealed = _events(tx)
        fresh = tx.scalar(select(func.count()).where(event.c.received_at > normal.epoch_ms(now - _WEEK))) or 0
    used = sum(table.bytes for table in taken.tables)
    skeleton, body = max(0, used - sealed) / max(1, many), sealed / max(1, whole)
    daily = fresh / _WEEK.days
    room = max(0, limit - taken.whole + (taken.unused or 0)) if limit is not None else (taken.room or 0)
    full = max(0.0, daily * keep.days * body - sealed)  # until as much is erased each day as comes
    days = _days(room, full, daily * skeleton, daily * (skeleton + body))
    return Growth(taken, many < _FEW, daily, skeleton + body, skeleton, room, days)


def plain(grown: Growth) -> dict[str, Any]:
    """For programs."""
    told = {
        "events_a_day": round(grown.daily, 1),
        "bytes_an_event": round(grown.each),
        "bytes_kept_of_an_event": round(grown.skeleton),
        "bytes_a_day": round(grown.daily * grown.each),
        "days_left": grown.days,
    }
    known = dict.fromkeys(told) if grown.few else told
    return {**asdict(grown.size), "room_left": grown.room, **known}


def _events(tx: Connection) -> tuple[int, int, int]:
    """How many there are, how many of them whole, and how long is what will be erased of them."""
    lengths = func.length(event.c.record) + func.length(event.c.report)
    row = tx.execute(select(func.count(), func.count().filter(event.c.erased.is_(None)), func.sum(lengths))).one()
    ways_back = tx.scalar(select(func.sum(func.length(undo.c.sealed)))) or 0
    return int(row[0]), int(row[1]), int(row[2] or 0) + int(ways_back)


def _days(room: int, full: float, settled: float, at_first: float) -> int | None:
    """`full`: what the answers will take more than now; then it grows by `settled` a day, until then `at_first`."""
    if room < full:
        days = room / at_first
    elif settled == 0:
        return None
    else:
        days = (room - full) / settled
    return int(days) if days < _FAR else None
