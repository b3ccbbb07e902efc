"""A person is erased: everything that the store holds of somebody, found by `person` (docs/laws.md 8.4).

Of an event the row stays, emptied: with keyed fingerprints and nothing else of her, so that a tool's retry is a repeat
and not somebody new. What a run leaves undone the next one finds and ends.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, select, update

from bridge.door import quarantine
from bridge.errors import BridgeError
from bridge.hooks.revisions import By
from bridge.inbox import events, lanes
from bridge.merge.addressed import Address
from bridge.model import Event, Lane, Outcome
from bridge.operations import audit, causes
from bridge.operations.person import Person
from bridge.operations.traces import holds, text_of
from bridge.store import size
from bridge.store.store import Store, lock
from bridge.store.tables import audit as audited
from bridge.store.tables import card, creating, event, intent, known, lane, mark, receipt, seen, spread, undo
from bridge.store.vault import Vault
from schemas import normal

log = logging.getLogger(__name__)

MOST = 50
"""Events in one transaction: on a server each is a lock, and it has some hundreds for everybody."""

_Rows: TypeAlias = tuple[Table, ColumnElement[bool]]


class _InHand(BridgeError):
    """Somebody writes for this person right now."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, by table. `in_hand`: submissions that are being written now and were left whole, with all that belongs
    to their contact. `refused`: calls that hold the address and stay, because others have it too, and `waiting` because
    their webhook does not load: they may hold other people's submissions that nobody has seen yet.
    """

    at: datetime
    gone: Counter[str]
    in_hand: int = 0
    refused: int = 0
    waiting: int = 0

    @property
    def whole(self) -> bool:
        return not (self.in_hand or self.waiting)


def would(store: Store, vault: Vault, person: Person, others: Collection[str], now: datetime) -> Forgotten:
    """What `forget` would do now. `others`: hooks, by id, of other accounts."""
    gone = Counter({"event": len(person.events)})
    with store.read() as tx:
        for batch in _batches([one for one, _contact in person.events]):
            _count(tx, gone, [*_of_events(batch), *_noted_at(batch)])
        for contact in person.contacts:
            _count(tx, gone, _of_contact(person.asked.space, contact, others))
        kept, refused, waiting = _refused(tx, vault, person, others)
    gone["refused"] = len(kept)
    return Forgotten(now, +gone, refused=refused, waiting=waiting)


def forget(store: Store, vault: Vault, person: Person, others: Collection[str], by: By) -> Forgotten:
    """In short transactions; what somebody has in hand is left, with all that is known of its contact. That it was
    done is noted in the last one, by the person's keyed fingerprint and how much went.
    """
    gone, in_hand, now = Counter[str](), 0, by.at
    for contact in (*person.contacts, None):
        hers = sorted(person.of(contact), key=lambda one: (one.status != "open", one.id in person.linked))
        done = 0
        try:
            for batch in _batches(hers):
                last = done + len(batch) == len(hers)
                with store.write() as tx, size.overwritten(tx):
                    gone += _erase(tx, person.asked.space, contact, batch, others if last else None, now)
                done += len(batch)
        except _InHand:
            in_hand += len(hers) - done
    with store.read() as tx:  # nobody who accepts waits until all of them are opened
        kept, refused, waiting = _refused(tx, vault, person, others)
    with store.write() as tx, size.overwritten(tx):
        gone["refused"] = quarantine.drop_each(tx, kept)
        _empty_looks(tx, vault, person)
        asked = {"account": person.asked.space, "asked_by": person.asked.by}
        audit.note(tx, vault, by, "forgotten", person.asked.print, **asked, **(+gone), in_hand=in_hand)
    store.checkpoint(emptied=True)
    log.info("a person was forgotten", extra={"events": gone["event"], "in_hand": in_hand})
    return Forgotten(now, +gone, in_hand, refused, waiting)


def _batches(rows: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """At least one, which may be empty: of a contact something may be known without any event."""
    for begin in range(0, max(len(rows), 1), MOST):
        yield rows[begin : begin + MOST]


def _erase(
    tx: Connection,
    space: str,
    contact: int | None,
    batch: Sequence[Event],
    others: Collection[str] | None,
    now: datetime,
) -> Counter[str]:
    """These events, and with `others` what is known of their contact. Raises _InHand: nothing was changed."""
    ids = [one.id for one in batch]
    if ids:
        lock(tx, ids)  # people's decisions take the same
    rows = _free(tx, space, contact, ids)
    gone = Counter[str]()
    _delete(tx, gone, _noted_at(rows))
    gone["event"] = _empty(tx, rows, now)
    _delete(tx, gone, _of_events(rows))
    if contact is not None and others is not None:
        _delete(tx, gone, _of_contact(space, contact, others))
    lanes.drop_empty(tx, {str(row.lane) for row in rows if row.lane is not None})
    return gone


def _free(tx: Connection, space: str, contact: int | None, ids: Sequence[str]) -> list[Event]:
    """The events that are not erased yet, and nobody works in their lanes nor begins to."""
    before = events.among(tx, ids)
    names = {str(row.lane) for row in before if row.lane is not None}
    names |= set() if contact is None else {str(Lane.of_contact(space, contact))}
    if lanes.in_hand(tx, {name for name in names if not _orphan(tx, name)}):
        raise _InHand
    rows = events.among(tx, ids)
    if {row.lane for row in rows} != {row.lane for row in before}:
        raise _InHand  # it went elsewhere while we waited for the lane
    return [row for row in rows if row.outcome is not Outcome.FORGOTTEN]


def _orphan(tx: Connection, name: str) -> bool:
    """A lane that is gone, with nobody waiting there: what was about to be written is nobody's any more."""
    there = select(lane.c.lane).where(lane.c.lane == name)
    waits = select(event.c.seq).where(event.c.lane == name, event.c.status == "open").limit(1)
    return tx.execute(there).first() is None and tx.execute(waits).first() is None


def _empty(tx: Connection, rows: Sequence[Event], now: datetime) -> int:
    at = normal.epoch_ms(now)
    over: dict[str, Any] = {"status": "done", "outcome": Outcome.FORGOTTEN.value, "record": b"", "report": b""}
    names = ("cause", "reason", "lane", "found", "fault", "released", "decided", "due", "left", "left_at", "reaches")
    over |= dict.fromkeys((*names, "withdraws", "asked", "asked_at", "decision"))
    over |= {"attempts": 0, "erased": at, "ended": func.coalesce(event.c.ended, at)}
    seqs = [row.seq for row in rows]
    tx.execute(update(event).where(event.c.seq.in_(seqs)).values(over))
    ids = [row.id for row in rows]
    tx.execute(update(audited).where(audited.c.subject.in_(ids)).values(sealed=b""))
    size.pack(tx, event, event.c.seq, seqs)
    return len(seqs)


def _empty_looks(tx: Connection, vault: Vault, person: Person) -> None:
    """What was said of looks at her. Where others have the address too, they may have been at them."""
    ids = [vault.fingerprint("identity", person.asked.space, "id", str(one)) for one in person.contacts]
    hers = [*ids, *(person.asked.prints if person.alone else ())]
    looks = audited.c.did.in_(("looked_at", "exported")) & audited.c.subject.in_(hers)
    tx.execute(update(audited).where(looks).values(sealed=b""))


def _of_events(rows: Sequence[Event]) -> list[_Rows]:
    """The brake counts one who was not made yet under the event's number, below zero."""
    ids, made = [row.id for row in rows], [-row.seq for row in rows]
    return [
        *((table, table.c.event.in_(ids)) for table in (undo, receipt, creating)),
        (spread, spread.c.contact.in_(made)),
    ]


def _noted_at(rows: Sequence[Event]) -> list[_Rows]:
    """What people noted at a cause of To do that she waits for: it may speak of her."""
    return [(card, causes.notes_of([row.seq for row in rows]))]


def _of_contact(space: str, contact: int, others: Collection[str]) -> list[_Rows]:
    """All that is known of a contact. What an address took back stays: a fingerprint, so that whoever was erased is
    not written to again because of an older yes (docs/ledger.md 21)."""
    hers = [(table, (table.c.space == space) & (table.c.contact == contact)) for table in (mark, seen, known)]
    name = str(Lane.of_contact(space, contact))
    gone = ~exists().where(lane.c.lane == intent.c.lane)
    given = (spread.c.contact == contact) & spread.c.hook.not_in(others)
    return [*hers, (spread, given), (intent, (intent.c.lane == name) & gone)]


def _delete(tx: Connection, gone: Counter[str], which: Sequence[_Rows]) -> None:
    for table, rows in which:
        gone[table.name] += tx.execute(delete(table).where(rows)).rowcount


def _count(tx: Connection, gone: Counter[str], which: Sequence[_Rows]) -> None:
    for table, rows in which:
        gone[table.name] += tx.scalar(select(func.count()).select_from(table).where(rows)) or 0


def _refused(tx: Connection, vault: Vault, person: Person, others: Collection[str]) -> tuple[list[str], int, int]:
    """The calls to be deleted; how many stay because others have the address; how many because they wait."""
    addresses: Collection[Address] = person.addresses
    found = quarantine.holding(tx, vault, others, lambda call: holds(text_of(call), addresses)) if addresses else []
    mine = [one for one in found if not one.waits]
    kept = [one.id for one in mine] if person.alone else []
    return kept, len(mine) - len(kept), len(found) - len(mine)
