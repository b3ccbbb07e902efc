"""Who works on what: leases on lanes, the intent before a write, finishing after it (docs/ledger.md 5 to 13).

Every write of a runner is guarded by its lease: a runner that lost it changes nothing and stops.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from bridge.errors import BridgeError
from bridge.model import Class, Event, Json, Lane, Outcome
from bridge.qomon.account import STOPPED
from bridge.store.prepared import NOW, Statement
from bridge.store.store import either
from bridge.store.tables import event, intent, lane, undo
from bridge.store.vault import Vault
from schemas import normal

LEASE = timedelta(seconds=90)
WRITE = timedelta(seconds=40)
"""What must be left of the lease before a write is sent: more than the client waits for an answer
(docs/ledger.md 9).
"""
LONGEST = timedelta(hours=1)
"""No wait is as long (tests/inbox/test_clock.py): what is due later than that was written by a clock that was set back
since, and is due now (docs/ledger.md 27a).
"""
ALONE = 3
"""Leases lost after which a lane crosses one event at a time, until the one that costs them is found."""
CRASHES = 5
"""Leases that may be lost before the first event of the lane is held (docs/ledger.md 5)."""

_HASTE = timedelta(seconds=10)
"""More than may lie between reading the clock and the write that it was read for."""
_CLASS = lane.c["class"]
_NAMED = lane.c.lane == bindparam("b_lane")
_OPEN = (event.c.lane == bindparam("b_lane")) & (event.c.status == "open")
_NEVER_SO_FAR = (lane.c.due > NOW + (LEASE + _HASTE) // timedelta(milliseconds=1)) & or_(
    lane.c.owner.is_not(None), lane.c.due > NOW + LONGEST // timedelta(milliseconds=1)
)
"""The end of a lease, or of a wait, that is further away than any was made."""
_RIPE = or_(lane.c.due <= NOW, _NEVER_SO_FAR)
_DUE = (
    update(lane)
    .where(_NAMED, _RIPE)
    .values(owner=bindparam("b_token"), due=NOW + bindparam("b_span", type_=BigInteger), leases=lane.c.leases + 1)
    .values({_CLASS: case((_CLASS == Class.LIVE, int(Class.BACKLOG)), else_=_CLASS)})  # what comes meanwhile is live
    .returning(lane.c.space, lane.c.leases)
)
_TAKE = Statement(_DUE)
_TAKE_RUNNING = Statement(_DUE.where(lane.c.space.not_in(STOPPED)))
_SPACE = Statement(select(func.min(lane.c.space).label("space")).where(lane.c.space > bindparam("b_after")))
_LATE = Statement(
    select(lane.c.lane)
    .where(
        _CLASS == Class.LIVE,
        lane.c.due <= NOW - bindparam("b_span", type_=BigInteger),
        lane.c.space.not_in(STOPPED),
    )
    .limit(1)
)
_RUNNING = select(lane.c.lane, lane.c.space, _CLASS.label("rank"), lane.c.due).where(lane.c.space.not_in(STOPPED))
_OVER = _RUNNING.where(lane.c.space == bindparam("b_space"), lane.c.due <= NOW)
_FIRST = Statement(_OVER.order_by(_CLASS, lane.c.due).limit(400))
_LONGEST = Statement(_OVER.order_by(lane.c.due).limit(100))
_SET_BACK = Statement(_RUNNING.where(_NEVER_SO_FAR).limit(100))
_OURS = (_NAMED, lane.c.owner == bindparam("b_token"), lane.c.due > NOW + bindparam("b_rest", type_=BigInteger))
_CHECK = Statement(select(lane.c.lane).where(*_OURS).with_for_update())
_GONE = Statement(
    delete(lane)
    .where(
        _NAMED,
        ~select(event.c.seq).where(_OPEN).exists(),
        ~select(intent.c.lane).where(intent.c.lane == bindparam("b_lane")).exists(),
    )
    .returning(lane.c.lane)
)
_JOINED = _CLASS == Class.LIVE
"""Somebody came for a lane in hand: whoever took it had made of live what is not."""
_BACK = Statement(
    update(lane)
    .where(_NAMED)
    .values(owner=None, leases=bindparam("b_leases"))
    .values(due=case((_JOINED, NOW), else_=NOW + bindparam("b_span", type_=BigInteger)))
    .values({_CLASS: case((_JOINED, _CLASS), else_=func.coalesce(bindparam("b_class", type_=BigInteger), _CLASS))})
    .returning(_CLASS.label("rank"), lane.c.due)
)
_INTENT = Statement(select(intent).where(intent.c.lane == bindparam("b_lane")))
_REDATE = Statement(update(intent).where(intent.c.lane == bindparam("b_lane")).values(at=NOW))
_DROP = Statement(delete(intent).where(intent.c.lane == bindparam("b_lane")))
_INTEND = Statement(
    insert(intent)
    .from_select(
        ["lane", "token", "at", "sealed"],
        select(lane.c.lane, lane.c.owner, NOW, bindparam("b_sealed", type_=LargeBinary)).where(*_OURS),
    )
    .returning(intent.c.lane)
)
_EVENT = Statement(update(event).where(event.c.id == bindparam("b_id")))
_UNDO = Statement(either(lambda insert: insert(undo).on_conflict_do_nothing().returning(undo.c.event)))
_UNDONE = Statement(select(undo).where(undo.c.event == bindparam("b_id")))
_REDO = Statement(update(undo).where(undo.c.event == bindparam("b_id")))


class LeaseLost(BridgeError):
    """Somebody else holds the lane, or our time ran out: stop at once, write nothing."""


class Waits(NamedTuple):
    """A lane, what comes before it, and when it is due. `told`: its reports say that it waits for Qomon's tokens."""

    lane: Lane
    rank: Class
    at: datetime
    told: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """One runner's right to work on one lane. `leases`: how many were not given back, this one included."""

    lane: Lane
    token: str
    space: str
    leases: int = 1

    @property
    def alone(self) -> bool:
        """Whether runners came to grief here: one event at a time."""
        return self.leases >= ALONE


@dataclass(frozen=True, slots=True)
class Intent:
    """What was about to be sent, sealed, and when that was written down."""

    at: datetime
    sealed: bytes = field(repr=False)


def claim(tx: Connection, wanted: Lane, now: datetime, *, running: bool = True) -> Lease | None:
    """Take the lane if it is due and nobody holds it; None otherwise.

    `running`: not in a space that is stopped. An event's own lane does not name its space in the store: the lease does.
    """
    token = secrets.token_hex(8)
    asked = {**_at(now), "b_lane": str(wanted), "b_token": token, "b_span": _ms(LEASE)}
    taken = (_TAKE_RUNNING if running else _TAKE).first(tx, asked)
    if taken is None:
        return None
    return Lease(Lane(wanted.kind, taken.space, wanted.key), token, taken.space, taken.leases)


def release(
    tx: Connection,
    lease: Lease,
    now: datetime,
    after: timedelta = timedelta(),
    rank: Class | None = None,
    *,
    stumbled: bool = False,
    checked: bool = False,
) -> Waits | None:
    """End the lease: the lane goes when nothing waits in it, else it is due again after the wait, or at once where
    somebody came meanwhile.

    `rank`: the class of what waits there, where that is known.
    `stumbled`: a fault of ours ended it, so that the lease goes on counting as one that was lost (docs/ledger.md 5).
    One that crosses one by one goes on so until the event that costs the leases is found.
    `checked`: in this transaction, whose lock on the lane lasts until it ends.
    """
    if not checked:
        check(tx, lease, now)
    mine = {"b_lane": str(lease.lane)}
    if _GONE.first(tx, mine) is not None:
        return None
    lost = lease.leases if stumbled else ALONE - 1 if ALONE <= lease.leases < CRASHES else 0
    class_ = None if rank is None else int(rank)
    row = _BACK.first(tx, {**_at(now), **mine, "b_span": _ms(after), "b_leases": lost, "b_class": class_})
    return Waits(lease.lane, Class(row.rank), normal.from_epoch_ms(row.due))


def check(tx: Connection, lease: Lease, now: datetime, rest: timedelta = timedelta()) -> None:
    """Raise LeaseLost unless the lane is still ours, and for that long.

    Its row is locked: until this transaction ends nobody takes the lane, and no event joins it unseen.
    """
    if _CHECK.first(tx, _ours(lease, now, rest)) is None:
        raise LeaseLost(str(lease.lane))


def due(tx: Connection, now: datetime) -> list[Waits]:
    """Lanes whose wait or lease ran out, whoever lost them (docs/ledger.md 13), but for the spaces that are stopped.

    Of each space those that come first and those that have waited longest: as many as are crossed in minutes.
    """
    rows = _SET_BACK.all(tx, _at(now))
    space = _SPACE.first(tx, {"b_after": ""}).space
    while space is not None:
        asked = {**_at(now), "b_space": space}
        rows += [*_FIRST.all(tx, asked), *_LONGEST.all(tx, asked)]
        space = _SPACE.first(tx, {"b_after": space}).space
    found = {Lane.read(row.lane, row.space): row for row in rows}
    return [Waits(one, Class(row.rank), min(normal.from_epoch_ms(row.due), now)) for one, row in found.items()]


def late(tx: Connection, now: datetime, by: timedelta) -> bool:
    """Whether what just came waits for longer than this in a space that runs, or its runner's lease is over as long."""
    return _LATE.first(tx, {**_at(now), "b_span": _ms(by)}) is not None


def transfer(
    tx: Connection,
    lease: Lease,
    event_: Event,
    contact: int,
    found: str,
    told: bytes,
    now: datetime,
    reaches: int | None = None,
) -> Lane:
    """Lead a found event into its contact's lane, which is given; `told` is its sealed report.

    `reaches`: the contact, for an event that is about whoever has its address.
    """
    check(tx, lease, now)
    to = Lane.of_contact(event_.space, contact)
    led = {"lane": str(to), "found": found, "report": told, "reaches": reaches}
    _EVENT.run(tx, {"b_id": event_.id, **led})
    return to


def send_back(tx: Connection, lease: Lease, event_: Event, contact: int, now: datetime) -> Lane:
    """This contact is not the event's person, or is not there: find again, alone (docs/ledger.md 7)."""
    check(tx, lease, now)
    to = Lane("event", event_.space, event_.id)
    since = event_.left_at if event_.left == contact and event_.left_at else now
    led = {"lane": str(to), "found": None, "left": contact, "left_at": normal.epoch_ms(since)}
    _EVENT.run(tx, {"b_id": event_.id, **led, "reason": None})
    return to


def redate_left(tx: Connection, now: datetime, event_: Event) -> None:
    """It was sent back by a clock that was set back since."""
    _EVENT.run(tx, {"b_id": event_.id, "left_at": normal.epoch_ms(now)})


def write_intent(tx: Connection, lease: Lease, sealed: bytes, now: datetime) -> None:
    """Say what is about to be sent, in one statement with the check of the lease (docs/ledger.md 9)."""
    asked = {**_ours(lease, now, WRITE), "b_sealed": sealed}
    if _INTEND.first(tx, asked) is None:
        raise LeaseLost(str(lease.lane))


def read_intent(tx: Connection, lane_: Lane) -> Intent | None:
    """What was about to be sent when the last runner stopped, if it never finished."""
    row = _INTENT.first(tx, {"b_lane": str(lane_)})
    return None if row is None else Intent(normal.from_epoch_ms(row.at), row.sealed)


def in_hand(tx: Connection, names: Collection[str]) -> bool:
    """Whether somebody works in one of these lanes, or a write there is in the open. Where nobody does, nobody begins
    before the end of the transaction. Identity lanes before contact lanes, as everybody locks (docs/ledger.md 4).
    """
    for name in sorted(names, reverse=True):
        owner = tx.execute(select(lane.c.owner).where(lane.c.lane == name).with_for_update()).scalar()
        if owner is not None or _INTENT.first(tx, {"b_lane": name}) is not None:
            return True
    return False


def drop_empty(tx: Connection, names: Collection[str]) -> None:
    """Of these lanes, which nobody has in hand, those go in which nothing waits any more."""
    for name in names:
        _GONE.first(tx, {"b_lane": name})


def redate_intent(tx: Connection, lease: Lease, now: datetime) -> None:
    """It was written by a clock that was set back since: wait for its write from now on."""
    check(tx, lease, now)
    _REDATE.run(tx, {**_at(now), "b_lane": str(lease.lane)})


def drop_intent(tx: Connection, lease: Lease) -> None:
    """The write is over, or surely never reached Qomon."""
    _DROP.run(tx, {"b_lane": str(lease.lane)})


@dataclass(frozen=True, slots=True)
class Finished:
    """How an event ends: `inverse` is what puts the contact back, for events that wrote something."""

    outcome: Outcome
    reason: str | None
    report: dict[str, Any]
    contact: int | None = None
    inverse: Json = None

    @property
    def withdraws(self) -> int | None:
        """1 where it waits for a person, and what it takes back with it: first in To do (docs/laws.md 7)."""
        return 1 if self.outcome.status == "held" and self.report.get("withdraws") else None


def finish(tx: Connection, vault: Vault, lease: Lease, finished: Mapping[str, Finished], now: datetime) -> None:
    """These events are over, by id: they leave the lane with report and way back, and no intent stays behind."""
    set_aside(tx, vault, lease, finished, now)
    drop_intent(tx, lease)


def set_aside(tx: Connection, vault: Vault, lease: Lease, finished: Mapping[str, Finished], now: datetime) -> None:
    """The same beside the run's own work: what it is about to do, or has said that it would, stays."""
    check(tx, lease, now)
    for id_, one in finished.items():
        ended = {"status": one.outcome.status, "outcome": one.outcome.value, "reason": one.reason, "lane": None}
        kept = {"withdraws": one.withdraws, "report": vault.seal(one.report), "ended": normal.epoch_ms(now)}
        _EVENT.run(tx, {"b_id": id_, **ended, **kept})
        if one.inverse:
            _keep_inverse(tx, vault, id_, one.contact, one.inverse, now)


def _keep_inverse(tx: Connection, vault: Vault, id_: str, contact: int | None, inverse: Json, now: datetime) -> None:
    """What puts the contact back. An event that wrote a part before it was held goes back to before that part."""
    row = {"event": id_, "contact": contact, "at": normal.epoch_ms(now), "sealed": vault.seal(inverse)}
    if _UNDO.first(tx, row) is not None:
        return
    first = _UNDONE.first(tx, {"b_id": id_})
    if first.contact == contact:
        old, new = (cast("dict[str, Any]", one) for one in (vault.unseal(first.sealed), inverse))
        both = {field: {**old[field], "after": new[field]["after"]} for field in old.keys() & new}
        row["sealed"] = vault.seal({**old, **new, **both})
    _REDO.run(tx, {"b_id": id_, **row})


@dataclass(frozen=True, slots=True)
class Faults:
    """How often Qomon failed on an event alone, equally and one time after the other, and how.

    `asked`: how long it has been asked for this event, `since`: from when that goes on; None while it is not asked.
    """

    times: int
    kind: str | None
    asked: timedelta = timedelta()
    since: datetime | None = None


def reschedule(
    tx: Connection, vault: Vault, event_: Event, reason: str, report: dict[str, Any], faults: Faults
) -> None:
    """The event goes on waiting, and its report says for what."""
    values = {"outcome": "queued", "reason": reason, "attempts": faults.times, "fault": faults.kind}
    values |= {"asked": _ms(faults.asked), "asked_at": normal.epoch_ms(faults.since) if faults.since else None}
    _EVENT.run(tx, {"b_id": event_.id, **values, "report": vault.seal(report)})


def _ours(lease: Lease, now: datetime, rest: timedelta) -> dict[str, Any]:
    return {**_at(now), "b_lane": str(lease.lane), "b_token": lease.token, "b_rest": _ms(rest)}


def _at(now: datetime) -> dict[str, Any]:
    return {"b_now": normal.epoch_ms(now)}


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
