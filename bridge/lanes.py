"""Who works on what: leases on lanes, the intent before a write, settling after it (ledger.md 5 to 13).

Every write of a runner is guarded by its lease: a runner that lost it changes nothing and stops.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, Connection, LargeBinary, Row, bindparam, delete, func, insert, select, update

from bridge.clock import NOW
from bridge.errors import BridgeError
from bridge.tables import event, identity, intent, known, lane, undo
from bridge.vault import Vault
from bridge.words import Json
from schemas import normal

LEASE = timedelta(seconds=90)
WRITE = timedelta(seconds=40)
"""What must be left of the lease before a write is sent: more than the client waits for an answer (ledger.md 9)."""


# Made once: to build a statement and to find its compiled form again costs more than to run it.
_NAMED = lane.c.lane == bindparam("b_lane")
_OPEN = (event.c.lane == bindparam("b_lane")) & (event.c.status == "open")
_TAKE = (
    update(lane)
    .where(_NAMED, lane.c.due <= NOW, lane.c.space.not_in(bindparam("b_stopped", expanding=True)))
    .values(owner=bindparam("b_token"), due=NOW + bindparam("b_span", type_=BigInteger))
    .returning(lane.c.space)
)
_LEASED = update(event).where(_OPEN).values(leases=event.c.leases + 1)
_UNLEASED = update(event).where(_OPEN).values(leases=0)
_WAITING = select(event).where(_OPEN).order_by(event.c.submitted_at, event.c.seq)
_WAITS = select(event.c.seq).where(_OPEN).limit(1)
_OURS = (_NAMED, lane.c.owner == bindparam("b_token"), lane.c.due > NOW + bindparam("b_rest", type_=BigInteger))
_CHECK = select(lane.c.lane).where(*_OURS).with_for_update()
_GONE = delete(lane).where(_NAMED)
_BACK = update(lane).where(_NAMED).values(owner=None, due=NOW + bindparam("b_span", type_=BigInteger))
_INTENT = select(intent).where(intent.c.lane == bindparam("b_lane"))
_DROP = delete(intent).where(intent.c.lane == bindparam("b_lane"))
_INTEND = (
    insert(intent)
    .from_select(
        ["lane", "token", "at", "sealed"],
        select(lane.c.lane, lane.c.owner, NOW, bindparam("b_sealed", type_=LargeBinary)).where(*_OURS),
    )
    .returning(intent.c.lane)
)
_EVENT = update(event).where(event.c.id == bindparam("b_id"))


class LeaseLost(BridgeError):
    """Somebody else holds the lane, or our time ran out: stop at once, write nothing."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One runner's right to work on one lane."""

    lane: str
    token: str
    space: str


def take(tx: Connection, name: str, now: datetime, stopped: Collection[str] = ()) -> Lease | None:
    """Take the lane if it is due and nobody holds it, except in a space that is `stopped`; None otherwise.

    Its events count one more lease.
    """
    token = secrets.token_hex(8)
    asked = {**_at(now), "b_lane": name, "b_stopped": list(stopped), "b_token": token, "b_span": _ms(LEASE)}
    taken = tx.execute(_TAKE, asked).one_or_none()
    if taken is None:
        return None
    tx.execute(_LEASED, {"b_lane": name})
    return Lease(name, token, taken.space)


def give_back(
    tx: Connection, lease: Lease, now: datetime, after: timedelta = timedelta(), *, stumbled: bool = False
) -> bool:
    """End the lease: the lane goes when nothing waits in it, else it is due again after the wait (True).

    `stumbled`: a fault of ours ended it, so that the lease goes on counting as one that was lost (ledger.md 5).
    """
    check(tx, lease, now)
    mine = {"b_lane": lease.lane}
    waits = tx.execute(_WAITS, mine).one_or_none() is not None
    if waits and not stumbled:
        tx.execute(_UNLEASED, mine)
    if not waits and read_intent(tx, lease.lane) is None:
        tx.execute(_GONE, mine)
        return False
    tx.execute(_BACK, {**_at(now), **mine, "b_span": _ms(after)})
    return True


def check(tx: Connection, lease: Lease, now: datetime, rest: timedelta = timedelta()) -> None:
    """Raise LeaseLost unless the lane is still ours, and for that long.

    Its row is locked: until this transaction ends nobody takes the lane, and no event joins it unseen.
    """
    if tx.execute(_CHECK, _ours(lease, now, rest)).one_or_none() is None:
        raise LeaseLost(lease.lane)


def due(tx: Connection, now: datetime, stopped: Collection[str] = ()) -> list[str]:
    """Lanes whose wait or lease ran out, whoever lost them (ledger.md 13), but for the spaces that are stopped."""
    found = select(lane.c.lane).where(lane.c.due <= NOW, lane.c.space.not_in(stopped))
    return list(tx.execute(found.order_by(lane.c.due), _at(now)).scalars())


def overdue(tx: Connection, space: str, before: datetime) -> list[str]:
    """Lanes of a space in which an event waits that was received, or released, before this moment."""
    since = func.coalesce(event.c.released, event.c.received_at)
    old = (event.c.space == space) & (event.c.status == "open") & (since <= normal.epoch_ms(before))
    return list(tx.execute(select(event.c.lane).where(old, event.c.lane.is_not(None)).distinct()).scalars())


def waiting(tx: Connection, name: str) -> Sequence[Row[Any]]:
    """The lane's open events, oldest submission first."""
    return tx.execute(_WAITING, {"b_lane": name}).all()


def move(tx: Connection, lease: Lease, row: Row[Any], contact: int, found: str, told: bytes, now: datetime) -> str:
    """Lead a found event into its contact's lane; `told` is its sealed report. Returns the lane's name."""
    check(tx, lease, now)
    to = f"contact:{row.space}:{contact}"
    tx.execute(_EVENT, {"b_id": row.id, "lane": to, "found": found, "leases": 0, "report": told})
    return to


def send_back(tx: Connection, lease: Lease, row: Row[Any], to: str, contact: int, now: datetime) -> None:
    """This contact is not the event's person: forget what led here, and find again, alone (ledger.md 7)."""
    check(tx, lease, now)
    mine = select(identity.c.fingerprint).where(identity.c.event == row.id)
    tx.execute(
        delete(known).where(known.c.space == row.space, known.c.fingerprint.in_(mine), known.c.contact == contact)
    )
    tx.execute(update(event).where(event.c.id == row.id).values(lane=to, found=None, left=contact, leases=0))


def write_intent(tx: Connection, lease: Lease, sealed: bytes, now: datetime) -> None:
    """Say what is about to be sent, in one statement with the check of the lease (ledger.md 9)."""
    asked = {**_ours(lease, now, WRITE), "b_sealed": sealed}
    if tx.execute(_INTEND, asked).one_or_none() is None:
        raise LeaseLost(lease.lane)


def read_intent(tx: Connection, name: str) -> Row[Any] | None:
    """What was about to be sent when the last runner stopped, if it never settled."""
    return tx.execute(_INTENT, {"b_lane": name}).one_or_none()


def drop_intent(tx: Connection, lease: Lease) -> None:
    """The write is settled, or surely never reached Qomon."""
    tx.execute(_DROP, {"b_lane": lease.lane})


@dataclass(frozen=True, slots=True)
class Settled:
    """How an event ends: `inverse` is what puts the contact back, for events that wrote something."""

    outcome: str
    reason: str | None
    report: dict[str, Any]
    contact: int | None = None
    inverse: Json = None

    @property
    def status(self) -> str:
        return "held" if self.outcome in ("held", "failed") else "done"


def settle(tx: Connection, vault: Vault, lease: Lease, id_: str, settled: Settled, now: datetime) -> None:
    """The event is over: it leaves the lane with its report, its way back, and no intent left behind."""
    check(tx, lease, now)
    values = {"status": settled.status, "outcome": settled.outcome, "reason": settled.reason, "lane": None, "leases": 0}
    tx.execute(_EVENT, {"b_id": id_, **values, "report": vault.seal(settled.report)})
    if settled.inverse is not None:
        _keep_inverse(tx, vault, id_, settled.contact, settled.inverse, now)
    drop_intent(tx, lease)


def _keep_inverse(tx: Connection, vault: Vault, id_: str, contact: int | None, inverse: Json, now: datetime) -> None:
    """What puts the contact back. An event that wrote a part before it was held goes back to before that part."""
    mine = undo.c.event == id_
    first = tx.execute(select(undo).where(mine, undo.c.contact == contact)).one_or_none()
    if first is not None:
        old, new = (cast("dict[str, Any]", one) for one in (vault.unseal(first.sealed), inverse))
        both = {field: {"before": old[field]["before"], "after": new[field]["after"]} for field in old.keys() & new}
        inverse = {**old, **new, **both}
    tx.execute(delete(undo).where(mine))
    row = {"event": id_, "contact": contact, "at": normal.epoch_ms(now), "sealed": vault.seal(inverse)}
    tx.execute(insert(undo).values(**row))


@dataclass(frozen=True, slots=True)
class Faults:
    """How often Qomon failed on an event alone, equally and one time after the other, and how."""

    times: int
    kind: str | None


def postpone(tx: Connection, vault: Vault, row: Row[Any], reason: str, report: dict[str, Any], faults: Faults) -> None:
    """The event goes on waiting, and its report says for what."""
    values = {"outcome": "queued", "reason": reason, "attempts": faults.times, "fault": faults.kind}
    tx.execute(update(event).where(event.c.id == row.id).values(**values, report=vault.seal(report)))


def _ours(lease: Lease, now: datetime, rest: timedelta) -> dict[str, Any]:
    return {**_at(now), "b_lane": lease.lane, "b_token": lease.token, "b_rest": _ms(rest)}


def _at(now: datetime) -> dict[str, Any]:
    return {"b_now": normal.epoch_ms(now)}


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
