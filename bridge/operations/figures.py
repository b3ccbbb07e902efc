"""Counts for the overview, made in the background: how many came each day and what became of them, how long it took.

They hold no answer and no person. A day is counted by the index on when submissions came: today each minute, what is
over seldom, because hardly anything of it changes. So the work of a minute does not grow with the store.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, case, delete, func, or_, select, text

from bridge.operations import growth, speed
from bridge.operations.retention import Days
from bridge.operations.speed import Hour
from bridge.services import Services
from bridge.store.store import upsert
from bridge.store.tables import event
from bridge.store.tables import figures as table
from schemas import normal

SMALL = 3_000
"""Submissions up to which a page counts by itself: it is done at once, and nothing waits for a minute to be over."""
SHOWN, WEEKS = 14, 4
"""Days of a chart, and weeks before each of them that say what is usual."""
KEPT = SHOWN + 7 * WEEKS
_LIVE = 5_000
"""Held submissions up to which their causes are counted when somebody looks: a decision shows at once."""
STOPPED = timedelta(minutes=10)
"""For so long nobody counted: the application was stopped, or asleep."""
LOOK_BACK = timedelta(days=7)
SLEEPS = 2
"""Stops within that time which are no accident any more: the plan puts the application to sleep."""

_HOURS = 25
"""Of the longest day."""
_HOUR = 3_600_000
_MANY = 50_000
"""Submissions of a day for which it is counted less often, again and again."""
_AT_ONCE = 15
"""Days that one turn counts at most, the newest first."""
_GROWTH = timedelta(hours=6)
_WHOLE = event.c.erased.is_(None)
_OF_TESTS = and_(event.c.outcome == "ignored", func.coalesce(event.c.reason, "").in_(("ping", "test")))
_CAME = and_(event.c.key_kind != "id", ~_OF_TESTS)
"""What a form sent: no part of another submission, nothing that people asked for again, and no test."""
_ASKED = or_(event.c.decided.is_not(None), event.c.outcome.in_(("held", "failed", "skipped")))
"""What people had to decide about, or still have to."""
_KEEP = upsert(table, *table.c.keys())


@dataclass(frozen=True, slots=True)
class Day:
    """What came on a day of the campaign's zone: by hook (its id) and outcome; and by hour how many came, how many
    contacts were created and how many waited for a decision."""

    day: date
    at: datetime
    hooks: Mapping[str, Mapping[str, int]]
    hours: Sequence[tuple[int, int, int]] = ()

    def of(self, *outcomes: str, hook: str | None = None) -> int:
        """How many became one of these; none named: how many came."""
        mine = self.hooks.values() if hook is None else [self.hooks.get(hook, {})]
        return sum(many for one in mine for outcome, many in one.items() if not outcomes or outcome in outcomes)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why submissions of a hook (its id) wait for a decision: a held reason, or `failed`."""

    hook: str
    reason: str
    many: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """`at`: when today was counted, None while nothing was. `first`: the first day, of those that are known, on which
    something came. `oldest`: since when the first waits to be written;
    `kept`: of when the oldest answer is that is still kept. `beat`: when it was last counted in the background;
    `stops`: when nothing was, in the last week."""

    at: datetime | None = None
    today: date | None = None
    days: Mapping[date, Day] = field(default_factory=dict[date, Day])
    first: date | None = None
    hours: Sequence[Hour] = ()
    oldest: datetime | None = None
    kept: datetime | None = None
    size: int | None = None
    causes: Sequence[Cause] = ()
    beat: datetime | None = None
    stops: Sequence[tuple[datetime, datetime]] = ()
    growth: Mapping[str, Any] | None = None

    def day(self, at: date) -> Day:
        return self.days.get(at) or Day(at, self.at or normal.from_epoch_ms(0), {})

    @property
    def last(self) -> list[Day]:
        """The days of a chart, oldest first."""
        return [self.day(self.today - timedelta(days=back)) for back in range(SHOWN - 1, -1, -1)] if self.today else []

    @property
    def knows_usual(self) -> bool:
        return bool(self.first and self.today and self.today - self.first >= timedelta(weeks=2))

    def same(self, at: date) -> list[Day]:
        """The same weekday of the weeks before, of those since the first submission."""
        before = (at - timedelta(weeks=back) for back in range(1, WEEKS + 1))
        return [self.day(one) for one in before if self.first and one >= self.first]

    def usual(self, which: int, share: float) -> int | None:
        """By this time of such a day: 0 came, 1 created, 2 asked about. `share`: hours of today that are over."""
        if not self.knows_usual or self.today is None:
            return None
        return round(median(_until(one.hours, which, share) for one in self.same(self.today)))


def make(services: Services) -> None:
    """Each minute: count what is due, and keep it."""
    now, zone, store = services.now(), services.settings.timezone, services.store
    today = now.astimezone(zone).date()
    with store.read() as tx:
        had = {row.name: row for row in tx.execute(select(table))}
        begin = _first(tx, zone)
    found: dict[str, Any] = {"beat": _beat(had.get("beat"), now)}
    for day in [one for one in _wanted(today, begin) if _due(had.get(_name(one)), now, today - one)][:_AT_ONCE]:
        with store.read() as tx:  # each its own moment: a long one would keep what is written from its place
            found[_name(day)] = _plain(count(tx, day, zone, now))
    with store.read() as tx:
        found["now"] = {**_standing(tx, services), "causes": [_told(one) for one in causes(tx)]}
        found["hours"] = [asdict(one) for one in speed.hours(tx, services.vault, now)]
    if "growth" not in had or not timedelta() <= now - normal.from_epoch_ms(had["growth"].at) < _GROWTH:
        found["growth"] = _grown(services)
    names = {_name(day) for day in _wanted(today, begin)}
    gone = [name for name in had if name.startswith("day:") and name not in names]
    with store.write() as tx:
        for name, body in found.items():
            tx.execute(_KEEP(tx), {"name": name, "at": normal.epoch_ms(now), "body": json.dumps(body)})
        if gone:
            tx.execute(delete(table).where(table.c.name.in_(gone)))


def _grown(services: Services) -> dict[str, Any]:
    """A server does not say what its plan allows: how long its room lasts is then not told."""
    limit = None if services.store.path is not None else 0
    return growth.plain(growth.measure(services.store, services.now(), Days.of(services.settings).keep, limit))


def shown(tx: Connection, services: Services) -> Figures:
    """What is known now: counted just now where that is quick, else what was counted last."""
    now, zone = services.now(), services.settings.timezone
    had = {row.name: row for row in tx.execute(select(table))}
    last = tx.scalar(select(func.max(event.c.seq))) or 0
    today, at = now.astimezone(zone).date(), None
    standing: dict[str, Any] = {}
    if last <= SMALL:
        days = {day: count(tx, day, zone, now) for day in _wanted(today, _first(tx, zone))} if last else {}
        hours, standing, at = speed.hours(tx, services.vault, now), _standing(tx, services), now
    else:
        days = {found.day: found for name, row in had.items() if name.startswith("day:") for found in [_read(row)]}
        hours = [Hour(**one) for one in json.loads(had["hours"].body)] if "hours" in had else []
        if "now" in had:
            standing, at = json.loads(had["now"].body), normal.from_epoch_ms(had["now"].at)
    held = tx.scalar(select(func.count()).select_from(event).where(event.c.status == "held", _WHOLE)) or 0
    if held <= _LIVE or "causes" not in standing:
        standing["causes"] = [_told(one) for one in causes(tx)]
    return Figures(
        at,
        today,
        days,
        min((day for day, counted in days.items() if counted.of()), default=None),
        hours,
        oldest=_moment(standing.get("oldest")),
        kept=_moment(standing.get("kept")),
        size=standing.get("size"),
        causes=[Cause(hook, why, many, normal.from_epoch_ms(since)) for hook, why, many, since in standing["causes"]],
        beat=normal.from_epoch_ms(had["beat"].at) if "beat" in had else None,
        stops=_stops(had["beat"].body, now) if "beat" in had else [],
        growth=json.loads(had["growth"].body) if "growth" in had else None,
    )


def _moment(ms: int | None) -> datetime | None:
    return normal.from_epoch_ms(ms) if ms else None


def causes(tx: Connection) -> list[Cause]:
    """Why submissions wait for a decision, the most first: one read of what is held."""
    hook = (event.c.hook + "").label("hook")  # no bare column: SQLite would follow its index through the whole store
    asked = select(hook, event.c.outcome, event.c.reason, func.count().label("many"))
    asked = asked.add_columns(func.min(event.c.received_at).label("since")).where(event.c.status == "held", _WHOLE)
    rows = tx.execute(asked.group_by(hook, event.c.outcome, event.c.reason)).all()
    found = [
        Cause(row.hook, "failed" if row.outcome == "failed" else row.reason or row.outcome, row.many, since)
        for row in rows
        for since in [normal.from_epoch_ms(row.since)]
    ]
    return sorted(found, key=lambda one: (-one.many, one.since))


def stops(tx: Connection, now: datetime) -> list[tuple[datetime, datetime]]:
    """When nobody counted, in the last week."""
    body = tx.scalar(select(table.c.body).where(table.c.name == "beat"))
    return _stops(body, now) if body else []


def waiting(tx: Connection) -> int:
    """How many are to be written."""
    return tx.scalar(select(func.count()).select_from(event).where(event.c.status == "open", _WHOLE)) or 0


def count(tx: Connection, day: date, zone: ZoneInfo, now: datetime) -> Day:
    begin, end = (normal.epoch_ms(_midnight(one, zone)) for one in (day, day + timedelta(days=1)))
    hour = ((event.c.received_at - begin) // _HOUR).label("hour")
    asked = func.sum(case((_ASKED, 1), else_=0)).label("asked")
    within = and_(event.c.received_at >= begin, event.c.received_at < end)
    rows = select(event.c.hook, event.c.outcome, hour, func.count().label("many"), asked).where(within, _CAME)
    hooks: dict[str, Counter[str]] = {}
    hours = [[0, 0, 0] for _ in range(_HOURS)]
    for row in tx.execute(rows.group_by(event.c.hook, event.c.outcome, hour)).all():
        hooks.setdefault(row.hook, Counter())[row.outcome] += row.many
        mine = hours[min(int(row.hour), _HOURS - 1)]
        mine[0] += row.many
        mine[1] += row.many if row.outcome == "created" else 0
        mine[2] += int(row.asked)
    return Day(day, now, hooks, [(one[0], one[1], one[2]) for one in hours])


def _told(cause: Cause) -> tuple[str, str, int, int]:
    return cause.hook, cause.reason, cause.many, normal.epoch_ms(cause.since)


def _standing(tx: Connection, services: Services) -> dict[str, Any]:
    """What holds now: since when the first waits, how old the oldest kept answer is, what the store takes."""
    since = func.min(func.coalesce(event.c.released, event.c.received_at))
    oldest = tx.scalar(select(since).where(event.c.status == "open", _WHOLE))
    ended = [tx.scalar(select(func.min(event.c.ended)).where(event.c.status == one, _WHOLE)) for one in _STATUSES]
    path = services.store.path
    if path is None:
        size = int(tx.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    else:
        size = sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())
    return {"oldest": oldest, "kept": min((one for one in ended if one), default=None), "size": size}


_STATUSES = ("done", "held", "kept")


def _first(tx: Connection, zone: ZoneInfo) -> date | None:
    at = tx.scalar(select(func.min(event.c.received_at)))
    return None if at is None else normal.from_epoch_ms(at).astimezone(zone).date()


def _wanted(today: date, begin: date | None) -> list[date]:
    """Today and the days before, since the first submission: the newest first."""
    days = (today - timedelta(days=back) for back in range(KEPT))
    return [day for day in days if begin is not None and day >= begin] or [today]


def _due(row: Any, now: datetime, age: timedelta) -> bool:
    """A day of very many is counted less often."""
    if row is None:
        return True
    many = _read(row).of()
    usual = timedelta(minutes=1) if not age else timedelta(minutes=10) if age.days < 3 else timedelta(days=1)  # noqa: PLR2004
    wait = usual * (1 + many // _MANY) - timedelta(seconds=5)  # the clock of a periodic task is never quite even
    return not timedelta() <= now - normal.from_epoch_ms(row.at) < wait


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _until(hours: Sequence[tuple[int, int, int]], which: int, share: float) -> float:
    """How many by so many hours of the day: of the hour that runs, its share."""
    whole = int(share)
    part = hours[whole][which] * (share - whole) if whole < len(hours) else 0
    return sum(one[which] for one in hours[:whole]) + part


def _beat(row: Any, now: datetime) -> list[tuple[int, int]]:
    """When nothing ran: each minute this is written, so that a gap shows."""
    known = [(normal.epoch_ms(a), normal.epoch_ms(b)) for a, b in _stops(row.body, now)] if row else []
    if row and now - normal.from_epoch_ms(row.at) > STOPPED:
        known.append((row.at, normal.epoch_ms(now)))
    return known


def _stops(body: str, now: datetime) -> list[tuple[datetime, datetime]]:
    found: Iterable[tuple[int, int]] = json.loads(body)
    spans = [(normal.from_epoch_ms(began), normal.from_epoch_ms(ended)) for began, ended in found]
    return [(began, ended) for began, ended in spans if now - ended < LOOK_BACK]


def _name(day: date) -> str:
    return f"day:{day.isoformat()}"


def _plain(day: Day) -> dict[str, Any]:
    return {"hooks": day.hooks, "hours": day.hours}


def _read(row: Any) -> Day:
    told = json.loads(row.body)
    hours = [(one[0], one[1], one[2]) for one in told["hours"]]
    return Day(date.fromisoformat(row.name.partition(":")[2]), normal.from_epoch_ms(row.at), told["hooks"], hours)
