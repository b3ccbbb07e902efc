"""What to say now, and what to remember of it: pure, so that no clock and no store is asked twice.

One alert per cause. It is said again only if it grew tenfold, or after a day; that it is over is said once. What people
muted is silent; quiet hours hold back all that is not urgent, and then it is said together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.operations.alerts.kinds import KINDS, Facts, Found, Urgency, steps, urgency
from bridge.operations.alerts.preferences import Preferences

AGAIN = timedelta(days=1)
GREW = 10
SAID = "said"
"""The fact that is the subject under which it was told: that it is over is said under the same."""
KEPT = timedelta(days=8)
"""For so long an alert that is over is remembered: what happens once is not said twice."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of the store. `told_many` None after `told_at`: it was said that it is over."""

    cause: str
    kind: str
    hook: str | None
    since: datetime
    seen: datetime
    many: int
    facts: Facts = field(default_factory=dict[str, str | int])
    told_at: datetime | None = None
    told_many: int | None = None
    over: datetime | None = None
    muted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to say of an alert."""

    alert: Alert
    urgency: Urgency
    solved: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """`keep`: rows as they are from now on; `drop`: causes that are forgotten."""

    tell: Sequence[Telling]
    keep: Sequence[Alert]
    drop: Sequence[str]


def decide(
    found: Iterable[Found], rows: Iterable[Alert], chosen: Preferences, now: datetime, zone: ZoneInfo
) -> Decided:
    """`found`: all that is so now. `rows`: all that is remembered."""
    before = {row.cause: row for row in rows}
    here = {one.cause: one for one in found}
    tell: list[Telling] = []
    keep: list[Alert] = []
    drop: list[str] = []
    seen = [_seen(before.get(one.cause), one, now) for one in here.values()]
    for alert in [*seen, *_gone(before, here, now)]:
        telling = _telling(alert, chosen, now, zone)
        if telling is not None:
            tell.append(telling)
        after = alert if telling is None else _told(alert, now, solved=telling.solved)
        if _past(after, now):
            drop.append(after.cause)
        else:
            keep.append(after)
    return Decided(tell, keep, drop)


def quiet(chosen: Preferences, now: datetime, zone: ZoneInfo) -> bool:
    """By the campaign's clock on the wall: also in the nights in which it is set forward or back."""
    hour, begin, end = now.astimezone(zone).hour, chosen.quiet_from, chosen.quiet_until
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def wanted(channel: str, of: Urgency, chosen: Preferences) -> bool:
    return of == "now" or channel not in chosen.only_urgent


def audience(kind: str, of: Urgency, channels: Sequence[str], chosen: Preferences) -> list[str]:
    """What is for admins goes to what only they read, though that wants only what is urgent; to all, where there is
    none: somebody is told."""
    who = [one for one in channels if wanted(one, of, chosen)]
    admins = [one for one in channels if one in chosen.admins]
    if not KINDS[kind].admins or not admins:
        return who
    return [one for one in admins if one in who] or admins


def _seen(row: Alert | None, one: Found, now: datetime) -> Alert:
    if row is None:
        return Alert(one.cause, one.kind, one.hook, one.since, now, one.many, one.facts)
    said = {SAID: row.facts[SAID]} if SAID in row.facts else {}
    facts = {**one.facts, **said}
    return replace(row, since=one.since, seen=now, many=one.many, facts=facts, hook=one.hook, over=None)


def _gone(before: Mapping[str, Alert], here: Mapping[str, Found], now: datetime) -> Iterator[Alert]:
    for row in before.values():
        if row.cause not in here:
            yield row if row.over is not None else replace(row, over=now)


def _telling(alert: Alert, chosen: Preferences, now: datetime, zone: ZoneInfo) -> Telling | None:
    known = KINDS.get(alert.kind)
    if known is None or (alert.muted_until is not None and alert.muted_until > now):
        return None
    how = urgency(alert.kind, alert.since, now)
    if alert.over is not None:
        untold = alert.told_at is None or alert.told_many is None or not known.solved
        if untold or now - alert.over < known.sure or quiet(chosen, now, zone):
            return None
        return Telling(alert, "day", solved=True)
    if not _due(alert, now) or (how != "now" and quiet(chosen, now, zone)):
        return None
    return Telling(alert, how)


def _due(alert: Alert, now: datetime) -> bool:
    known = KINDS[alert.kind]
    if alert.told_at is None:
        return now - alert.since >= known.settles
    waited = now - alert.told_at
    if alert.told_many is None:  # it was over, and is there again: what goes on and off is said once a day
        settled = now - alert.since >= known.settles
        return settled and (waited >= AGAIN or urgency(alert.kind, alert.since, now) == "now")
    if alert.many >= GREW * max(1, alert.told_many):
        return True
    if any(alert.told_at < alert.since + step <= now for step in steps(alert.kind)):
        return True
    return waited >= AGAIN and (known.repeats or (known.solved and alert.many > alert.told_many))


def _told(alert: Alert, now: datetime, *, solved: bool) -> Alert:
    return replace(alert, told_at=now, told_many=None if solved else alert.many)


def _past(alert: Alert, now: datetime) -> bool:
    """A row that says nothing more, now or later."""
    if alert.over is None or (alert.muted_until is not None and alert.muted_until > now):
        return False
    return alert.told_at is None or now - alert.over >= KEPT
