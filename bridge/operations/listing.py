"""The submissions as a list, newest first: what a filter leaves of them, a page at a time, and how many they are.

Each filter is led by one index, and what that does not decide is looked for among so many rows and no more (`_FAR`):
the size of the store does not matter. A page may so be shorter than it could be, and says where to look on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, TextClause, func, literal, select, text

from bridge.inbox import events
from bridge.model import Event
from bridge.store.tables import event, hook
from schemas import codes, normal

MOST = 10_000
"""More are not counted."""
_FAR = 10_000
_COUNTED = 2_000
"""Rows that a count looks at, where the index alone does not tell."""
RARE = ("created", "held", "failed", "ignored", "skipped", "restored", "forgotten", "captured", "previewed")
"""Outcomes with an index of their own, which only says these."""
_IN_RARE = text("event.outcome IN (" + ", ".join(f"'{one}'" for one in RARE) + ")")
"""As the index says it: SQLite takes it only where it reads the same."""


_Where: TypeAlias = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True)
class Filter:
    """`hook`: its id; `since`: received then or later. Tests of a tool are hidden unless `test`, or asked for by their
    reason. `put_back`: what put another one back."""

    hook: str | None = None
    outcome: str | None = None
    reason: str | None = None
    revision: int | None = None
    since: datetime | None = None
    test: bool = False
    put_back: bool = False

    @property
    def said(self) -> frozenset[str]:
        """The names of what was asked for."""
        return frozenset(one.name for one in fields(self) if getattr(self, one.name))

    @property
    def of(self) -> str | None:
        """The one outcome that it can be: a reason is of one kind; of the two of `missing_contact` held is meant."""
        if self.put_back:
            return "restored"
        if self.outcome is not None or self.reason is None:
            return self.outcome
        kinds = (("held", codes.HELD), ("queued", codes.QUEUED), ("ignored", codes.IGNORED))
        return next((outcome for outcome, known in kinds if self.reason in known), None)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `older`: the number before which there may be more; `searched`: it was not looked further than that,
    though the page is not full."""

    events: Sequence[Event]
    older: int | None
    searched: bool


@dataclass(frozen=True, slots=True)
class Count:
    """`more`: than MOST, or than were looked through."""

    many: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Search:
    """`lead` an index decides, `rest` not; nothing below `floor` is looked at. `cut`: there is something below."""

    lead: list[_Where]
    rest: list[ColumnElement[bool]]
    floor: int
    cut: bool

    @property
    def where(self) -> list[_Where]:
        return [*self.lead, event.c.seq >= self.floor, *self.rest]

    def newest(self, most: int) -> Select[Any]:
        return events.WITH_HOOK.where(*self.where).order_by(event.c.seq.desc()).limit(most)


def page(tx: Connection, wanted: Filter, most: int, before: int | None = None) -> Listed:
    """The newest first; those below the number `before`."""
    search = _search(tx, wanted, before)
    found = [Event.from_row(row) for row in tx.execute(search.newest(most + 1)).all()]
    if len(found) > most:
        return Listed(found[:most], found[most - 1].seq, searched=False)
    return Listed(found, search.floor if search.cut else None, searched=search.cut)


def newest(tx: Connection, most: int, outcome: str | None = None) -> list[Event]:
    """The newest, tests and all; before all others the held ones that take a consent back."""
    waits = events.WITH_HOOK.where(event.c.withdraws == 1, event.c.status == "held")
    waits = waits.where(event.c.outcome == outcome) if outcome else waits
    first = [Event.from_row(row) for row in tx.execute(waits.order_by(event.c.seq.desc()).limit(most)).all()]
    found = page(tx, Filter(outcome=outcome, test=True), most).events
    return [*{one.id: one for one in [*first, *found]}.values()][:most]


def count(tx: Connection, wanted: Filter) -> Count:
    search = _search(tx, wanted, None, _COUNTED)
    some = select(literal(1)).select_from(event).where(*search.where).limit(MOST + 1).subquery()
    many = tx.scalar(select(func.count()).select_from(some)) or 0
    return Count(min(many, MOST), many > MOST or search.cut)


def ids(tx: Connection, wanted: Filter, most: int) -> list[str]:
    """So many of the newest, by id."""
    search = _search(tx, wanted, None)
    asked = select(event.c.id).where(*search.where).order_by(event.c.seq.desc()).limit(most)
    return list(tx.execute(asked).scalars())


def webhooks(tx: Connection) -> dict[str, str]:
    """Id and name of all, deleted ones last: what came to them is still there. None is loaded."""
    gone = hook.c.deleted_at.is_not(None)
    return {row.id: row.name for row in tx.execute(select(hook.c.id, hook.c.name).order_by(gone, hook.c.name))}


def statement(tx: Connection, wanted: Filter, most: int, before: int | None = None) -> Select[Any]:
    """What a page asks of the store."""
    return _search(tx, wanted, before).newest(most)


def _search(tx: Connection, wanted: Filter, before: int | None, rows: int | None = None) -> _Search:
    lead, by_key = _lead(wanted)
    lead += [] if before is None else [event.c.seq < before]
    rest = _rest(wanted)
    since = _since(tx, wanted)
    far = _far(tx, lead, rows or _FAR, by_key=by_key) if rest else 0
    return _Search(lead, rest, max(since, far), far > since)


def _lead(wanted: Filter) -> tuple[list[_Where], bool]:
    """What one index finds in the order of the numbers; and whether that is the number itself."""
    if wanted.of in RARE:
        return [event.c.outcome == wanted.of, _IN_RARE], False
    if wanted.of == "queued":
        return [event.c.status == "open", event.c.due.is_(None)], False
    if wanted.hook is not None:
        return [event.c.hook == wanted.hook], False
    return [], True


def _rest(wanted: Filter) -> list[ColumnElement[bool]]:
    """What is looked at row by row. In a function, so that no database takes another index for it."""
    outcome, reason = func.coalesce(event.c.outcome, ""), func.coalesce(event.c.reason, "")
    rest = list[ColumnElement[bool]]()
    if wanted.of is not None and wanted.of not in RARE:
        rest.append(outcome == wanted.of)
    if wanted.hook is not None and (wanted.of in RARE or wanted.of == "queued"):
        rest.append(func.coalesce(event.c.hook, "") == wanted.hook)
    if wanted.reason is not None:
        rest.append(reason == wanted.reason)
    if wanted.revision is not None:
        rest.append(func.coalesce(event.c.revision, 0) == wanted.revision)
    if not wanted.test and wanted.reason is None and wanted.of in (None, "ignored"):
        rest.append((outcome != "ignored") | (reason != "test"))
    return rest


def _since(tx: Connection, wanted: Filter) -> int:
    """The first number of the period; numbers are given in the order of reception."""
    if wanted.since is None:
        return 0
    first = select(event.c.seq).where(event.c.received_at >= normal.epoch_ms(wanted.since))
    found = tx.execute(first.order_by(event.c.received_at, event.c.seq).limit(1)).scalar()
    return 2**62 if found is None else found


def _far(tx: Connection, lead: Sequence[_Where], rows: int, *, by_key: bool) -> int:
    """The number down to which it is looked; 0: to the end."""
    asked = select(event.c.seq).where(*lead).order_by(event.c.seq.desc())
    if by_key:  # numbers have few gaps
        return max((tx.execute(asked.limit(1)).scalar() or 0) - rows, 0)
    return tx.execute(asked.offset(rows).limit(1)).scalar() or 0
