"""What had its days is erased or deleted, in small steps beside the work, and its room given back (docs/ledger.md 31).

Open events are never touched, whatever their age. Of a finished one the answers and the report go; its row stays, so
that a repeat is known for ever and a person can be forgotten. What waits for a decision is given up after two warnings,
but never a consent that somebody takes back. Receipts stay until the person is erased (`forget`), what addresses took
back and the fingerprints of whom an event was about also then.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    true,
    tuple_,
    update,
)

from bridge.door import quarantine
from bridge.hooks import breaker
from bridge.inbox import known_contacts
from bridge.operations import causes
from bridge.settings import Settings
from bridge.store import size
from bridge.store.store import Store, lock
from bridge.store.tables import (
    audit,
    card,
    creating,
    delivery,
    event,
    hook,
    intent,
    job,
    known,
    lane,
    mark,
    refused,
    seen,
    spread,
    undo,
)
from schemas import normal

log = logging.getLogger(__name__)

MOST = 500
"""Rows in one transaction."""
_FEWEST = 20
_LONG = timedelta(milliseconds=30)
"""A transaction that took longer is followed by one of half its rows: who accepts meanwhile waits for no more."""
_BREATH = 0.01
"""Seconds between two: whoever waits to write comes first."""
_EMPTIED = 100
"""Events that are erased at once: each is written twice, with all its indices (`size.pack`)."""
_LOCKED = 50
"""Events that are given up at once: on a server each is a lock, and it has some hundreds for everybody."""
WITHIN = timedelta(minutes=5)
"""The longest of an hour. What is left goes in the next one."""
_SPARE = 4_000_000
"""Bytes of a file that stay free: the next hour needs them again."""
WARNED = (timedelta(days=14), timedelta(days=3))
"""How long before what waits is given up people are told."""
ACTIVE = timedelta(days=400)
"""Since a contact was last looked at: what was known of it is forgotten then."""
_SETTLED = timedelta(days=1)
"""For which a claim, or what was about to be written, is left alone, whatever it looks like."""
_JUMP = timedelta(days=1)

_PARKED = event.c.status.in_(("held", "kept"))
_TAKES_BACK = (event.c.status == "held") & (event.c.withdraws.is_not(None) | (event.c.kind == "unsubscribed"))
"""Given up, it would be a no that nobody heard: it waits for as long as it takes."""


@dataclass(frozen=True, slots=True)
class Days:
    """KEEP_DAYS, UNDO_DAYS, HELD_DAYS and AUDIT_DAYS."""

    keep: timedelta
    undo: timedelta
    held: timedelta
    audit: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.keep, settings.undo, settings.held, settings.audit)


@dataclass(frozen=True, slots=True)
class Expiring:
    """What waits for a decision at one hook, by its name, and is soon given up: `many` within 14 days, `last` of them
    within 3. `kept`: consents taken back that are over their days; they wait on.
    """

    hook: str
    many: int
    last: int
    kept: int


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of what goes. `old`: which rows do; `go`: what becomes of so many of them, and how many those were;
    `most`: rows in one transaction.
    """

    code: str
    table: Table
    old: Callable[[datetime, Days], ColumnElement[bool]]
    go: "Callable[[Connection, Kind, datetime, Days, int], int]"
    most: int = MOST


class Retention:
    """The hourly task: `hourly`. It remembers when it last ran, and of which day people were warned."""

    def __init__(self, store: Store, now: Callable[[], datetime], days: Days, sleep: Callable[[float], object]) -> None:
        self._store, self._now, self._days, self._sleep = store, now, days, sleep
        self._before: datetime | None = None
        self._warned: datetime | None = None

    def hourly(self) -> Counter[str]:
        """For some minutes. The first time, and after a clock that jumped, nothing is done but to look at the time: a
        wrong clock, and a process of the version before that is about to end, have an hour to get right.
        """
        now, before = self._now(), self._before
        self._before = now
        if before is None or not timedelta() <= now - before <= _JUMP:
            return Counter()
        if self._warned is None or now - self._warned >= timedelta(days=1):
            self._warned = now
            warn(self._store, self._days, now)
        gone = prune(self._store, self._now, self._days, self._sleep, within=WITHIN)
        if gone:
            log.info("what had its days went", extra=dict(gone))
        return gone


def prune(
    store: Store,
    now: Callable[[], datetime],
    days: Days,
    sleep: Callable[[float], object],
    *,
    within: timedelta | None = None,
    told: Callable[[str, int], None] = lambda _code, _many: None,
) -> Counter[str]:
    """How much went, by kind, and `bytes` cut off the file. `within`: the next call goes on where this one stops.
    `told` hears of each step.

    A step is one transaction: who stops it leaves nothing half done.
    """
    gone: Counter[str] = Counter()
    began = now()

    def over() -> bool:
        return within is not None and now() - began > within

    def give_back() -> None:
        """As it becomes free: to find one page among a million that are free takes SQLite ten times as long."""
        for cut in size.give_back(store, _SPARE):
            gone["bytes"] += cut
            told("bytes", cut)
            if over():
                break
            sleep(_BREATH)

    for kind in KINDS:
        for many in _steps(store, kind, now, days, sleep):
            gone[kind.code] += many
            told(kind.code, many)
            give_back()
            if over():
                break
    give_back()
    return gone


def _steps(
    store: Store, kind: Kind, now: Callable[[], datetime], days: Days, sleep: Callable[[float], object]
) -> Iterator[int]:
    """How many each transaction did, until there is nothing left."""
    most = kind.most // 4
    while True:
        with store.write() as tx:
            began = now()  # others wait from here on; what we waited for them ourselves is no matter
            many = kind.go(tx, kind, began, days, most)
        took = now() - began
        store.checkpoint()
        if not many:
            return
        yield many
        most = max(_FEWEST, most // 2) if took > _LONG else min(kind.most, most * 2)
        sleep(max(_BREATH, took.total_seconds()))


def due(store: Store, now: datetime, days: Days) -> Counter[str]:
    """How much would go now, by kind."""
    with store.read() as tx:
        counted = {kind.code: _count(tx, kind.table, kind.old(now, days)) for kind in KINDS}
        untold = (event.c.status == "done") & event.c.ended.is_(None) & event.c.erased.is_(None)
        counted["erased"] += _count(tx, event, untold & (event.c.received_at <= _ms(now - days.keep)))
    return +Counter({code: many for code, many in counted.items() if code != "dated"})


def _count(tx: Connection, table: Table, old: ColumnElement[bool]) -> int:
    return tx.scalar(select(func.count()).select_from(table).where(old)) or 0


def expiring(tx: Connection, now: datetime, days: Days) -> list[Expiring]:
    """What is soon given up, by the name of its hook."""
    soon, last, over = (_ms(now - days.held + before) for before in (*WARNED, timedelta()))
    counts = [
        func.count(case((~_TAKES_BACK & (event.c.ended <= moment), 1))).label(name)
        for name, moment in (("many", soon), ("last", last))
    ]
    kept = func.count(case((_TAKES_BACK & (event.c.ended <= over), 1))).label("kept")
    named = func.coalesce(hook.c.name, event.c.hook).label("hook")
    found = select(named, *counts, kept).join(hook, hook.c.id == event.c.hook, isouter=True)
    found = found.where(_PARKED, event.c.erased.is_(None), event.c.ended <= soon).group_by(named).order_by(named)
    rows = [Expiring(row.hook, row.many, row.last, row.kept) for row in tx.execute(found)]
    return [one for one in rows if one.many or one.kept]


def warn(store: Store, days: Days, now: datetime) -> None:
    """One line for each hook, once a day."""
    with store.read() as tx:
        soon = expiring(tx, now, days)
    for one in soon:
        if one.many:
            said = {"hook": one.hook, "within_14_days": one.many, "within_3_days": one.last}
            log.warning("undecided events are soon given up", extra=said)
        if one.kept:
            log.warning("consents taken back still wait for a decision", extra={"hook": one.hook, "events": one.kept})


def _date(tx: Connection, kind: Kind, now: datetime, days: Days, most: int) -> int:
    """Events of before, or that the door held, get the moment from which their days count. What waits for a decision
    has the time for both warnings left, however long ago it came.
    """
    undated = (_picked(tx, (event.c.status == one) & kind.old(now, days), most) for one in ("done", "held", "kept"))
    rows = next((some for some in undated if some), ())
    least = _ms(now - days.held + WARNED[0])
    late = case((_PARKED & (event.c.received_at < least), least), else_=event.c.received_at)
    tx.execute(update(event).where(event.c.seq.in_(rows)).values(ended=late))
    return len(rows)


def _erase(tx: Connection, kind: Kind, now: datetime, days: Days, most: int) -> int:
    rows = _picked(tx, kind.old(now, days), most)
    _empty(tx, rows, {}, now)
    return len(rows)


def _give_up(tx: Connection, kind: Kind, now: datetime, days: Days, most: int) -> int:
    """What nobody decided about is left out, as `release.skip` does it, and says of what it was held. People's
    decisions take the same lock.
    """
    asked = select(event.c.id).where(kind.old(now, days)).limit(most)
    ids = list(tx.execute(asked).scalars())
    lock(tx, ids)
    found = select(event.c.seq, event.c.id, hook.c.name).join(hook, hook.c.id == event.c.hook, isouter=True)
    rows = tx.execute(found.where(event.c.id.in_(ids), kind.old(now, days))).all()
    why = case((event.c.status == "held", event.c.reason), else_=None)
    left = {"status": "done", "outcome": "skipped", "reason": why, "lane": None, "leases": 0, "due": None}
    left |= {"withdraws": None, "cause": None}
    _empty(tx, [row.seq for row in rows], {**left, "ended": _ms(now)}, now)
    tx.execute(delete(creating).where(creating.c.event.in_([row.id for row in rows])))
    for name, many in Counter(row.name for row in rows).items():
        log.warning("undecided events were given up", extra={"hook": name, "events": many})
    return len(rows)


def _empty(tx: Connection, rows: Sequence[int], more: Mapping[str, Any], now: datetime) -> None:
    """The answers and the report of these go; the rows stay."""
    gone = {"record": b"", "report": b"", "decision": None, "erased": _ms(now), **more}
    tx.execute(update(event).where(event.c.seq.in_(rows)).values(gone))
    size.pack(tx, event, event.c.seq, rows)


def _picked(tx: Connection, old: ColumnElement[bool], most: int) -> Sequence[int]:
    """Some events of these that nobody else has in hand."""
    found = select(event.c.seq).where(old).order_by(event.c.ended).limit(most).with_for_update(skip_locked=True)
    return tx.execute(found).scalars().all()


def _delete(tx: Connection, kind: Kind, now: datetime, days: Days, most: int) -> int:
    key = tuple_(*kind.table.primary_key)
    old = select(*kind.table.primary_key).where(kind.old(now, days)).limit(most).with_for_update(skip_locked=True)
    return tx.execute(delete(kind.table).where(key.in_(old))).rowcount


def _first_seen(tx: Connection, kind: Kind, now: datetime, days: Days, most: int) -> int:
    old = select(seen.c.space, seen.c.contact).where(kind.old(now, days)).limit(most)
    mine = tuple_(seen.c.space, seen.c.contact).in_(old)
    return tx.execute(update(seen).where(mine).values(at=_ms(now))).rowcount


def _forget_contacts(tx: Connection, kind: Kind, now: datetime, days: Days, most: int) -> int:
    """What was known of contacts that nobody looked at for long. Consents stay, all of them: which of them took one
    back only Qomon's forms could tell. So does "do not contact".
    """
    found = (
        select(seen.c.space, seen.c.contact).where(kind.old(now, days)).limit(most).with_for_update(skip_locked=True)
    )
    whose = [{"b_space": row.space, "b_contact": row.contact} for row in tx.execute(found)]
    stays = mark.c.field.startswith("formdatas.") | (mark.c.field == "black_list")
    for table, more in ((mark, ~stays), (seen, true())) if whose else ():
        mine = (table.c.space == bindparam("b_space")) & (table.c.contact == bindparam("b_contact"))
        tx.execute(delete(table).where(mine, more), whose)
    return len(whose)


def _ms(at: datetime) -> int:
    return normal.epoch_ms(at)


def _undated(_now: datetime, _days: Days) -> ColumnElement[bool]:
    return event.c.status.in_(("done", "held", "kept")) & event.c.ended.is_(None) & event.c.erased.is_(None)


def _finished(now: datetime, days: Days) -> ColumnElement[bool]:
    return (event.c.status == "done") & event.c.erased.is_(None) & (event.c.ended <= _ms(now - days.keep))


def _undecided(now: datetime, days: Days) -> ColumnElement[bool]:
    return _PARKED & event.c.erased.is_(None) & (event.c.ended <= _ms(now - days.held)) & ~_TAKES_BACK


def _claimed(now: datetime, _days: Days) -> ColumnElement[bool]:
    """By events that are over; those that wait for a decision keep theirs."""
    waits = exists().where(event.c.id == creating.c.event, event.c.status != "done")
    return (creating.c.at <= _ms(now - _SETTLED)) & ~waits


def _meant(now: datetime, _days: Days) -> ColumnElement[bool]:
    """What was about to be written in lanes that are gone, for nobody who still waits."""
    there = exists().where(lane.c.lane == intent.c.lane)
    waits = exists().where(event.c.lane == intent.c.lane, event.c.status == "open")
    return (intent.c.at <= _ms(now - _SETTLED)) & ~there & ~waits


KINDS: Sequence[Kind] = (
    Kind("dated", event, _undated, _date),
    Kind("erased", event, _finished, _erase, _EMPTIED),
    Kind("given_up", event, _undecided, _give_up, _LOCKED),
    Kind("undo", undo, lambda now, days: undo.c.at <= _ms(now - days.undo), _delete),
    Kind("known", known, lambda now, _days: known.c.at <= _ms(now - known_contacts.FOR), _delete),
    Kind("deliveries", delivery, lambda now, days: delivery.c.received_at <= _ms(now - days.keep), _delete),
    Kind("refused", refused, lambda now, days: quarantine.old(now, days.held), _delete),
    Kind("spread", spread, lambda now, _days: breaker.old(now), _delete),
    Kind("seen", seen, lambda _now, _days: seen.c.at.is_(None), _first_seen),
    Kind("contacts", seen, lambda now, _days: seen.c.at <= _ms(now - ACTIVE), _forget_contacts),
    Kind("claims", creating, _claimed, _delete),
    Kind("intents", intent, _meant, _delete),
    Kind("jobs", job, lambda now, days: job.c.ended <= _ms(now - days.audit), _delete),
    Kind("cards", card, lambda now, days: (card.c.at <= _ms(now - days.held)) & causes.left_notes(), _delete),
    Kind("audit", audit, lambda now, days: audit.c.at <= _ms(now - days.audit), _delete),
)
"""In this order. Of what is not here the rows stay: events as skeletons, identities, receipts, what was withdrawn."""
