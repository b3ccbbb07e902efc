"""The ledger of events: accept a delivery's records exactly once, and read them back.

It decides nothing about people or contacts: `lanes` says who works on what, `crossing` does the work.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, case, func, insert, select

from bridge.inbox import duplicates, known_contacts
from bridge.inbox.duplicates import Before, Named
from bridge.model import Class, Event, Json, Lane, Outcome, Status, Who
from bridge.store import store
from bridge.store.prepared import NOW, Listing, Rows, Statement
from bridge.store.tables import delivery, event, hook, identity, lane
from bridge.store.vault import Vault
from schemas import normal
from schemas.codes import Kind

_CALLED = Statement(insert(delivery))
_STORED = Rows(event)
_SAME = ("space", "delivery", "hook", "revision", "digest", "kind", "record")
_IDENTIFIED = Rows(identity)
WITH_HOOK = select(event, hook.c.name.label("hook_name")).join(hook, hook.c.id == event.c.hook, isouter=True)
"""Rows of events as `Event.from_row` takes them, with their hook's name."""
_FOUND = Statement(WITH_HOOK.where(event.c.id == bindparam("id")))
_AMONG = Listing(lambda among: WITH_HOOK.where(among(event.c.id)))
_SHARED = Listing(
    lambda among: (
        select(identity.c.fingerprint, event.c.lane, func.max(event.c.seq).label("seq"))
        .join(event, event.c.id == identity.c.event)
        .where(
            identity.c.space == bindparam("space"),
            among(identity.c.fingerprint),
            event.c.status == "open",
            event.c.lane.is_not(None),
            event.c.reaches.is_(None),  # led there by an address, whosever it is
        )
        .group_by(identity.c.fingerprint, event.c.lane)  # of a long lane one row
    )
)
_FAMILY = Statement(
    select(event.c.id, event.c.reaches).where(
        (event.c.parent == bindparam("b_root")) | (event.c.id == bindparam("b_root"))
    )
)
_WAKING: Any = bindparam("b_class", type_=BigInteger)


def _wake(insert: Any) -> Any:
    """Of a lane in somebody's hand only the class changes: what waits there after that is as urgent as this."""
    due = case((lane.c.owner.is_(None), NOW), else_=lane.c.due)
    rank = case((lane.c["class"] > _WAKING, _WAKING), else_=lane.c["class"])
    return insert.on_conflict_do_update(index_elements=["lane"], set_={"due": due, "class": rank})


_WAKE = Rows(lane, _wake, **{"due": NOW, "class": _WAKING})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record of a delivery, ready to be stored. `record` and `report` are sealed here.

    One that is `open` asks for a lane; `contact` is the number of Qomon's own that it is looked for by first. `key`
    None means that `digest` is the key, for a while, whatever `keys` says (see `Source.keys`); `mode` is the hook's,
    or `deleted`.
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
    contact: int | None = None
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
    """Store each record of a delivery, or find the event that it repeats (docs/ledger.md 2 and 3), in one transaction.

    All are of one hook. What is asked of the store does not grow with their number: who comes later in the list is
    judged as if those before were stored (docs/ledger.md 32).
    """
    if not delivered:
        return []
    where = (delivered[0].space, delivered[0].hook)
    records = [(secrets.token_hex(10), named) for named in lock(tx, vault, delivered)]
    verdicts = duplicates.look(tx, where, delivery_id, records, now)
    new = [
        _New(id_, incoming, named, reused)
        for incoming, (id_, named), (first, reused) in zip(delivered, records, verdicts, strict=True)
        if first is None
    ]
    led, stored = dict[str, Lane](), dict[str, Accepted]()
    if new:
        waiting = [
            _Waiting(one.id, one.named.people, one.incoming.searched, one.incoming.contact)
            for one in new
            if one.incoming.status == "open"
        ]
        led = _lanes(tx, where[0], waiting, now)
        stored = {one.id: Accepted(one.id, led.get(one.id), report=one.report()) for one in new}
        _store(tx, vault, delivery_id, [(one, stored[one.id]) for one in new], now)
        wake(tx, set(led.values()), now)
    return [
        stored[id_] if first is None else _repeated(first, where[0], led)
        for (id_, _), (first, _) in zip(records, verdicts, strict=True)
    ]


def lock(tx: Connection, vault: Vault, delivered: Sequence[Incoming]) -> list[Named]:
    """Who accepts one of the same records, or one of the same people, waits until this transaction ends: two that did
    not see each other would make two events of one, or two lanes of one person.
    """
    named = [_named(vault, one) for one in delivered]
    store.lock_list(tx, [one.key for one in named] + [person for one in named for person in one.people.values()])
    return named


def _named(vault: Vault, one: Incoming) -> Named:
    key, digest = keys(vault, one)
    people = people_of(vault, one.space, one.who)
    return Named(key, digest, people, one.key_kind, one.key is not None, one.revision, one.mode, one.outcome.value)


@dataclass(frozen=True, slots=True)
class _New:
    """A record that repeats nothing, and the id of its event."""

    id: str
    incoming: Incoming
    named: Named
    reused: bool

    def report(self) -> dict[str, Any]:
        notes = [{"code": "key_reused", "answer": None, "rule": None}] if self.reused else []
        return {**self.incoming.report, "event": self.id, "notes": notes}


def _store(tx: Connection, vault: Vault, delivery_id: str, new: Sequence[tuple[_New, Accepted]], now: datetime) -> None:
    same = {"delivery": delivery_id, "received_at": normal.epoch_ms(now), "attempts": 0, "leases": 0}
    rows, people = list[dict[str, Any]](), list[dict[str, Any]]()
    for one, kept in new:
        own = {"id": one.id, "key": one.named.key, "digest": one.named.digest, "report": vault.seal(kept.report)}
        rows.append({**one.incoming.row(vault, now), **same, **own, "lane": str(kept.lane) if kept.lane else None})
        people += _identities(one.incoming.space, one.id, one.named.people)
    _STORED.put(tx, rows)
    _IDENTIFIED.put(tx, people)


def _repeated(first: Before, space: str, led: Mapping[str, Lane]) -> Accepted:
    """`led`: the lanes of those that came before it in the same list."""
    waits = Lane.read(first.lane, space) if first.status == "open" and first.lane else led.get(first.id)
    return Accepted(first.id, waits, first=True)


def put(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Whole rows that somebody else made."""
    _STORED.put(tx, rows)


def identify(tx: Connection, space: str, id_: str, people: Mapping[str, str]) -> None:
    """Write down whom an event is about: fingerprints, by name."""
    _IDENTIFIED.put(tx, _identities(space, id_, people))


def _identities(space: str, id_: str, people: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"space": space, "event": id_, "fingerprint": print_, "name": name} for name, print_ in people.items()]


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
    _STORED.put(tx, [made])
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
    named = {str(one): one.space for one in lanes}
    rows = [{"lane": name, "space": named[name]} for name in sorted(named, reverse=True)]
    _WAKE.put(tx, rows, b_now=normal.epoch_ms(now), b_class=int(rank))


def find_event(tx: Connection, id_: str) -> Event | None:
    """One event with its hook's name."""
    row = _FOUND.first(tx, {"id": id_})
    return None if row is None else Event.from_row(row)


def among(tx: Connection, ids: Sequence[str]) -> list[Event]:
    """Those of these that are there, each with its hook's name."""
    return [Event.from_row(row) for row in _AMONG.all(tx, {}, ids)]


def earlier(tx: Connection, incoming: Incoming, key: str, now: datetime) -> Sequence[Before]:
    """Events of the same key; one made by hashing counts for a while."""
    where = (incoming.space, incoming.hook)
    return duplicates.earlier(tx, where, [key], now, lasting=incoming.key is not None)


def lane_for(tx: Connection, space: str, fingerprints: Mapping[str, str], id_: str, *, searched: bool = False) -> Lane:
    """The lane for an event whose person is to be found anew: see `_lanes`."""
    return _lanes(tx, space, [_Waiting(id_, fingerprints, searched)], None)[id_]


class _Waiting(NamedTuple):
    """An event that asks for a lane, by id. `people`: its fingerprints, by name; the others as in `Incoming`."""

    id: str
    people: Mapping[str, str]
    searched: bool
    contact: int | None = None


def _lanes(tx: Connection, space: str, events: Sequence[_Waiting], now: datetime | None) -> dict[str, Lane]:
    """For each event, by id: the open lane that shares an identity, the first identity's if there are several, be it
    made a moment ago for another one of these; else a lane of its own.

    That is the contact's whom the first identity leads to, whose own turn looks again whether that is right
    (docs/ledger.md 7); `now` None: the person is to be found anew. One that is searched never joins a contact.
    """
    asked = {print_ for one in events for print_ in one.people.values()}
    rows = sorted(_SHARED.all(tx, {"space": space}, [*asked]), key=lambda row: row.seq)
    opened = [(row.fingerprint, Lane.read(row.lane, space)) for row in rows]
    shared = dict(opened)
    besides = {print_: lane for print_, lane in opened if lane.kind != "contact"}
    known = {} if now is None else _known(tx, space, events, shared.keys(), now)
    found = dict[str, Lane]()
    for one in events:
        open_ = besides if one.searched else shared
        lane_ = next((open_[print_] for print_ in one.people.values() if print_ in open_), None)
        lane_ = lane_ or known.get(one.id) or Lane(*_own(space, one.id, one.people))
        shared |= dict.fromkeys(one.people.values(), lane_)
        besides |= {} if lane_.kind == "contact" else dict.fromkeys(one.people.values(), lane_)
        found[one.id] = lane_
    return found


def _own(space: str, id_: str, people: Mapping[str, str]) -> tuple[Literal["identity", "event"], str, str]:
    first = next(iter(people.values()), None)
    return ("event", space, id_) if first is None else ("identity", space, first)


def _known(
    tx: Connection, space: str, events: Iterable[_Waiting], shared: AbstractSet[str], now: datetime
) -> dict[str, Lane]:
    """By event, the lane of the contact that is known; of those that join none of the lanes that are there."""
    strangers = {
        one.id: (one.people, one.contact)
        for one in events
        if one.people and not one.searched and shared.isdisjoint(one.people.values())
    }
    led = known_contacts.led(tx, space, [*strangers.values()], now)
    pairs = zip(strangers, led, strict=True)
    return {id_: Lane.of_contact(space, contact) for id_, contact in pairs if contact is not None}
