"""What a page shows of one person: the newest of it, however much there is. It changes nothing; that somebody looked
is noted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bridge.crossing.opened import record_within
from bridge.hooks.revisions import By
from bridge.inbox import records, written
from bridge.merge import consent, history
from bridge.model import Event, Outcome
from bridge.operations import activity, audit
from bridge.operations.activity import Deed
from bridge.operations.person import Person
from bridge.report import receipts
from bridge.services import Services
from bridge.store.tables import lane
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal

LISTED = 50
"""Submissions of one page."""
OPENED = 200
"""Submissions whose answers and reports are opened, the newest: each costs."""
ONCE = timedelta(minutes=10)
"""For so long a look at the same person is noted once for each who looks."""
_WAITS = ("open", "held", "kept")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission that is not over. `due`: when it is tried next, where it waits for that."""

    event: Event
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What one submission proves of a consent; `said` None: it does not open."""

    event: Event
    said: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Seen:
    """`listed`: submissions of this page, the newest first, with the contact of each; `older`: the number from which
    the next page goes on. `deeds`: those of the newest `opened` that wrote. `marks`: by contact, the fields that we
    wrote and the newest submission that did. `found_by`: how the newest that led to a contact found it.
    """

    person: Person
    names: str = field(repr=False)
    found_by: str | None
    waiting: Sequence[Waiting]
    listed: Sequence[tuple[Event, int | None]]
    older: int | None
    opened: int
    deeds: Sequence[Deed]
    proofs: Sequence[Proof]
    taken_back: Mapping[tuple[str, str], datetime]
    marks: Mapping[int, Mapping[str, datetime | None]]


def seen(services: Services, person: Person, before: int | None = None) -> Seen:
    """`before`: only submissions before this number are listed."""
    vault, space = services.vault, person.asked.space
    newest = [*reversed(person.events)]
    page = [one for one in newest if before is None or one[0].seq < before]
    opened = [event for event, _contact in newest[:OPENED]]
    name = activity.names(services)
    with services.store.read() as tx:
        stored = written.of_ids(tx, [one.id for one in opened])
        waiting = _waiting(tx, [event for event, _contact in newest if _is_waiting(event)])
        proofs = _proofs(tx, vault, opened)
        back = consent.recall(tx, vault, space, person.addresses)
        marks = {one: history.marked(tx, space, one) for one in person.contacts}
    deeds = [*reversed(activity.opened(services.store, vault, stored, name))]
    return Seen(
        person=person,
        names=_names(vault, opened),
        found_by=_found_by(deeds),
        waiting=waiting,
        listed=page[:LISTED],
        older=page[LISTED - 1][0].seq if len(page) > LISTED else None,
        opened=len(opened),
        deeds=[one for one in deeds if one.wrote],
        proofs=proofs,
        taken_back={(name(space, key[0]), key[1]): normal.from_epoch_ms(at) for key, at in sorted(back.items())},
        marks={one: {name(space, key): at for key, at in fields.items()} for one, fields in marks.items()},
    )


def note(services: Services, person: Person, by: By) -> None:
    """That somebody looks at this person, before it is shown."""
    print_, vault = person.asked.print, services.vault
    with services.store.read() as tx:
        lately = audit.listed(tx, vault, by.at - ONCE, who=by.who, did="looked_at", subject=print_, most=1)
    if not lately:
        with services.store.write() as tx:
            told = {"account": person.asked.space, "asked_by": person.asked.by}
            audit.note(tx, vault, by, "looked_at", print_, **told)


def _is_waiting(event: Event) -> bool:
    return event.erased is None and (event.status in _WAITS or event.outcome is Outcome.FAILED)


def _waiting(tx: Connection, waits: Sequence[Event]) -> list[Waiting]:
    """The oldest first: in this order they cross."""
    lanes = {str(one.lane) for one in waits if one.status == "open" and one.lane is not None}
    found = tx.execute(select(lane.c.lane, lane.c.due).where(lane.c.lane.in_(lanes))) if lanes else ()
    due = {row.lane: None if row.due is None else normal.from_epoch_ms(row.due) for row in found}
    return [Waiting(one, due.get(str(one.lane)) if one.status == "open" else None) for one in reversed(waits)]


def _proofs(tx: Connection, vault: Vault, events: Sequence[Event]) -> list[Proof]:
    left = receipts.contacts(tx, [one.id for one in events])
    return [proof for event in events if event.id in left for proof in _proof(tx, vault, event)]


def _proof(tx: Connection, vault: Vault, event: Event) -> list[Proof]:
    try:
        return [Proof(event, one) for one in receipts.of_event(tx, vault, event.id)]
    except (BrokenSeal, ValueError):
        return [Proof(event, None)]


def _names(vault: Vault, events: Sequence[Event]) -> str:
    """As the newest that says one has it."""
    for event in events:
        sealed = None if event.erased is not None else record_within(vault, event)
        read = records.read(sealed or {})
        if read is not None and (said := " ".join(filter(None, (read[1].firstname, read[1].surname)))):
            return said
    return ""


def _found_by(deeds: Sequence[Deed]) -> str | None:
    found = ((one.report or {}).get("contact") or {} for one in deeds)
    return next((one.get("found_by") for one in found if one.get("id") and not one.get("created")), None)
