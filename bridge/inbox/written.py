"""What was written of whom, found again: events with their ways back, in order of writing, and by person.

Only reads. In pages, each a look of its own: a store of a year is never in memory, and no look lasts as long as whoever
reads what is printed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, Select, exists, or_, select, tuple_, union_all

from bridge.inbox import events
from bridge.model import Event, Lane
from bridge.store.prepared import Listing
from bridge.store.tables import event, undo
from schemas import normal

_ENDED = ("delivered", "created", "skipped", "restored")
"""What is over and may have written; one that was left out may have written a part before."""
_OF_SEALED = select(event.c.seq, event.c.id, event.c.report).order_by(event.c.seq)
_UNDONE = Listing(lambda among: select(undo).where(among(undo.c.event)))


class Place(NamedTuple):
    """Where a page ends: the moment in milliseconds, and the number of the event."""

    at: int = -(2**62)
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked for: written at `since` or later, before `until` if that is said; only in this space, by this hook
    (its id).
    """

    since: datetime
    until: datetime | None = None
    space: str | None = None
    hook: str | None = None

    def where(self) -> Iterator[ColumnElement[bool]]:
        if self.space is not None:
            yield event.c.space == self.space
        if self.hook is not None:
            yield event.c.hook == self.hook

    def within(self, at: ColumnElement[int], after: Place) -> Iterator[ColumnElement[bool]]:
        """Between the two moments, and behind the last page."""
        yield at >= max(normal.epoch_ms(self.since), after.at)
        if self.until is not None:
            yield at < normal.epoch_ms(self.until)
        yield tuple_(at, event.c.seq) > tuple_(after.at, after.seq)


@dataclass(frozen=True, slots=True)
class Back:
    """The way back of an event's write: what was there and what was put there, field by field, sealed."""

    contact: int
    at: datetime
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it is stored. `place`: when it wrote last, where that is known; else when it was over, if it is."""

    event: Event
    place: Place | None
    back: Back | None

    @classmethod
    def of(cls, event: Event, ended: int | None, back: Back | None) -> Self:
        at = ended if back is None else normal.epoch_ms(back.at)
        return cls(event, None if at is None else Place(at, event.seq), back)


def page(tx: Connection, window: Window, after: Place, most: int) -> list[Stored]:
    """The next of those that may have written something, in order of writing: all that left a way back, and those that
    are over or held. Those that were erased and left none are `erased`.
    """
    ways = select(undo.c.at.label("at"), event.c.seq, event.c.id).join(event, event.c.id == undo.c.event)
    found = [_next(ways.where(*window.within(undo.c.at, after), *window.where()), undo.c.at, most)]
    for status, more in (("done", event.c.outcome.in_(_ENDED)), ("held", event.c.outcome.in_(("held", "failed")))):
        over = _without_way_back(window, after).where(event.c.erased.is_(None), event.c.status == status, more)
        found.append(_next(over, event.c.ended, most))
    every = union_all(*found).subquery()
    rows = tx.execute(select(every).order_by(every.c.at, every.c.seq).limit(most)).all()
    return _stored(tx, {row.id: row.at for row in rows})


def erased(tx: Connection, window: Window, after: int, most: int) -> list[Stored]:
    """The next of those that wrote and were erased since, their way back too: by number, behind this one. Their rows
    are looked through once, as no index tells of them.
    """
    old = _without_way_back(window, Place()).where(event.c.erased.is_not(None), event.c.seq > after)
    wrote = or_(event.c.outcome.in_(("delivered", "created", "restored")), event.c.reason == "not_confirmed")
    rows = tx.execute(old.where(wrote).order_by(event.c.seq).limit(most)).all()
    return _stored(tx, {row.id: row.at for row in rows})


def _without_way_back(window: Window, after: Place) -> Select[Any]:
    told = select(event.c.ended.label("at"), event.c.seq, event.c.id).where(*window.within(event.c.ended, after))
    return told.where(*window.where(), ~exists().where(undo.c.event == event.c.id))


def _next(found: Select[Any], at: ColumnElement[int], most: int) -> Select[Any]:
    """Cut to what one page may need of it, within a UNION."""
    return select(found.order_by(at, event.c.seq).limit(most).subquery())


def of_ids(tx: Connection, ids: Sequence[str]) -> list[Stored]:
    """These events, in the order in which they came."""
    ended = tx.execute(select(event.c.id, event.c.ended).where(event.c.id.in_(ids)))
    return sorted(_stored(tx, {row.id: row.ended for row in ended}), key=lambda one: one.event.seq)


def _stored(tx: Connection, ended: dict[str, int | None]) -> list[Stored]:
    ids = list(ended)
    ways = {row.event: Back(row.contact, normal.from_epoch_ms(row.at), row.sealed) for row in _UNDONE.all(tx, {}, ids)}
    found = {one.id: one for one in events.among(tx, ids)}
    return [Stored.of(found[id_], ended[id_], ways.get(id_)) for id_ in ids if id_ in found]


def of_contact(tx: Connection, space: str, contact: int) -> list[str]:
    """The events whose rows say that they are this contact's: what was written on it lately, what waits for it, what
    reaches it by its address.
    """
    wrote = select(event.c.id).join(undo, undo.c.event == event.c.id)
    asked = (
        wrote.where(undo.c.contact == contact, event.c.space == space),
        select(event.c.id).where(event.c.lane == str(Lane.of_contact(space, contact))),
        select(event.c.id).where(event.c.reaches == contact, event.c.space == space),
    )
    return list(dict.fromkeys(id_ for one in asked for id_ in tx.execute(one).scalars()))


def reports(tx: Connection, space: str, after: int, most: int) -> list[tuple[int, str, bytes]]:
    """The next sealed reports of a space, with number and id of their event: which contact one is of, only it says."""
    asked = _OF_SEALED.where(event.c.space == space, event.c.seq > after, event.c.erased.is_(None)).limit(most)
    return [(row.seq, row.id, row.report) for row in tx.execute(asked)]
