"""The brake that a hook pulls by itself, when what it writes looks like a mistake of its mapping (docs/hook-file.md).

It knows fingerprints and counts, never a value. Once pulled, all of the hook's writes are held until a person decides.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from bridge.store.prepared import Listing, Statement
from bridge.store.store import either, lock, upsert
from bridge.store.tables import brake, event, hourly, spread
from schemas import normal

HOUR = timedelta(hours=1)
CONTACTS = 10
"""Contacts that may not get one answer's value within an hour: the tenth does not, where nearly all get that one."""
NEARLY_ALL = 0.8
"""Of the contacts whose field the hook wrote within the hour. A popular answer is no mistake, one for everybody is."""
OWN = ("mail", "mobile", "phone")
"""Fields that are one person's, or a household's."""
HOUSEHOLD = 3
"""Contacts that may not get one mail or phone within an hour: the third does not."""
_USUAL = timedelta(days=14)
_ALLOWED = timedelta(hours=24)
_TIMES = 3
_FEWEST = {"creations": 20, "clears": 10}
_LAST = 50
_FEWEST_WRITES = 20
_MOST_DROPPED = 0.1

_PULLED = Statement(select(brake.c.hook).where(brake.c.tripped.is_not(None)))
_ROW = Statement(select(brake).where(brake.c.hook == bindparam("b_hook")))
_COUNTED = Listing(
    lambda among: (
        select(spread.c.value, func.count().label("many"))
        .where(spread.c.hook == bindparam("b_hook"), among(spread.c.value), spread.c.at >= bindparam("b_since"))
        .group_by(spread.c.value)
    )
)


_SPREAD = Statement(upsert(spread, "at"))
_RECENT = Statement(upsert(brake, "recent"))
_MORE = Statement(
    upsert(hourly, created=lambda new: hourly.c.created + new, cleared=lambda new: hourly.c.cleared + new)
)
_PAST = Statement(delete(hourly).where(hourly.c.hook == bindparam("b_hook"), hourly.c.hour < bindparam("b_first")))
_HOURS = Statement(select(hourly).where(hourly.c.hook == bindparam("b_hook")).order_by(hourly.c.hour))


@dataclass(frozen=True, slots=True)
class Cause:
    """`code`: same_value, shared_address, creations, clears or dropped. `field`: its name for people. `key`: what a yes
    is given to."""

    code: str
    field: str
    count: int
    key: str


@dataclass(frozen=True, slots=True)
class Free:
    """A free value that goes to a contact: fingerprints of its field, and of field and value together."""

    field: str
    name: str
    written: str
    value: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """What one event's write left: for counting."""

    created: bool
    cleared: int
    dropped: bool


def alone(tx: Connection, hooks: Iterable[str]) -> None:
    """Nobody else counts for these hooks, by id, until the end of the transaction. Before any of its rows is locked:
    two processes that count at the same time would each see one too few.
    """
    if names := [f"breaker:{hook}" for hook in hooks]:
        lock(tx, names)


def pulled(tx: Connection) -> set[str]:
    """The hooks, by id, that stopped by themselves."""
    return {row.hook for row in _PULLED.all(tx, {})}


def why(tx: Connection, hook: str) -> tuple[Cause, datetime] | None:
    """What stopped a hook, and when; None when it runs."""
    row = _ROW.first(tx, {"b_hook": hook})
    if row is None or row.tripped is None:
        return None
    return Cause(**json.loads(row.why)), normal.from_epoch_ms(row.tripped)


def pull(tx: Connection, hook: str, cause: Cause, now: datetime) -> None:
    """From now on its writes are held. The first cause counts."""
    values = {"tripped": normal.epoch_ms(now), "why": json.dumps(asdict(cause))}
    row = either(lambda insert: insert(brake).values(hook=hook, **values))(tx)
    tx.execute(row.on_conflict_do_update(index_elements=["hook"], set_=values, where=brake.c.tripped.is_(None)))


def let_go(tx: Connection, hook: str, now: datetime) -> bool:
    """A person says that it is right: what stopped it is allowed for a day. Whether it was stopped."""
    found = why(tx, hook)
    if found is None:
        return False
    row = _ROW.first(tx, {"b_hook": hook})
    allowed = {**_allowed(row, now), found[0].key: normal.epoch_ms(now + _ALLOWED)}
    values = {"tripped": None, "why": None, "allowed": json.dumps(allowed), "recent": None}
    tx.execute(update(brake).where(brake.c.hook == hook).values(**values))
    return True


def held(tx: Connection, hook: str) -> list[str]:
    """The events that wait because a hook, by its id, stopped; one cause, one decision."""
    waits = (event.c.hook == hook, event.c.status == "held", event.c.reason == "breaker")
    return list(tx.execute(select(event.c.id).where(*waits).order_by(event.c.seq)).scalars())


def spreads(tx: Connection, hook: str, contact: int, values: Sequence[Free], now: datetime) -> Cause | None:
    """Note that these values go to a contact; the cause, if that is one too many.

    In the transaction that says what will be written, `alone`.
    """
    if not values:
        return None
    since, at = normal.epoch_ms(now - HOUR), normal.epoch_ms(now)
    counted = {print_ for free in values for print_ in (free.written, free.value)}
    _SPREAD.run_each(tx, [{"hook": hook, "value": print_, "contact": contact, "at": at} for print_ in sorted(counted)])
    many = _counts(tx, hook, since, [one.value for one in values])
    often = [one for one in values if many[one.value] >= (HOUSEHOLD if one.field in OWN else CONTACTS)]
    if not often:
        return None
    written = _counts(tx, hook, since, [one.written for one in often if one.field not in OWN])
    allowed = _allowed(_ROW.first(tx, {"b_hook": hook}), now)
    for free in often:
        contacts, own, key = many[free.value], free.field in OWN, f"value:{free.value}"
        if key not in allowed and (own or contacts >= NEARLY_ALL * written[free.written]):
            return Cause("shared_address" if own else "same_value", free.name, contacts, key)
    return None


def _counts(tx: Connection, hook: str, since: int, prints: Sequence[str]) -> dict[str, int]:
    """How many contacts got each of these."""
    return {row.value: int(row.many) for row in _COUNTED.all(tx, {"b_hook": hook, "b_since": since}, prints)}


def old(now: datetime) -> Any:
    return spread.c.at < normal.epoch_ms(now - HOUR)


def note(tx: Connection, hook: str, wrote: Sequence[Wrote], now: datetime) -> None:
    """Count what was written, and stop the hook where that is far over usual; `alone`."""
    row = _ROW.first(tx, {"b_hook": hook})
    before = (row.recent or "") if row is not None else ""
    last = (before + "".join("d" if one.dropped else "." for one in wrote))[-_LAST:]
    if last != before:  # of a hook that runs well it soon stays the same
        _RECENT.run(tx, {"hook": hook, "recent": last})
    created, cleared = sum(one.created for one in wrote), sum(one.cleared for one in wrote)
    causes = _far_over(tx, hook, created, cleared, now) if created or cleared else []
    dropped = last.count("d")
    if len(last) >= _FEWEST_WRITES and dropped > _MOST_DROPPED * len(last):
        causes.insert(0, Cause("dropped", "", dropped, "dropped"))
    allowed = _allowed(row, now)
    for cause in [one for one in causes if one.key not in allowed][:1]:
        pull(tx, hook, cause, now)


def _far_over(tx: Connection, hook: str, created: int, cleared: int, now: datetime) -> list[Cause]:
    """Within an hour of the clock, beside the busiest one of the two weeks before."""
    hour = normal.epoch_ms(now) // (HOUR // timedelta(milliseconds=1))
    first = hour - _USUAL // HOUR
    _PAST.run(tx, {"b_hook": hook, "b_first": first})
    _MORE.run(tx, {"hook": hook, "hour": hour, "created": created, "cleared": cleared})
    rows = _HOURS.all(tx, {"b_hook": hook})
    before, now_ = [one for one in rows if one.hour < hour], rows[-1]
    old_enough = bool(before) and hour - before[0].hour >= timedelta(days=1) // HOUR
    known = old_enough and sum(one.created for one in before) >= _FEWEST["creations"]
    usual = {"creations": [one.created for one in before], "clears": [one.cleared for one in before]}
    found = {"creations": now_.created if known else 0, "clears": now_.cleared}
    return [
        Cause(code, "", count, code)
        for code, count in found.items()
        if count >= _FEWEST[code] and count > _TIMES * max(usual[code], default=0)
    ]


def _allowed(row: Any, now: datetime) -> dict[str, int]:
    found: dict[str, int] = json.loads(row.allowed) if row is not None and row.allowed else {}
    return {key: until for key, until in found.items() if until > normal.epoch_ms(now)}
