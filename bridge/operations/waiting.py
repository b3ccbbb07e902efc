"""What the ledger says of itself: which lanes are due, what is held and why, whose hook or account stops it.

Each look is one read of rows that an index leads to: the size of the store does not matter, only what waits.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from flask_babel import format_timedelta, lazy_gettext, ngettext
from flask_babel import gettext as _
from sqlalchemy import Connection, func, select

from bridge.door import quarantine
from bridge.hooks import breaker
from bridge.model import Class
from bridge.qomon import account
from bridge.qomon.account import STOPPED
from bridge.report.wording import OUTCOMES, kept_while_broken, stopped, tripped, turned_away
from bridge.services import Services
from bridge.store.tables import event, hook, lane
from schemas import codes, normal

Level: TypeAlias = Literal["ok", "note", "warn", "fault"]

MANY_LEASES = 3
"""Runners that never gave a lane back: from then on it is crossed one event at a time (docs/ledger.md 5)."""
_SLOW = timedelta(minutes=1)
"""What was received just now waits no longer, while all is well."""
_NOBODY = timedelta(minutes=5)
_LONG = timedelta(days=1)
_SHOWN = 5
_CLASSES = {
    Class.LIVE: lazy_gettext("just received"),
    Class.STAFF: lazy_gettext("decided by staff"),
    Class.BACKLOG: lazy_gettext("backlog"),
    Class.RETRY: lazy_gettext("tried again"),
    Class.REPLAY: lazy_gettext("sent again"),
    Class.PREVIEW: lazy_gettext("dry runs"),
}
_OURS = ("crash", "unopenable")
"""Reasons that are held for a fault of the bridge's."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `flask doctor`. `fix`: what to do about it, where there is something to do."""

    code: str
    level: Level
    sentence: str
    fix: str = ""


Look: TypeAlias = Callable[[Connection, Services, datetime], Iterator[Finding]]


def hooks(tx: Connection, services: Services, _now: datetime) -> Iterator[Finding]:
    """Those that do not load, with the variable that is missing, and what waits because of it; those that stopped."""
    listed = services.hooks.listed(tx)
    waits = _waiting(tx, event.c.reason == "hook_broken")
    for one in listed:
        if one.hook is None:
            said = _("Webhook %(hook)s does not load: %(faults)s", hook=one.name, faults=" ".join(one.faults))
            many = waits.get(one.name, 0)
            told = ngettext("%(num)s submission waits for it.", "%(num)s submissions wait for it.", many)
            fix = _("Set the variable, or correct the file: flask hooks check. Nothing that came is lost.")
            yield Finding("hook_broken", "fault", f"{said} {told}" if many else said, fix)
    for name, cause, since in _tripped(tx, {one.hook.id: one.name for one in listed if one.hook is not None}):
        yield Finding("hook_stopped", "warn", tripped(name, cause.code, cause.field, cause.count, since))
    for name, since in sorted(services.hooks.paused(tx).items()):
        fix = _("If it should go on: flask resume --hook %(hook)s", hook=name)
        yield Finding("hook_paused", "note", stopped(name, "paused", since), fix)
    if not listed:
        yield Finding("hooks", "note", _("There is no webhook yet."), _("Make one: flask hooks new, or import a file."))
    elif all(one.hook is not None for one in listed):
        told = ngettext("%(num)s webhook, and it loads.", "%(num)s webhooks, and all load.", len(listed))
        yield Finding("hooks", "ok", told)


def spaces(tx: Connection, services: Services, _now: datetime) -> Iterator[Finding]:
    """What stops a whole account."""
    if not services.settings.writing:
        said = _("WRITING=off: everything is received and kept, nothing is written to Qomon.")
        yield Finding("writing_off", "warn", said, _("Take WRITING away when writing is wanted, and start again."))
    fixes: Mapping[str, tuple[Level, str]] = {
        "paused": ("warn", _("If it should go on: flask resume")),
        "key_refused": ("fault", _("Set QOMON_TOKEN to a token that Qomon takes. What waits is then sent by itself.")),
        "qomon_down": ("warn", _("Nothing to do: Qomon is asked every minute, and what waits is then sent by itself.")),
    }
    for name, stop in sorted(account.stops(tx).items()):
        level, fix = fixes[stop.reason]
        yield Finding("space_stopped", level, stopped(name, stop.reason, stop.since), fix)


def lanes(tx: Connection, services: Services, now: datetime) -> Iterator[Finding]:
    """The oldest due lane of each class, and how many wait."""
    classes = by_class(tx, normal.epoch_ms(now))
    for of, (many, due, oldest) in sorted(classes.items()):
        slow = of is Class.LIVE and now - oldest > _SLOW and services.settings.writing
        told = {"what": _CLASSES[of], "many": many, "due": due, "age": _age(now, oldest)}
        said = _("%(what)s: %(many)s waiting, %(due)s of them due, the oldest for %(age)s.", **told)
        if not due:
            said = _("%(what)s: %(many)s waiting for their time.", what=_CLASSES[of], many=many)
        fix = _("Is the web process running, and is Qomon slow? See what else is told here.") if slow else ""
        yield Finding("lanes", "warn" if slow else "ok", said, fix)
    stops = tx.execute(select(func.count()).select_from(lane).where(lane.c.space.in_(STOPPED))).scalar() or 0
    if stops:
        said = ngettext(
            "%(num)s waiting in an account that is stopped.", "%(num)s waiting in accounts that are stopped.", stops
        )
        yield Finding("lanes", "ok", said)
    elif not classes:
        yield Finding("lanes", "ok", _("Nothing waits to be written."))
    oldest = min((oldest for _many, _due, oldest in classes.values()), default=now)
    if services.settings.writing and now - oldest > _NOBODY and _idle(tx, now):
        said = _("Nobody seems to drain: what is due has waited for %(age)s.", age=_age(now, oldest))
        fix = _("Start the web process, or flask work; if one runs, look at its log and start it again.")
        yield Finding("nobody_drains", "fault", said, fix)


def by_class(tx: Connection, at: int) -> dict[Class, tuple[int, int, datetime]]:
    """How many wait, how many of them are due, and when the first was or will be, in the accounts that run."""
    first, due = func.min(lane.c.due).label("first"), func.count().filter(lane.c.due <= at).label("due")
    asked = select(lane.c["class"].label("of"), func.count().label("many"), due, first)
    rows = tx.execute(asked.where(lane.c.space.not_in(STOPPED)).group_by(lane.c["class"])).all()
    found = {Class(row.of): (row.many, row.due, normal.from_epoch_ms(row.first)) for row in rows}
    kept = (event.c.status == "kept") & (event.c.due <= at) & event.c.space.not_in(STOPPED)
    unseen = tx.execute(select(func.count().label("many"), func.min(event.c.due).label("first")).where(kept)).one()
    if unseen.many:
        found[Class.PREVIEW] = (unseen.many, unseen.many, normal.from_epoch_ms(unseen.first))
    return found


def leases(tx: Connection, _services: Services, now: datetime) -> Iterator[Finding]:
    """Lanes that runners took and never gave back."""
    taken = select(lane.c.lane, lane.c.leases).where(lane.c.leases >= MANY_LEASES).order_by(lane.c.leases.desc())
    for row in tx.execute(taken.limit(_SHOWN)).all():
        mine = select(event.c.id).where(event.c.lane == row.lane, event.c.status == "open")
        id_ = tx.execute(mine.order_by(event.c.seq).limit(1)).scalar() or ""
        said = _(
            "Lane %(lane)s was taken %(times)s times and never given back: what works on it dies or fails.",
            lane=row.lane,
            times=row.leases,
        )
        fix = _("Look at the first one, and leave it out if it cannot be helped: flask inbox show %(event)s", event=id_)
        yield Finding("lane_stumbles", "warn", said, fix)
    lost = (lane.c.owner.is_not(None)) & (lane.c.due <= normal.epoch_ms(now - _SLOW)) & lane.c.space.not_in(STOPPED)
    many = tx.execute(select(func.count()).select_from(lane).where(lost)).scalar() or 0
    if many:
        said = ngettext(
            "%(num)s lane was left by a process that died, and nobody has taken it since.",
            "%(num)s lanes were left by a process that died, and nobody has taken them since.",
            many,
        )
        yield Finding("leases_lost", "warn", said, _("A running web process or flask work takes them within seconds."))


def held(tx: Connection, _services: Services, now: datetime) -> Iterator[Finding]:
    """What waits for a person, by reason."""
    asked = select(
        event.c.outcome, event.c.reason, func.count().label("many"), func.min(event.c.received_at).label("at")
    )
    mine = asked.where(event.c.status == "held", event.c.erased.is_(None)).group_by(event.c.outcome, event.c.reason)
    for row in sorted(tx.execute(mine).all(), key=lambda row: row.at):
        why = codes.HELD.get(row.reason, row.reason) if row.reason else OUTCOMES[row.outcome]
        told = {
            "many": row.many,
            "reason": row.reason or row.outcome,
            "why": why,
            "age": _age(now, normal.from_epoch_ms(row.at)),
        }
        said = _("%(many)s held, %(reason)s: %(why)s The oldest came %(age)s ago.", **told)
        fix = _("Decide: flask inbox list --outcome %(outcome)s, then show, release or skip.", outcome=row.outcome)
        yield Finding("held", "warn" if row.reason in _OURS else "note", said, fix)


def waiting_long(tx: Connection, _services: Services, now: datetime) -> Iterator[Finding]:
    """What has waited for more than a day without anybody having to decide."""
    since = func.coalesce(event.c.released, event.c.received_at)
    old = (event.c.status == "open") & (since <= normal.epoch_ms(now - _LONG))
    asked = select(event.c.reason, func.count().label("many"), func.min(since).label("at")).where(old)
    for row in tx.execute(asked.group_by(event.c.reason)).all():
        why = codes.QUEUED.get(row.reason, row.reason) if row.reason else codes.OUTCOMES["queued"]
        told = {"many": row.many, "age": _age(now, normal.from_epoch_ms(row.at)), "why": why}
        said = _("%(many)s waiting for more than a day, the oldest for %(age)s. %(why)s", **told)
        yield Finding("waiting_long", "warn", said, _("See them: flask inbox list --outcome queued"))


def refused_calls(tx: Connection, services: Services, _now: datetime) -> Iterator[Finding]:
    """Calls that no secret explained, kept for a while. Their sentences say what to do."""
    days = services.settings.held.days
    for heap in quarantine.heaps(tx):
        if heap.waits:
            yield Finding("refused", "warn", kept_while_broken(heap.hook, heap.count, heap.since, heap.why, days))
        else:
            yield Finding("refused", "note", turned_away(heap.hook, heap.count, heap.lost, heap.since, heap.why))


def _tripped(tx: Connection, names: Mapping[str, str]) -> Iterator[tuple[str, breaker.Cause, datetime]]:
    """The hooks that stopped by themselves, why and when. `names` by id."""
    for id_ in sorted(breaker.pulled(tx) & names.keys()):
        if found := breaker.why(tx, id_):
            yield names[id_], *found


def _waiting(tx: Connection, why: Any) -> dict[str, int]:
    """How many open events there are for this reason, by the name of their hook."""
    asked = select(hook.c.name, func.count().label("many")).join(event, event.c.hook == hook.c.id)
    rows = tx.execute(asked.where(event.c.status == "open", why).group_by(hook.c.name)).all()
    return {row.name: row.many for row in rows}


def _idle(tx: Connection, now: datetime) -> bool:
    """Whether nobody holds a lane now, and nothing was finished lately: a long backlog alone is no fault."""
    at = normal.epoch_ms(now)
    if tx.execute(select(lane.c.lane).where(lane.c.owner.is_not(None), lane.c.due > at).limit(1)).first() is not None:
        return False
    last = select(func.max(event.c.ended)).where(event.c.status == "done", event.c.erased.is_(None))
    ended = tx.execute(last).scalar()
    return ended is None or ended < normal.epoch_ms(now - _NOBODY)


def _age(now: datetime, since: datetime) -> str:
    return str(format_timedelta(max(timedelta(), now - since), threshold=1))
