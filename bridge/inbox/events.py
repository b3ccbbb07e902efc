"""The ledger of events: accept a delivery's records exactly once, and read them back.

It decides nothing about people or contacts: `lanes` says who works on what, `crossing` does the work.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, bindparam, case, insert, select

from bridge.inbox import known_contacts
from bridge.model import Class, Event, Json, Lane, Outcome, Status, Who
from bridge.store import store
from bridge.store.prepared import NOW, Listing, Statement
from bridge.store.tables import delivery, event, hook, identity, lane
from bridge.store.vault import Vault
from schemas import normal
from schemas.codes import Kind

HASH_WINDOW = timedelta(minutes=10)
"""How long a key made by hashing counts (docs/ledger.md 3); a tool's own id counts for ever."""

_CALLED = Statement(insert(delivery))
_STORED = Statement(insert(event).inline())
_SAME = ("space", "delivery", "hook", "revision", "digest", "kind", "record")
_IDENTIFIED = Statement(insert(identity))
_FOUND = Statement(
    select(event, hook.c.name.label("hook_name"))
    .join(hook, hook.c.id == event.c.hook, isouter=True)
    .where(event.c.id == bindparam("id"))
)
_EARLIER = Statement(
    select(event.c.id, event.c.seq, event.c.digest, event.c.lane, event.c.status)
    .add_columns(event.c.outcome, event.c.revision, event.c.mode, event.c.delivery)
    .where(
        event.c.space == bindparam("space"),
        event.c.hook == bindparam("hook"),
        event.c.key == bindparam("key"),
        event.c.received_at > bindparam("since"),
    )
    .order_by(event.c.seq)
)
_SHARED = Listing(
    lambda listed: (
        select(identity.c.fingerprint, event.c.lane)
        .join(event, event.c.id == identity.c.event)
        .where(
            identity.c.space == bindparam("space"),
            identity.c.fingerprint.in_(listed),
            event.c.status == "open",
            event.c.lane.is_not(None),
            event.c.reaches.is_(None),  # led there by an address, whosever it is
        )
        .order_by(event.c.seq)
    )
)
_SINCE = Listing(
    lambda listed: (
        select(event.c.id)
        .join(identity, identity.c.event == event.c.id)
        .where(
            identity.c.space == bindparam("space"),
            identity.c.fingerprint.in_(listed),
            event.c.seq > bindparam("after"),
            event.c.delivery != bindparam("but"),
            event.c.parent.is_(None),
        )
        .limit(1)
    )
)
_ONLY_LOOKED_AT = ("ignored", "captured", "previewed", "skipped")
"""Outcomes of events that may become something else once their hook is another one."""

_FAMILY = Statement(
    select(event.c.id, event.c.reaches).where(
        (event.c.parent == bindparam("b_root")) | (event.c.id == bindparam("b_root"))
    )
)


def _wake(insert: Any) -> Any:
    """Of a lane in somebody's hand only the class changes: what waits there after that is as urgent as this."""
    first = bindparam("b_class", type_=BigInteger)
    made = insert(lane).values({"due": NOW, "class": first})
    due = case((lane.c.owner.is_(None), NOW), else_=lane.c.due)
    rank = case((lane.c["class"] > first, first), else_=lane.c["class"])
    return made.on_conflict_do_update(index_elements=["lane"], set_={"due": due, "class": rank})


_WAKE = Statement(store.either(_wake))


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record of a delivery, ready to be stored. `record` and `report` are sealed here.

    One that is `open` asks for a lane; `key` None means that `digest` is the key, for a while, whatever `keys` says
    (see `Source.keys`); `mode` is the hook's.
    """

    space: str
    hook: str
    revision: int
    key: str | None
    digest: str
    kind: Kind
    submitted_at: datetime | None
    who: Who
    record: Json
    report: dict[str, Any]
    outcome: Outcome
    reason: str | None = None
    due: bool = False
    keys: Literal["event", "record", "hash"] = "event"
    mode: str = "live"

    @property
    def status(self) -> Status:
        return self.outcome.status

    @property
    def key_kind(self) -> str:
        return self.keys if self.key else "hash"

    def row(self, vault: Vault, received: datetime) -> dict[str, Any]:
        """Its columns of the table `event`, but for its report and its lane. What a person is to decide about gets its
        `ended` by retention, which leaves it the time for two warnings however long ago it came."""
        return {
            "space": self.space,
            "hook": self.hook,
            "revision": self.revision,
            "key_kind": self.key_kind,
            "mode": self.mode,
            "kind": self.kind,
            "status": self.status,
            "ended": normal.epoch_ms(received) if self.outcome.is_final else None,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "submitted_at": normal.epoch_ms(min(self.submitted_at or received, received)),
            "due": normal.epoch_ms(received) if self.due else None,
            "record": vault.seal(self.record),
        }

    @property
    def searched(self) -> bool:
        """An unsubscription is about whoever has its address: it waits for no contact (docs/ledger.md 14a)."""
        return self.kind == "unsubscribed"


@dataclass(frozen=True, slots=True)
class Accepted:
    """`first`: the event that this one repeats, `event` is then its id. `lane` is None when nothing waits. `report` is
    what was stored with a new event."""

    event: str
    lane: Lane | None = None
    first: bool = False
    report: dict[str, Any] | None = field(default=None, repr=False)


def keep_delivery(tx: Connection, address: str, proof: str, now: datetime) -> str:
    """Write down that a call came, under a new id; bodies are with the events."""
    id_ = secrets.token_hex(10)
    _CALLED.run(tx, {"id": id_, "received_at": normal.epoch_ms(now), "proof": proof, "address": address})
    return id_


def accept(
    tx: Connection, vault: Vault, delivery_id: str, delivered: Sequence[Incoming], now: datetime
) -> list[Accepted]:
    """Store each record of a delivery, or find the event that it repeats (docs/ledger.md 2 and 3), in one
    transaction.
    """
    named = lock(tx, vault, delivered)
    accepted = [_accept(tx, vault, delivery_id, one, now) for one in zip(delivered, named, strict=True)]
    wake(tx, {one.lane for one in accepted if one.lane and not one.first}, now)
    return accepted


def lock(tx: Connection, vault: Vault, delivered: Sequence[Incoming]) -> "list[_Named]":
    """Who accepts one of the same records, or one of the same people, waits until this transaction ends: two that did
    not see each other would make two events of one, or two lanes of one person.
    """
    named = [_Named(*keys(vault, one), people_of(vault, one.space, one.who)) for one in delivered]
    store.lock(tx, [one.key for one in named] + [person for one in named for person in one.people.values()])
    return named


@dataclass(frozen=True, slots=True)
class _Named:
    """What a record is known by, and whom it is about: fingerprints all."""

    key: str
    digest: str
    people: dict[str, str]


def _accept(tx: Connection, vault: Vault, delivery_id: str, one: tuple[Incoming, _Named], now: datetime) -> Accepted:
    incoming, named = one
    before = earlier(tx, incoming, named.key, now)
    if row := _repeated(tx, incoming, named, before, delivery_id):
        waits = row.status == "open" and row.lane
        return Accepted(row.id, Lane.read(row.lane, incoming.space) if waits else None, first=True)
    id_ = secrets.token_hex(10)
    lane_ = None
    if incoming.status == "open":
        lane_ = lane_for(tx, incoming.space, named.people, id_, now, searched=incoming.searched)
    reused = before and before[-1].digest != named.digest
    notes = [{"code": "key_reused", "answer": None, "rule": None}] if reused else []
    report = {**incoming.report, "event": id_, "notes": notes}
    made = {"id": id_, "delivery": delivery_id, "received_at": normal.epoch_ms(now), "attempts": 0, "leases": 0}
    made |= {"key": named.key, "digest": named.digest, "lane": str(lane_) if lane_ else None}
    _STORED.run(tx, {**incoming.row(vault, now), **made, "report": vault.seal(report)})
    identify(tx, incoming.space, id_, named.people)
    return Accepted(id_, lane_, report=report)


def identify(tx: Connection, space: str, id_: str, people: Mapping[str, str]) -> None:
    """Write down whom an event is about: fingerprints, by name."""
    whose = {"space": space, "event": id_}
    _IDENTIFIED.run_each(tx, [{**whose, "fingerprint": print_, "name": name} for name, print_ in people.items()])


def _repeated(tx: Connection, incoming: Incoming, named: _Named, before: Sequence[Any], delivery_id: str) -> Any:
    """The event of `before`, those of the same key, that this one repeats, if it does (docs/ledger.md 3)."""
    judged = (incoming.revision, incoming.mode)
    if incoming.key_kind == "record":  # A, B, A again: somebody went back to A
        before = before[-1:]
    same = [
        row
        for row in before
        if row.digest == named.digest
        and (row.outcome not in _ONLY_LOOKED_AT or (row.revision, row.mode or incoming.mode) == judged)
    ]
    people = [*named.people.values()]
    if not same or incoming.key_kind != "hash" or not people:
        return same[0] if same else None
    last = same[-1]
    beside = last.delivery if last.delivery != delivery_id else ""  # of one list that is sent again, nothing is between
    since = _SINCE.all(tx, {"space": incoming.space, "after": last.seq, "but": beside}, people)
    return None if since else last


@dataclass(frozen=True, slots=True)
class Branch:
    """A further row of an unsubscription (docs/ledger.md 14a): for a contact that has its address, in the field
    `found`, or for all of those that are too many to be reached at once.
    """

    id: str
    lane: Lane | None
    contact: int | None = None
    found: str | None = None


def branch(
    tx: Connection, vault: Vault, first: Event, one: Branch, report: dict[str, Any], people: dict[str, str]
) -> None:
    """Its key is its own: what repeats the unsubscription repeats its first row. `people`: fingerprints, by name."""
    held = one.lane is None
    made = {
        **{name: getattr(first, name) for name in _SAME},
        "submitted_at": normal.epoch_ms(first.submitted_at),
        "received_at": normal.epoch_ms(first.received_at),
        "id": one.id,
        "key": one.id,
        "key_kind": "id",
        "lane": str(one.lane) if one.lane else None,
        "found": one.found,
        "status": "held" if held else "open",
        "outcome": "held" if held else "queued",
        "reason": "several_contacts" if held else None,
        "attempts": 0,
        "leases": 0,
        "parent": first.parent or first.id,
        "reaches": one.contact,
        "report": vault.seal(report),
    }
    _STORED.run(tx, made)
    identify(tx, first.space, one.id, people)


def family(tx: Connection, event: Event) -> dict[str, int | None]:
    """The rows of one unsubscription, by id: the contact that each was led to."""
    return {one.id: one.reaches for one in _FAMILY.all(tx, {"b_root": event.parent or event.id})}


def busy(tx: Connection, space: str, fingerprints: Sequence[str]) -> set[int]:
    """The contacts that events with any of these identities wait to be written on."""
    found = _SHARED.all(tx, {"space": space}, fingerprints)
    lanes = (Lane.read(row.lane, space) for row in found)
    return {lane.contact for lane in lanes if lane.contact is not None}


def keys(vault: Vault, incoming: Incoming) -> tuple[str, str]:
    """What a repeated record is known by (docs/ledger.md 3)."""
    key = vault.fingerprint("key", incoming.hook, incoming.key or incoming.digest)
    return key, vault.fingerprint("digest", incoming.hook, incoming.digest)


def fingerprints_of(vault: Vault, space: str, who: Who) -> dict[str, str]:
    """Identity name -> keyed fingerprint, in the order of `who` (which is the hook's `find` order)."""
    return {name: vault.fingerprint("identity", space, name, value) for name, value in who.identities.items()}


def people_of(vault: Vault, space: str, who: Who) -> dict[str, str]:
    """The same, and behind them what only joins: whoever says that is the same person."""
    joining = {f"new {name}": vault.fingerprint("identity", space, name, value) for name, value in who.joins.items()}
    return {**fingerprints_of(vault, space, who), **joining}


def wake(tx: Connection, lanes: Collection[Lane], now: datetime, rank: Class = Class.LIVE) -> None:
    """Make these lanes due now, and make those that are not there; one that somebody holds is left to its runner.

    Identity lanes before contact lanes, as everybody locks (docs/ledger.md 4).
    """
    for one in sorted(lanes, key=str, reverse=True):
        _WAKE.run(tx, {"lane": str(one), "space": one.space, "b_now": normal.epoch_ms(now), "b_class": int(rank)})


def find_event(tx: Connection, id_: str) -> Event | None:
    """One event with its hook's name."""
    row = _FOUND.first(tx, {"id": id_})
    return None if row is None else Event.from_row(row)


def latest(tx: Connection, most: int, outcome: str | None = None) -> list[Event]:
    """The newest events first, with their hook's name; before all others the held ones that take a consent back."""
    found = select(event, hook.c.name.label("hook_name")).join(hook, hook.c.id == event.c.hook, isouter=True)
    if outcome:
        found = found.where(event.c.outcome == outcome)
    found = found.order_by(event.c.seq.desc()).limit(most)
    waits = (event.c.withdraws == 1) & (event.c.status == "held")
    rows = [*tx.execute(found.where(waits)).all(), *tx.execute(found).all()]
    return [Event.from_row(row) for row in {row.id: row for row in rows}.values()][:most]


def earlier(tx: Connection, incoming: Incoming, key: str, now: datetime) -> Sequence[Any]:
    """Events of the same key; one made by hashing counts for a while."""
    since = normal.epoch_ms(now - HASH_WINDOW) if incoming.key is None else 0
    return _EARLIER.all(tx, {"space": incoming.space, "hook": incoming.hook, "key": key, "since": since})


def lane_for(
    tx: Connection,
    space: str,
    fingerprints: dict[str, str],
    id_: str,
    now: datetime | None = None,
    *,
    searched: bool = False,
) -> Lane:
    """The open lane that shares an identity, the first identity's if there are several; else a lane of its own.

    That is the contact's whom the first identity led to lately, whose own turn looks again whether that is right
    (docs/ledger.md 7); `now` None: the person is to be found anew. `searched`: never that of a contact.
    """
    if not fingerprints:
        return Lane("event", space, id_)
    rows = _SHARED.all(tx, {"space": space}, [*fingerprints.values()])
    shared = [(row.fingerprint, Lane.read(row.lane, space)) for row in rows]
    lanes = {finger: lane for finger, lane in shared if not (searched and lane.kind == "contact")}
    for mine in fingerprints.values():
        if mine in lanes:
            return lanes[mine]
    contact = known_contacts.led(tx, space, fingerprints, now) if now is not None and not searched else None
    first = next(iter(fingerprints.values()))
    return Lane("identity", space, first) if contact is None else Lane.of_contact(space, contact)
