"""What keeps submissions from being written, and what of them waits for a decision: counts by webhook and reason."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from bridge.crossing.opened import report_of
from bridge.hooks import breaker
from bridge.model import Event
from bridge.operations import causes, figures
from bridge.operations.alerts.kinds import Found
from bridge.services import Services
from bridge.store.tables import brake, event, space
from bridge.store.vault import BrokenSeal
from schemas import normal

BEFORE = (1, 7)
"""Days before what waits is erased, the nearer first."""
REMINDS = time(8, 30)
_OLD = timedelta(days=1)
_MOST = 50
"""Causes whose field is looked up: of more the rest is one alert."""
_OWN = {"breaker": "breaker", "not_confirmed": "not_confirmed", "unopenable": "store_key"}
"""Held reasons that have a kind of their own."""
_BY_FIELD = ("unknown_choice", "unknown_field")
_WRITTEN = ("delivered", "created", "unchanged")
_SATURDAY = 5
_DAY_MS = 86_400_000
_HELD = (event.c.status == "held") & event.c.erased.is_(None)


def qomon(tx: Connection, services: Services) -> Iterator[Found]:
    """People's brake does not end Qomon's trouble: both are looked at."""
    for row in tx.execute(select(space).where(space.c.trouble.is_not(None))).all():
        many = _waiting(tx, row.space)
        since = normal.from_epoch_ms(row.since)
        facts = {"space": row.space} if row.space != "default" else {}
        if row.trouble in ("key_refused", "qomon_down"):
            yield Found(_cause(services, row.trouble, row.space), row.trouble, since, many, None, facts)


def back(tx: Connection, over: datetime) -> dict[str, int]:
    """What was written since Qomon is there again, of what came before: how many, and until when."""
    since = event.c.ended >= normal.epoch_ms(over)
    came = event.c.received_at < normal.epoch_ms(over)
    asked = select(func.count(), func.max(event.c.ended)).where(
        event.c.status == "done", since, came, event.c.erased.is_(None), event.c.outcome.in_(_WRITTEN)
    )
    many, last = tx.execute(asked).one()
    minutes = max(1, -(-(last - normal.epoch_ms(over)) // 60_000)) if last is not None else 0
    return {"written": many, "minutes": minutes}


def stopped_hooks(tx: Connection, services: Services) -> Iterator[Found]:
    for row in tx.execute(select(brake.c.hook).where(brake.c.tripped.is_not(None))).all():
        found = breaker.why(tx, row.hook)
        if found is not None:
            why, since = found
            facts = {"code": why.code, "field": why.field}
            yield Found(_cause(services, "breaker", row.hook, str(since)), "breaker", since, why.count, row.hook, facts)


def to_decide(tx: Connection, services: Services) -> Iterator[Found]:
    """One for each webhook, reason and field; the choice itself is an answer, and stays behind the login."""
    for one in figures.causes(tx):
        if one.reason in _BY_FIELD:
            yield from _by_field(tx, services, one)
        elif one.reason != "breaker":  # the brake itself is told
            kind = _OWN.get(one.reason, "todo")
            cause = _cause(services, kind, one.hook, one.reason)
            yield Found(cause, kind, one.since, one.many, one.hook, {"reason": one.reason})


def reminder(tx: Connection, services: Services, now: datetime) -> Iterator[Found]:
    here = now.astimezone(services.settings.timezone)
    if here.weekday() >= _SATURDAY or here.time() < REMINDS:
        return
    waits = figures.causes(tx)
    oldest = min((one.since for one in waits), default=now)
    if now - oldest > _OLD:
        facts = {"causes": len(waits), "days": (now - oldest).days}
        cause = _cause(services, "reminder", here.date().isoformat())
        yield Found(cause, "reminder", now, sum(one.many for one in waits), None, facts)


def to_be_erased(tx: Connection, services: Services, now: datetime) -> Iterator[Found]:
    """What takes a consent back has no end, and is not among them."""
    held, zone = services.settings.held, services.settings.timezone
    takes_back = event.c.withdraws.is_not(None) | (event.c.kind == "unsubscribed")
    day = (event.c.ended // _DAY_MS).label("day")
    hook = (event.c.hook + "").label("hook")
    asked = select(hook, day, func.count().label("many"), func.min(event.c.ended).label("first"))
    soon = event.c.ended <= normal.epoch_ms(now - held + timedelta(days=max(BEFORE)))
    counted: Counter[tuple[str, date, int]] = Counter()
    for row in tx.execute(asked.where(_HELD, soon, ~takes_back).group_by(hook, day)).all():
        ends = normal.from_epoch_ms(row.first) + held
        stage = next((days for days in BEFORE if ends - now <= timedelta(days=days)), max(BEFORE))
        counted[row.hook, ends.astimezone(zone).date(), stage] += row.many
    for (id_, on, stage), many in counted.items():
        cause = _cause(services, "to_be_erased", id_, on.isoformat(), str(stage))
        yield Found(cause, "to_be_erased", now, many, id_, {"on": on.isoformat()})


def _by_field(tx: Connection, services: Services, all_of: figures.Cause) -> Iterator[Found]:
    mine = (event.c.hook == all_of.hook) & (event.c.reason == all_of.reason) & event.c.cause.is_not(None)
    first = func.min(event.c.seq).label("first")
    asked = select(event.c.cause, func.count().label("many"), first).where(_HELD, mine)
    rows = tx.execute(asked.group_by(event.c.cause).order_by(func.count().desc()).limit(_MOST)).all()
    many: Counter[str] = Counter()
    for row in rows:
        many[_field(tx, services, row.first)] += row.many
    left = all_of.many - sum(many.values())
    if left > 0 and len(rows) == _MOST:  # those without a cause get theirs within the minute
        many[""] += left
    for field, count in many.items():
        cause = _cause(services, "todo", all_of.hook, all_of.reason, field)
        facts = {"reason": all_of.reason, "field": field}
        yield Found(cause, "todo", all_of.since, count, all_of.hook, facts)


def _field(tx: Connection, services: Services, seq: int) -> str:
    row = tx.execute(select(event).where(event.c.seq == seq)).first()
    try:
        return next(iter(causes.fields_of(report_of(services.vault, Event.from_row(row)))), "") if row else ""
    except BrokenSeal:
        return ""


def _waiting(tx: Connection, name: str) -> int:
    mine = select(func.count()).select_from(event).where(event.c.status == "open", event.c.space == name)
    return tx.scalar(mine) or 0


def _cause(services: Services, *parts: str) -> str:
    return services.vault.fingerprint("alert", *parts)
