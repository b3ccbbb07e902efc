"""What there is to tell of each webhook at a glance: what came last, what waits, what is wrong with it.

Each number is one bounded read that an index leads to: the size of the store does not matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from bridge.door import quarantine
from bridge.errors import Faults
from bridge.hooks import breaker
from bridge.hooks.hook import Hook
from bridge.operations.authoring.drift import DriftWatch
from bridge.operations.authoring.samples import LAST
from bridge.services import Services
from bridge.store.tables import brake, event
from bridge.store.tables import hook as hooks
from schemas import normal

WEEK = timedelta(days=7)
MOST = 10_000
"""More submissions of a week are not counted."""
_NEAR = 500
"""Rows among which the last submission is looked for that people did not send again."""
_AGAIN = timedelta(minutes=10)
"""For so long what moved is remembered, while nothing comes and nothing is published."""


@dataclass(frozen=True, slots=True)
class Glance:
    """`hook` is None while its version in service does not load (`faults`). `week`: submissions of seven days, one more
    than MOST if they are more. `moved`: changes to watch, None where they were not looked for this time."""

    id: str
    name: str
    hook: Hook | None
    faults: tuple[str, ...]
    revision: int
    deleted: datetime | None
    paused: bool
    stopped: bool
    last: datetime | None
    week: int
    held: int
    refused: int
    moved: int | None

    @property
    def open(self) -> bool:
        """Whoever knows its address can call it."""
        return self.hook is not None and self.hook.proof.scheme == "none"

    @property
    def trouble(self) -> int:
        """How much somebody has to look at it; 0 is none."""
        signs = (self.moved, self.held, self.open, self.refused, self.stopped, self.faults)
        return max((rank for rank, sign in enumerate(signs, start=1) if sign), default=0) if not self.deleted else 0


class _Seen(NamedTuple):
    """What was found of a hook, when, and what it was found of."""

    of: tuple[int, int, str]
    at: datetime
    many: int


_moved: dict[str, _Seen] = {}
"""By hook: this process's, so that a page need not open what it opened a moment ago."""


def all_of(tx: Connection, services: Services, *, deleted: bool = False) -> list[Glance]:
    """Those in trouble first, then by name; or those that were deleted."""
    which = hooks.c.deleted_at.is_not(None) if deleted else hooks.c.deleted_at.is_(None)
    asked = select(hooks, brake.c.paused).join(brake, brake.c.hook == hooks.c.id, isouter=True).where(which)
    rows = tx.execute(asked).all()
    found = [*_each(tx, services, rows)]
    return sorted(found, key=lambda one: (-one.trouble, normal.folded(one.name)))


def newest(tx: Connection, hook: str) -> int:
    """The number of the last event of a hook, by its id; 0: nothing came."""
    return tx.scalar(select(func.max(event.c.seq)).where(event.c.hook == hook)) or 0


def week_of(tx: Connection, hook: str, first: int | None) -> int:
    """Its events from the number `first` on, counted no further than one more than MOST."""
    if first is None:
        return 0
    some = select(event.c.seq).where(event.c.hook == hook, event.c.seq >= first).limit(MOST + 1)
    return tx.scalar(select(func.count()).select_from(some.subquery())) or 0


def since(tx: Connection, now: datetime) -> int | None:
    """The number of the first event that was received within a week."""
    asked = select(event.c.seq).where(event.c.received_at >= normal.epoch_ms(now - WEEK))
    return tx.scalar(asked.order_by(event.c.received_at).limit(1))


def _each(tx: Connection, services: Services, rows: list[Row[Any]] | Any) -> Iterator[Glance]:
    waits = select(event.c.hook, func.count().label("many")).where(event.c.status == "held", event.c.erased.is_(None))
    held = {row.hook: row.many for row in tx.execute(waits.group_by(event.c.hook))}
    refused: dict[str, int] = {}
    for heap in quarantine.heaps(tx):
        refused[heap.hook] = refused.get(heap.hook, 0) + heap.count
    stopped, first, left = breaker.pulled(tx), since(tx, services.now()), LAST
    for row in rows:
        head, faults = _head(tx, services, row)
        moved = None
        if head is not None and row.deleted_at is None:
            moved, opened = _moves(tx, services, head, left)
            left -= opened
        yield Glance(
            row.id,
            row.name,
            head,
            faults,
            row.head,
            normal.from_epoch_ms(row.deleted_at) if row.deleted_at is not None else None,
            paused=row.paused is not None,
            stopped=row.id in stopped,
            last=_last(tx, row.id),
            week=week_of(tx, row.id, first),
            held=held.get(row.id, 0),
            refused=refused.get(row.name, 0),
            moved=moved,
        )


def _head(tx: Connection, services: Services, row: Row[Any]) -> tuple[Hook | None, tuple[str, ...]]:
    try:
        return services.hooks.revision(tx, row.id, row.head), ()
    except Faults as failure:
        return None, tuple(failure.faults)


def _last(tx: Connection, hook: str) -> datetime | None:
    near = select(event.c.received_at, event.c.action).where(event.c.hook == hook)
    some = near.order_by(event.c.seq.desc()).limit(_NEAR).subquery()
    at = tx.scalar(select(func.max(some.c.received_at)).where(some.c.action.is_(None)))
    return None if at is None else normal.from_epoch_ms(at)


def _moves(tx: Connection, services: Services, head: Hook, left: int) -> tuple[int | None, int]:
    """How many changes there are to watch, and how many records were opened for it: no more than are `left`, else what
    was found before, if it was."""
    catalogue = services.catalogues.stored(head.space)
    if catalogue is None:
        return None, 0
    now, of = services.now(), (head.revision, newest(tx, head.id), catalogue.version)
    before = _moved.get(head.id)
    if before is not None and before.of == of and now - before.at < _AGAIN:
        return before.many, 0
    some = select(event.c.seq).where(event.c.hook == head.id).limit(LAST)
    opened = tx.scalar(select(func.count()).select_from(some.subquery())) or 0
    if opened > left:
        return (before.many if before is not None else None), 0
    many = len(DriftWatch(services.vault, now).moved(tx, head, catalogue))
    _moved[head.id] = _Seen(of, now, many)
    return many, opened
