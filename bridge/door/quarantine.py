"""Calls that were not let in, kept apart until a person has them checked again or accepts them (docs/door.md).

A mistyped secret, or one that is not set, would else lose people: most tools never send again what was refused. None of
these crosses by itself. Who floods the door displaces himself, and not the calls of others.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, cast

from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, insert, select, update

from bridge.crossing import gate
from bridge.door.split import split
from bridge.hooks.registry import Hook
from bridge.inbox import events
from bridge.model import Delivery
from bridge.proofs.verify import brings, stripped, verify
from bridge.store import store
from bridge.store.tables import hook as hooks
from bridge.store.tables import refused
from bridge.store.vault import BrokenSeal, Vault
from bridge.translations import in_each, in_mine
from schemas import normal

FOR = timedelta(hours=72)
MOST = 100
"""Of one hook, without those that came while it did not load."""
ROOM = 20_000_000
"""Bytes of all of them, sealed."""
LONGEST = 64 * 1024
"""Bytes of a body; a longer call is counted and not kept, unless its hook did not load."""
BY_HAND = "by hand"
"""How a call was proven that a person accepted, in the place of what `verify` says."""


class Rank(IntEnum):
    """Who leaves last, and who first."""

    WAITS = 0
    """Of a hook that did not load, with what its proof looks for: kept as long as what is held."""
    SHOWN = 1
    POOR = 2
    """Without what the proof looks for, or not what the tool sends."""


@dataclass(frozen=True, slots=True)
class RefusedCalls:
    """What one hook, by its name, refused; or what came while it did not load (`waits`). `lost`: how many of the calls
    were too long to be kept. `why`: of the newest."""

    hook: str
    waits: bool
    count: int
    lost: int
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Came:
    """When a kept call came: the first time and the last one are received each (A, B, A again is three events)."""

    id: str
    at: datetime
    last: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A refused call, as it is kept. `again`: when it came last, None if it came once; how often is not counted.

    `call` None: there is nothing of it to be opened, because it was too long (`long`) or its seal does not open.
    `waits`: as in `RefusedCalls`.
    """

    id: str
    at: datetime
    again: datetime | None
    why: str
    waits: bool
    long: bool
    call: Delivery | None = field(repr=False)


def rank(call: Delivery, hook: Hook) -> Rank:
    """Of a call that the hook refused."""
    if len(call.body) > LONGEST or not brings(call, hook.proof):
        return Rank.POOR
    try:
        hook.tool.split(stripped(call, hook.proof))
    except Exception:  # noqa: BLE001  # whatever it is, it is not what the tool sends
        return Rank.POOR
    return Rank.SHOWN


def sealed(
    vault: Vault, hook: str, call: Delivery, caller: str, why: str | LazyString, of: Rank, looked_for: Iterable[str]
) -> dict[str, Any]:
    """What `keep` stores of a call that a hook, by its id, did not let in, with all that could prove it.

    `why` says what was looked for, `looked_for` in which headers: two calls that differ in others alone are one.
    """
    shown = [f"{name}={call.headers.get(name, '')}" for name in looked_for]
    body = hashlib.sha256(call.body).hexdigest()
    plain = {**asdict(call), "body": base64.b64encode(call.body).decode()}
    kept = vault.seal(plain) if len(call.body) <= LONGEST or of is Rank.WAITS else None
    return {
        "id": secrets.token_hex(10),
        "hook": hook,
        "why": in_each(why),
        "rank": int(of),
        "caller": vault.fingerprint("caller", caller),
        "digest": vault.fingerprint("refused", hook, call.method, call.query, call.path_secret or "", body, *shown),
        "sealed": kept,
        "size": len(kept or b""),
    }


def keep(tx: Connection, row: Mapping[str, Any], now: datetime) -> None:
    """The same call again stays as old as it is. What is too much then goes."""
    store.lock(tx, ["refused"])
    at = normal.epoch_ms(now)
    same = (refused.c.hook == row["hook"]) & (refused.c.digest == row["digest"])
    known = (
        update(refused)
        .where(same)
        .values(again=at, rank=case((refused.c.rank > row["rank"], row["rank"]), else_=refused.c.rank))
    )
    if tx.execute(known.returning(refused.c.id)).all():
        return
    tx.execute(insert(refused).values(**row, at=at))
    mine = (refused.c.hook == row["hook"]) & (refused.c.rank > Rank.WAITS)
    many = tx.scalar(select(func.count()).select_from(refused).where(mine)) or 0
    if many > MOST:
        _make_room(tx, func.count(), mine)
    while (tx.scalar(select(func.sum(refused.c.size))) or 0) > ROOM:
        _make_room(tx, func.sum(refused.c.size), refused.c.size > 0)


def _make_room(tx: Connection, much: Any, where: ColumnElement[bool]) -> None:
    """Delete one: of the poorest, of the caller that has most, the oldest."""
    has = much.over(partition_by=[refused.c.rank, refused.c.caller])
    order = (refused.c.rank.desc(), has.desc(), refused.c.at, refused.c.id)
    first = tx.execute(select(refused.c.id).where(where).order_by(*order).limit(1)).scalar()
    tx.execute(delete(refused).where(refused.c.id == first))


def heaps(tx: Connection) -> list[RefusedCalls]:
    """What is kept, the longest waiting first."""
    lost, waits = func.count() - func.count(refused.c.sealed), (refused.c.rank == Rank.WAITS).label("waits")
    since = func.min(refused.c.at).label("since")
    counted = select(refused.c.hook, hooks.c.name, waits, func.count().label("many"), lost.label("lost"), since)
    counted = counted.join(hooks, hooks.c.id == refused.c.hook).where(hooks.c.deleted_at.is_(None))
    rows = tx.execute(counted.group_by(refused.c.hook, hooks.c.name, waits).order_by(since, waits)).all()
    return [_heap(tx, row) for row in rows]


def callers(tx: Connection, hook: str) -> int:
    """From how many places they came."""
    asked = select(func.count(func.distinct(refused.c.caller))).where(refused.c.hook == hook)
    return tx.scalar(asked) or 0


def waiting(tx: Connection, hook: str) -> list[Came]:
    """The calls of a hook that can be checked again, in the order in which they came."""
    mine = select(refused.c.id, refused.c.at, refused.c.again)
    rows = tx.execute(mine.where(refused.c.hook == hook, refused.c.sealed.is_not(None))).all()
    first = [(row.at, row.id, row.again is None) for row in rows]
    last = [(row.again, row.id, True) for row in rows if row.again is not None]
    return [Came(id_, normal.from_epoch_ms(at), over) for at, id_, over in sorted(first + last)]


def lost(tx: Connection, hook: str) -> list[str]:
    """The calls of a hook that were too long to be kept, by id."""
    return [*tx.scalars(select(refused.c.id).where(refused.c.hook == hook, refused.c.sealed.is_(None)))]


def each(tx: Connection, vault: Vault, hook: str) -> Iterator[Kept]:
    """All that is kept of a hook, by its id, the oldest first; one at a time is opened."""
    mine = select(refused.c.id).where(refused.c.hook == hook).order_by(refused.c.at, refused.c.id)
    for id_ in tx.scalars(mine).all():
        row = tx.execute(select(refused).where(refused.c.id == id_)).one()
        again = None if row.again is None else normal.from_epoch_ms(row.again)
        call = None
        with suppress(BrokenSeal, ValueError):
            call = _opened(vault, row.sealed) if row.sealed is not None else None
        at, waits = normal.from_epoch_ms(row.at), row.rank == Rank.WAITS
        yield Kept(row.id, at, again, in_mine(row.why), waits, row.sealed is None, call)


@dataclass(frozen=True, slots=True)
class Holding:
    """A kept call that holds what was looked for, and its hook's id. `waits`: as in `RefusedCalls`."""

    id: str
    hook: str
    waits: bool


def holding(
    tx: Connection, vault: Vault, others: Collection[str], looked_for: Callable[[Mapping[str, Any]], bool]
) -> list[Holding]:
    """Of all that is kept, but for what the hooks `others`, by id, refused. One at a time is opened: they are 20 MB."""
    asked = select(refused.c.id, refused.c.hook, refused.c.rank).where(refused.c.sealed.is_not(None))
    found = list[Holding]()
    for row in tx.execute(asked.where(refused.c.hook.not_in(others)).order_by(refused.c.id)).all():
        kept = tx.execute(select(refused.c.sealed).where(refused.c.id == row.id)).scalar()
        with suppress(BrokenSeal, ValueError):  # what does not open is nobody's, and goes with its days
            if kept is not None and looked_for(cast("dict[str, Any]", vault.unseal(kept))):
                found.append(Holding(row.id, row.hook, row.rank == Rank.WAITS))
    return found


def drop_each(tx: Connection, ids: Collection[str]) -> int:
    """Delete these; how many."""
    return len(tx.execute(delete(refused).where(refused.c.id.in_(ids)).returning(refused.c.id)).all())


def drop(tx: Connection, hook: str) -> int:
    """Delete all that a hook refused; how many. What came while it did not load stays."""
    mine = (refused.c.hook == hook) & (refused.c.rank > Rank.WAITS)
    return len(tx.execute(delete(refused).where(mine).returning(refused.c.id)).all())


def check_again(
    tx: Connection, vault: Vault, hook: Hook, came: Came, *, writing: bool
) -> Sequence[events.Accepted] | None:
    """Receive a refused call as if it had been proven when it came: a signature's age counts from then.

    None: somebody else has just done so. Raises NotProven when the hook, as it is now, refuses it too, and BrokenSeal.
    """
    row = _taken(tx, came)
    if row is None:
        return None
    call = _opened(vault, row.sealed)
    proven = verify(call, hook.proof, normal.from_epoch_ms(row.at))
    return _let_in(tx, vault, hook, call, came, proven, writing=writing)


def let_in(tx: Connection, vault: Vault, hook: Hook, came: Came, *, writing: bool) -> Sequence[events.Accepted] | None:
    """The same, because a person says that it is the tool's. Raises BrokenSeal."""
    row = _taken(tx, came)
    if row is None:
        return None
    return _let_in(tx, vault, hook, _opened(vault, row.sealed), came, BY_HAND, writing=writing)


def _taken(tx: Connection, came: Came) -> Row[Any] | None:
    """It stays while it is to be received once more."""
    mine = refused.c.id == came.id
    asked = delete(refused).where(mine).returning(refused) if came.last else select(refused).where(mine)
    return tx.execute(asked).first()


def _opened(vault: Vault, kept: bytes) -> Delivery:
    """Raises BrokenSeal."""
    plain = cast("dict[str, Any]", vault.unseal(kept))
    return Delivery(**{**plain, "body": base64.b64decode(plain["body"])})


def _let_in(
    tx: Connection, vault: Vault, hook: Hook, call: Delivery, came: Came, proven: str, *, writing: bool
) -> Sequence[events.Accepted]:
    waits = gate.waits(tx, hook, writing=writing)
    delivery = events.keep_delivery(tx, hook.address, proven, came.at)
    return events.accept(tx, vault, delivery, split(stripped(call, hook.proof), hook, came.at, waits), came.at)


def _heap(tx: Connection, row: Row[Any]) -> RefusedCalls:
    waits = bool(row.waits)
    like = (refused.c.rank == Rank.WAITS) if waits else (refused.c.rank > Rank.WAITS)
    newest = select(refused.c.why).where(refused.c.hook == row.hook, like).order_by(refused.c.at.desc()).limit(1)
    why = in_mine(str(tx.execute(newest).scalar_one()))
    return RefusedCalls(row.name, waits, row.many, row.lost, normal.from_epoch_ms(row.since), why)


def old(now: datetime, held: timedelta) -> ColumnElement[bool]:
    until = case((refused.c.rank == Rank.WAITS, normal.epoch_ms(now - held)), else_=normal.epoch_ms(now - FOR))
    return refused.c.at <= until
