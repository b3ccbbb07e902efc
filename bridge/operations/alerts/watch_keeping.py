"""Whether the store has room and opens, whether alerts get out, what people did that others should know; the week."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, select

from bridge.operations import audit, figures
from bridge.operations.alerts import channels
from bridge.operations.alerts.kinds import Facts, Found
from bridge.operations.audit import Noted
from bridge.services import Services
from bridge.store import counters
from bridge.store.counters import PROTECTED
from bridge.store.tables import event
from bridge.store.vault import BrokenSeal
from schemas import normal

FULL = 80
"""Per cent."""
_NO_ROOM = 500_000_000
_SAMPLE = 5
_LATELY = timedelta(days=1)
_WEEKLY = time(8)
_DEEDS = {"secret_changed": "secret_changed", "forgotten": "person_erased", "login_locked": "login_locked"}
_ADMINS = ("staff_added", "role_changed")
_DECIDED = ("released", "decided", "corrected", "skipped")


def store(tx: Connection, services: Services, now: datetime) -> Iterator[Found]:
    """A server does not say what its plan allows: only a file's disk can be told of."""
    path = services.store.path
    if path is not None:
        size = sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())
        free = shutil.disk_usage(path.parent).free
        share = 100 * size // max(1, size + free)
        if share >= FULL or free < _NO_ROOM:
            facts = {"share": share, "size": size, "free": free, "days": services.settings.keep.days}
            yield Found(_cause(services, "store_full"), "store_full", now, 1, None, facts)
    newest = select(event.c.record).where(event.c.erased.is_(None)).order_by(event.c.seq.desc()).limit(_SAMPLE)
    shut = sum(not _opens(services, sealed) for sealed in tx.execute(newest).scalars())
    if shut:
        yield Found(_cause(services, "store_key"), "store_key", now, shut)
    if services.store.behind():
        yield Found(_cause(services, "store_behind"), "store_behind", now)


def told_nowhere(tx: Connection, services: Services) -> Iterator[Found]:
    """A channel that fails is told of by the others."""
    for name, scheme, since in channels.failing(services, tx):
        yield Found(_cause(services, "channel", name), "channel", since, 1, None, {"channel": scheme})


def people(tx: Connection, services: Services, now: datetime) -> Iterator[Found]:
    """What was done within a day; never by whom, nor to whom: the activity log says that to admins."""
    zone, counted = services.settings.timezone, Counter[tuple[str, str | None, str]]()
    since: dict[tuple[str, str | None, str], datetime] = {}
    for one in audit.lately_done(tx, services.vault, (*_DEEDS, *_ADMINS), now - _LATELY):
        kind = _DEEDS.get(one.did) or ("admin_added" if _is_admin(one) else None)
        if kind is not None:
            hook = one.subject if kind == "secret_changed" else None
            key = kind, hook, one.at.astimezone(zone).date().isoformat()
            counted[key] += 1
            since.setdefault(key, one.at)
    for (kind, hook, day), many in counted.items():
        at = since[kind, hook, day]
        cause = _cause(services, kind, hook or "", day)
        yield Found(cause, kind, at, many, hook, {"at": normal.epoch_ms(at)})


def weekly(tx: Connection, services: Services, now: datetime, known: Mapping[str, Facts]) -> Iterator[Found]:
    """Counted once. `known`: the facts of what was found before, by cause."""
    here = now.astimezone(services.settings.timezone)
    if here.weekday() or here.time() < _WEEKLY:
        return
    cause = _cause(services, "weekly", here.date().isoformat())
    yield Found(cause, "weekly", now, 1, None, known.get(cause) or _week(tx, services, now))


def _week(tx: Connection, services: Services, now: datetime) -> Facts:
    counted = figures.shown(tx, services)
    days = [one for one in counted.last if one.day != counted.today][-7:]
    done = audit.counted(tx, now - timedelta(days=7))
    return {
        "received": sum(one.of() for one in days),
        "written": sum(one.of("delivered", "created") for one in days),
        "decided": sum(done.get(one, 0) for one in _DECIDED),
        "restored": done.get("restored", 0),
        "protected": _protected(tx, now.astimezone(services.settings.timezone) - timedelta(days=7)),
    }


def _protected(tx: Connection, at: datetime) -> int:
    """In the week of that moment, by all processes as far as they have told."""
    year, week, _day = at.isocalendar()
    mine = f"{year}-W{week:02}"
    return sum(value for name, labels, value in counters.kept(tx) if name == PROTECTED and labels["week"] == mine)


def _is_admin(one: Noted) -> bool:
    said = one.said or {}
    return bool(said.get("role", said.get("now")) == "admin")


def _opens(services: Services, sealed: bytes) -> bool:
    try:
        services.vault.unseal(sealed)
    except (BrokenSeal, ValueError):
        return False
    return True


def _cause(services: Services, *parts: str) -> str:
    return services.vault.fingerprint("alert", *parts)
