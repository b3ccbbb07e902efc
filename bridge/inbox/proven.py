"""How the calls of an address were proven, counted from what their deliveries say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bridge.store.tables import delivery
from schemas import normal

FOR = timedelta(days=30)
"""So far back calls are counted."""


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls, and when the last one of them came. None of none."""

    many: int = 0
    last: datetime | None = None


def counted(tx: Connection, address: str, now: datetime) -> dict[str, Calls]:
    """By how they were proven: the scheme, and the variable of the secret where that was written down."""
    since = delivery.c.received_at > normal.epoch_ms(now - FOR)
    asked = select(delivery.c.proof, func.count().label("many"), func.max(delivery.c.received_at).label("last"))
    rows = tx.execute(asked.where(since, delivery.c.address == address).group_by(delivery.c.proof)).all()
    return {row.proof: Calls(row.many, normal.from_epoch_ms(row.last)) for row in rows}


def under(tx: Connection, address: str, proofs: Iterable[str], now: datetime, most: int) -> dict[str, Calls]:
    """The same of these ways alone, counted up to `most` of each, however many calls there are."""
    found = dict[str, Calls]()
    for proof in proofs:
        since = delivery.c.received_at > normal.epoch_ms(now - FOR)
        mine = (delivery.c.address == address, delivery.c.proof == proof, since)
        last = tx.scalar(select(delivery.c.received_at).where(*mine).order_by(delivery.c.received_at.desc()).limit(1))
        if last is not None:
            some = select(delivery.c.received_at).where(*mine).limit(most).subquery()
            found[proof] = Calls(tx.scalar(select(func.count()).select_from(some)) or 0, normal.from_epoch_ms(last))
    return found
