"""Which contact an identity led to lately, and which identities are being created right now (ledger.md 14 and 16)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bridge.tables import creating, known
from schemas import normal

FOR = timedelta(days=7)


def recall(tx: Connection, space: str, fingerprint: str, now: datetime) -> int | None:
    """The contact that this identity led to within the last week."""
    found = select(known.c.contact).where(
        known.c.space == space, known.c.fingerprint == fingerprint, known.c.at > normal.epoch_ms(now - FOR)
    )
    return tx.execute(found).scalar_one_or_none()


def remember(tx: Connection, space: str, fingerprints: Sequence[str], contact: int, now: datetime) -> None:
    """These identities lead to this contact, and nobody is creating them any more."""
    tx.execute(delete(known).where(known.c.space == space, known.c.fingerprint.in_(fingerprints)))
    at = normal.epoch_ms(now)
    for fingerprint in fingerprints:
        tx.execute(insert(known).values(space=space, fingerprint=fingerprint, contact=contact, at=at))
    tx.execute(delete(creating).where(creating.c.space == space, creating.c.fingerprint.in_(fingerprints)))


def claim(tx: Connection, space: str, fingerprints: Sequence[str], event: str, now: datetime) -> str | None:
    """Claim these identities for a creation, all or none: None, or the event that already claims one of them."""
    mine = (creating.c.space == space) & creating.c.fingerprint.in_(fingerprints)
    holder = tx.execute(select(creating.c.event).where(mine).limit(1)).scalar_one_or_none()
    if holder is None:
        for fingerprint in sorted(fingerprints):
            row = {"space": space, "fingerprint": fingerprint, "event": event, "at": normal.epoch_ms(now)}
            tx.execute(insert(creating).values(row))
    return holder


def unclaim(tx: Connection, event: str) -> None:
    """Qomon said no for certain: nothing was created."""
    tx.execute(delete(creating).where(creating.c.event == event))
