"""Whether the bridge is well, and what to do where it is not: what `flask doctor` tells (docs/ledger.md 27b).

Looks at the settings, the machine and the store and changes nothing: a store that is away, cannot be written or waits
for its upgrade is told, with all that can be told without it. Threads of the process that serves cannot be seen from
another one; what they left undone can.
"""

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import DatabaseError

from bridge.errors import StoreDown
from bridge.operations import retention, waiting
from bridge.operations.retention import Days
from bridge.operations.waiting import Finding, Level, Look
from bridge.qomon import account
from bridge.report import wording
from bridge.report.wording import expiring
from bridge.services import Services
from bridge.settings import Settings
from bridge.store.store import Store
from bridge.store.tables import delivery, event
from bridge.store.vault import BrokenSeal, Vault, WrongKey
from schemas import normal

__all__ = ["Finding", "Level", "examine", "lists"]

SAMPLE = 500
"""Records of the newest submissions that are over, which are opened."""
WAITING = 2_000
"""Of those that are not over, how many are opened, the newest first."""
_ROOM, _NO_ROOM = 500_000_000, 50_000_000
"""Free bytes of the disk below which it is time to do something, and below which it is late."""
_APART = timedelta(seconds=5)
"""Two clocks that agree."""
_AHEAD = timedelta(minutes=2)
_A_DAY = timedelta(days=1)
_OTHERS = 0o077
WORST_FIRST: Sequence[Level] = ("fault", "warn", "note", "ok")

Findings: TypeAlias = Iterator[Finding]


def examine(services: Services, space: str | None = None, newest: int = SAMPLE, waits: int = WAITING) -> list[Finding]:
    """Everything there is to tell, the worst first. `space`: of the Qomon accounts only this one's lists. `newest`,
    `waits`: how many of the records are opened."""
    found = [Finding("setting", "fault", fault, _("See them all: flask settings")) for fault in services.faults]
    if all(fault.startswith("QOMON_TOKEN") for fault in services.faults):
        store = Store(services.settings.database_url, services.connections)
        try:
            found += _machine(services.settings, store)
            found += _store(services, store, space, newest, waits)
        except StoreDown as down:
            found.append(_away(store, down))
        except DatabaseError:
            said, fix = _("The store is damaged, or something of it is missing."), _("Put back the last good backup.")
            found.append(Finding("store_damaged", "fault", said, fix))
        except WrongKey as wrong:
            found.append(Finding("key_wrong", "fault", str(wrong), _("Until then nothing can be received or written.")))
        finally:
            store.close()
    return sorted(found, key=lambda one: WORST_FIRST.index(one.level))


def lists(tx: Connection, space: str) -> str:
    """What is known of how this account's reads look (docs/laws.md 10)."""
    known = ", ".join(sorted(account.omitted(tx, space))) or _("none known")
    return _("%(space)s: lists that a read leaves out when they are empty: %(lists)s.", space=space, lists=known)


def _store(services: Services, store: Store, space: str | None, newest: int, waits: int) -> Findings:
    """What needs a store that is there and up to date."""
    if store.path is not None and not store.path.exists():
        yield Finding("store", "note", _("There is no store yet: the first start makes %(path)s.", path=store.path))
        return
    if pending := store.pending():
        fix = _("Run: flask upgrade") if store.shared else _("The next start does it; or run: flask upgrade")
        said = _("The store lacks what this version added: %(names)s.", names=", ".join(pending))
        yield Finding("behind", "fault" if store.shared else "warn", said, fix)
        return
    yield from _size(store)
    if not store.writable():
        said = _("The store takes no write now: callers are told to try again, and nothing is promised to them.")
        fix = _("Is the disk or the plan full, is it read-only, or does another process hold it? Put that right.")
        yield Finding("not_writable", "fault", said, fix)
    services.open_store()
    for look in _LOOKS:
        with services.store.read() as tx:
            yield from look(tx, services, services.now())
    with services.store.read() as tx:
        for name in services.settings.qomon if space is None else (space,):
            yield Finding("lists", "ok", lists(tx, name))
    yield from _retention(services)
    yield from _records(services.open(), newest, waits)


def _away(store: Store, down: StoreDown) -> Finding:
    where = _("the file %(path)s", path=store.path) if store.path else _("the database of DATABASE_URL")
    said = _("The store does not answer: %(where)s. What it holds cannot be told.", where=where)
    if down.reason in wording.DOWN:
        said = f"{said} {wording.DOWN[down.reason]}"
    fix = _("Is it there, whole and up, and may this user open it? The bridge comes back by itself with it.")
    return Finding("store_away", "fault", said, fix)


def _machine(settings: Settings, store: Store) -> Findings:
    """The disk under a file, and where the key is: told without a store."""
    folder = store.path.parent if store.path is not None else None
    if folder is not None and folder.is_dir():
        free = shutil.disk_usage(folder).free
        level: Level = "fault" if free < _NO_ROOM else "warn" if free < _ROOM else "ok"
        fix = _("Make room, or shorten KEEP_DAYS. A full disk takes no submission.") if level != "ok" else ""
        said = _("The disk of the store has %(size)s left.", size=_bytes(free))
        yield Finding("disk", level, said, fix)
    yield from _key(settings, folder)


def _key(settings: Settings, folder: Path | None) -> Findings:
    keep = _("Keep a copy in a password manager: without it nothing of the store can ever be read again.")
    path = folder / "bridge.key" if folder is not None else None
    if settings.bridge_keys:
        many = len(settings.bridge_keys)
        said = ngettext("The key is the variable BRIDGE_KEY.", "BRIDGE_KEY holds %(num)s keys; the first seals.", many)
        yield Finding("key", "ok", said, keep)
    elif path is not None and path.exists():
        yield Finding("key", "ok", _("The key is the file %(path)s.", path=path), keep)
        if path.stat().st_mode & _OTHERS:
            said = _("Other users of this machine may read the key.")
            yield Finding("key_open", "warn", said, _("Run: chmod 600 %(path)s", path=path))


def _size(store: Store) -> Findings:
    if store.path is not None:
        size = sum(path.stat().st_size for path in (store.path, Path(f"{store.path}-wal")) if path.exists())
        yield Finding("store", "ok", _("The store is the file %(path)s: %(size)s.", path=store.path, size=_bytes(size)))
        return
    with store.read() as tx:
        size = int(tx.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    fix = _("Compare that with what the plan allows: a database that is full takes no submission.")
    yield Finding("store", "ok", _("The store is a Postgres database: %(size)s.", size=_bytes(size)), fix)


def _retention(services: Services) -> Findings:
    """What had its days and is still there a day later; and what is soon given up because nobody decides."""
    days, now = Days.of(services.settings), services.now()
    late = sum(retention.due(services.store, now - _A_DAY, days).values())
    if late:
        said = ngettext(
            "%(num)s row has had its days, and is still there a day later.",
            "%(num)s rows have had their days, and are still there a day later.",
            late,
        )
        yield Finding("retention", "warn", said, _("The web process erases it within the hour; or run: flask prune"))
    with services.store.read() as tx:
        soon = retention.expiring(tx, now, days)
    for one in soon:
        yield from (Finding("expiring", "warn", said) for said in expiring(one.hook, one.many, one.last, one.kept))


def _records(services: Services, newest: int, waits: int) -> Findings:
    """Whether the key opens what is stored: of the newest, and of what still has to be crossed."""
    whole = select(event.c.seq).where(event.c.erased.is_(None))
    over = whole.where(event.c.status == "done").order_by(event.c.ended.desc()).limit(newest)
    waiting_ = event.c.status.in_(("open", "held", "kept"))  # no "is not": no index would find it
    open_ = whole.where(waiting_).order_by(event.c.seq.desc()).limit(waits)
    rows = dict[str, Any]()
    with services.store.read() as tx:
        for asked in (over, open_):  # by their numbers: to sort whole records would read all of them
            found = select(event.c.id, event.c.record, event.c.report).where(event.c.seq.in_(asked))
            rows |= {row.id: row for row in tx.execute(found)}
    damaged = [id_ for id_, row in rows.items() if not _opens(services.vault, row.record, row.report)]
    if damaged:
        said = ngettext(
            "%(num)s of %(many)s records does not open: %(events)s.",
            "%(num)s of %(many)s records do not open: %(events)s.",
            len(damaged),
            many=len(rows),
            events=", ".join(damaged[:5]),
        )
        fix = _(
            "If the key was changed, put the old one behind the new one in BRIDGE_KEY. If not, they are damaged: take "
            "them from a backup, or leave them out: flask inbox skip EVENT"
        )
        yield Finding("unopenable", "fault", said, fix)
    elif rows:
        told_well = ngettext("%(num)s record was opened.", "%(num)s records were opened, and all do.", len(rows))
        yield Finding("records", "ok", told_well)


def _opens(vault: Vault, *sealed: bytes) -> bool:
    try:
        for one in sealed:
            vault.unseal(one)
    except (BrokenSeal, ValueError):
        return False
    return True


def _clock(tx: Connection, services: Services, now: datetime) -> Findings:
    """This machine's against the server's, and against the times of what was stored last."""
    fix = _("Set the clock of this machine by a time server (NTP), and look at the time zone's setting.")
    if services.store.shared:
        theirs = normal.from_epoch_ms(int(tx.scalar(select(func.extract("epoch", func.clock_timestamp()) * 1000)) or 0))
        apart = abs(theirs - now)
        said = _(
            "The clocks of this machine and of the database are %(seconds)s s apart.",
            seconds=int(apart.total_seconds()),
        )
        yield Finding("clock", "ok" if apart < _APART else "warn", said, "" if apart < _APART else fix)
    newest = tx.scalar(select(func.max(delivery.c.received_at)))
    if newest is not None and normal.from_epoch_ms(newest) > now + _AHEAD:
        ahead = normal.to_ms(normal.from_epoch_ms(newest))
        said = _("Something was received at %(at)s, which is still to come: the clock was set back.", at=ahead)
        yield Finding("clock_back", "warn", said, fix)


def _jobs(tx: Connection, services: Services, _now: datetime) -> Findings:
    """The worker processes beside the web process, and the jobs of those that died."""
    if not services.store.shared or not inspect(tx).has_table("procrastinate_workers"):
        return
    workers, stalled = tx.execute(text(_WORKERS)).one()
    told = ngettext("%(num)s worker is alive.", "%(num)s workers are alive.", workers)
    yield Finding("workers", "ok", told if workers else _("No worker is alive: the web process drains alone."))
    if stalled:
        said = ngettext("%(num)s job has no worker any more.", "%(num)s jobs have no worker any more.", stalled)
        yield Finding("jobs_stalled", "note", said, _("Nothing to do: their lanes are looked for again by themselves."))


_WORKERS = """
    WITH alive AS (SELECT id FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds')
    SELECT (SELECT count(*) FROM alive), (SELECT count(*) FROM procrastinate_jobs AS job
    WHERE status = 'doing' AND NOT EXISTS (SELECT FROM alive WHERE alive.id = job.worker_id))
"""

_LOOKS: Sequence[Look] = (
    waiting.spaces,
    waiting.lanes,
    waiting.leases,
    waiting.hooks,
    waiting.waiting_long,
    waiting.held,
    waiting.refused_calls,
    _clock,
    _jobs,
)


def _bytes(size: int) -> str:
    if size < 10**9:
        return _("%(number)s MB", number=format_decimal(round(size / 10**6, 1)))
    return _("%(number)s GB", number=format_decimal(round(size / 10**9, 1)))
