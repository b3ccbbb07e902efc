"""How long it took until Qomon had what came in the last day, hour by hour: of a sample, so that it costs the same in a
busy hour as in a quiet one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Connection, func, select

from bridge.store.tables import event
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal

_WRITTEN = ("delivered", "created", "unchanged")
_HOUR = timedelta(hours=1)
_SAMPLE = 200
"""Submissions of an hour that are looked at."""
_OPENED = 8
"""Reports of an hour that are opened: only they say how long Qomon's quota was waited for."""
_SLOWEST = 0.95


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour by its beginning, in milliseconds since the epoch. `many`: how many were looked at; milliseconds until
    half of them, and until all but the slowest 5 % were written; `quota`: which share of that was a wait for quota.
    """

    at: int
    many: int
    median: int
    slow: int
    quota: float


def hours(tx: Connection, vault: Vault, now: datetime) -> list[Hour]:
    """The last 24, the one that runs included, oldest first; those with nothing written are left out."""
    last = now.replace(minute=0, second=0, microsecond=0)
    found = (_hour(tx, vault, last - _HOUR * back) for back in range(23, -1, -1))
    return [one for one in found if one is not None]


def _hour(tx: Connection, vault: Vault, begin: datetime) -> Hour | None:
    at = normal.epoch_ms(begin)
    within = (event.c.received_at >= at) & (event.c.received_at < at + _HOUR // timedelta(milliseconds=1))
    many = tx.scalar(select(func.count()).select_from(event).where(within)) or 0
    if not many:
        return None
    mine = within & event.c.outcome.in_(_WRITTEN) & event.c.erased.is_(None) & event.c.released.is_(None)
    mine &= event.c.key_kind != "id"
    every = -(-many // _SAMPLE)
    if every > 1:
        mine &= event.c.seq % every == 0
    took = select(event.c.seq, (event.c.ended - event.c.received_at).label("ms"))
    rows = tx.execute(took.where(mine, event.c.ended.is_not(None)).limit(2 * _SAMPLE)).all()
    if not rows:
        return None
    times = sorted(max(0, row.ms) for row in rows)
    slow = times[min(len(times) - 1, int(len(times) * _SLOWEST))]
    return Hour(
        at, len(times), round(median(times)), slow, _quota(tx, vault, [(row.seq, max(0, row.ms)) for row in rows])
    )


def _quota(tx: Connection, vault: Vault, rows: Sequence[tuple[int, int]]) -> float:
    """By some of them, which are spread over the hour."""
    some = dict(rows[:: -(-len(rows) // _OPENED)])
    waited = 0
    for row in tx.execute(select(event.c.seq, event.c.report).where(event.c.seq.in_(some))).all():
        waited += min(_waited(vault, row.report), some[row.seq])
    return min(1.0, waited / (sum(some.values()) or 1))


def _waited(vault: Vault, sealed: bytes) -> int:
    try:
        told = vault.unseal(sealed)
        return int(told["cost"]["waited_ms"]) if isinstance(told, dict) else 0  # type: ignore[call-overload, index, arg-type]
    except (BrokenSeal, ValueError, KeyError, TypeError):
        return 0
