"""Which contact an identity led to lately, and which identities are being created right now
(docs/ledger.md 14 and 16).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, bindparam, delete, select, update

from bridge.store.prepared import Listing, Statement
from bridge.store.store import either, upsert
from bridge.store.tables import creating, known
from schemas import normal

FOR = timedelta(days=7)
LOOKING = timedelta(seconds=90)
"""The longest that somebody looks for a person before claiming it: a lease."""


_LEARN = Statement(upsert(known, "contact", "at"))
_CLAIM = Statement(either(lambda insert: insert(creating).on_conflict_do_nothing().returning(creating.c.fingerprint)))
_RECALL = Listing(
    lambda among: select(known.c.fingerprint, known.c.contact).where(
        known.c.space == bindparam("b_space"),
        among(known.c.fingerprint),
        known.c.at > bindparam("b_since", type_=BigInteger),
    )
)
_NOBODYS = Statement(
    delete(creating).where(
        creating.c.space == bindparam("b_space"), creating.c.fingerprint == bindparam("b_fingerprint")
    )
)
_CLAIMS = Listing(
    lambda among: select(creating).where(creating.c.space == bindparam("b_space"), among(creating.c.fingerprint))
)
_REDATE = Statement(update(creating).where(creating.c.event == bindparam("b_event")))
_UNCLAIM = Statement(delete(creating).where(creating.c.event == bindparam("b_event")))


def recall(tx: Connection, space: str, fingerprint: str, now: datetime) -> int | None:
    """The contact that this identity led to within the last week."""
    return _recalled(tx, space, [fingerprint], now).get(fingerprint)


def _recalled(tx: Connection, space: str, fingerprints: Sequence[str], now: datetime) -> dict[str, int]:
    asked = {"b_space": space, "b_since": normal.epoch_ms(now - FOR)}
    return {row.fingerprint: int(row.contact) for row in _RECALL.all(tx, asked, fingerprints)}


def led(
    tx: Connection, space: str, people: Sequence[tuple[Mapping[str, str], int | None]], now: datetime
) -> list[int | None]:
    """For each of these, whose fingerprints are given by name, the contact that the first one leads to: the number of
    Qomon's own that it is, else where it led lately. None while somebody is creating a contact with any of them.
    """
    firsts = [None if number is not None else next(iter(prints.values())) for prints, number in people]
    recalled = _recalled(tx, space, [print_ for print_ in firsts if print_ is not None], now)
    found = [
        number if print_ is None else recalled.get(print_) for print_, (_, number) in zip(firsts, people, strict=True)
    ]
    asked = {
        print_
        for (prints, _), contact in zip(people, found, strict=True)
        if contact is not None
        for print_ in prints.values()
    }
    taken = {row.fingerprint for row in _CLAIMS.all(tx, {"b_space": space}, [*asked])}
    return [
        contact if taken.isdisjoint(prints.values()) else None
        for (prints, _), contact in zip(people, found, strict=True)
    ]


def remember(tx: Connection, space: str, fingerprints: Sequence[str], contact: int, now: datetime) -> None:
    """These identities lead to this contact, and nobody is creating them any more."""
    learned = {"space": space, "contact": contact, "at": normal.epoch_ms(now)}
    _LEARN.run_each(tx, [{**learned, "fingerprint": fingerprint} for fingerprint in sorted(fingerprints)])
    _NOBODYS.run_each(tx, [{"b_space": space, "b_fingerprint": fingerprint} for fingerprint in fingerprints])


def forget(tx: Connection, space: str, fingerprints: Sequence[str], contact: int) -> None:
    """These identities do not lead to this contact any more."""
    wrong = (known.c.space == space) & known.c.fingerprint.in_(fingerprints) & (known.c.contact == contact)
    tx.execute(delete(known).where(wrong))


def claimed(tx: Connection, space: str, fingerprints: Sequence[str], event: str) -> Row[Any] | None:
    """The claim on any of these identities: this event's own if there is one, else the oldest."""
    claims = _CLAIMS.all(tx, {"b_space": space}, fingerprints)
    return min(claims, key=lambda one: (one.event != event, one.at, one.fingerprint), default=None)


def claim(tx: Connection, space: str, fingerprints: Sequence[str], event: str, now: datetime) -> bool:
    """Claim these identities for a creation. False: somebody has one of them, or created it while the caller was still
    looking, and the caller must roll back.

    Sorted, so that two that share some of them wait for each other in one order (docs/ledger.md 4).
    """
    base = {"space": space, "event": event, "at": normal.epoch_ms(now)}
    rows = [{**base, "fingerprint": fingerprint} for fingerprint in sorted(fingerprints)]
    if not all(_CLAIM.first(tx, row) for row in rows):
        return False
    learned = select(known.c.contact).where(known.c.space == space, known.c.fingerprint.in_(fingerprints))
    return tx.execute(learned.where(known.c.at > normal.epoch_ms(now - LOOKING)).limit(1)).one_or_none() is None


def redate_claim(tx: Connection, now: datetime, event: str) -> None:
    """It was made by a clock that was set back since."""
    _REDATE.run(tx, {"b_event": event, "at": normal.epoch_ms(now)})


def unclaim(tx: Connection, event: str) -> None:
    """Qomon said no for certain, or the contact is found, or a person decided: nothing is awaited any more."""
    _UNCLAIM.run(tx, {"b_event": event})
