"""Many submissions sent again or put back: some at a time, behind what just came, to be stopped and gone on with.

A job says which are meant; it is done by events of its own, of which a few hundred wait at a time. What is asked twice
is done once, and whoever stops it takes back what did not begin.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, func, insert, select, update

from bridge.errors import Faults
from bridge.hooks.revisions import By
from bridge.inbox import lanes
from bridge.inbox.again import Action
from bridge.model import Event
from bridge.operations import audit, replay, restore
from bridge.operations.release import NotDone
from bridge.operations.replay import Came, Replays
from bridge.operations.restore import Writes
from bridge.services import Services
from bridge.store import store
from bridge.store.tables import creating, event, identity, undo
from bridge.store.tables import job as jobs
from bridge.store.vault import Vault
from schemas import normal

AHEAD = 200
"""Events of a job that wait at once: two minutes of writing."""
_MANY = 25
"""Events that are begun before the place is written down: what is begun twice is not asked twice."""
PACE = timedelta(seconds=60) / 90
"""Between two contacts that Qomon lets us write (docs/ledger.md 29)."""

_NEXT = timedelta(milliseconds=1)

State = Literal["runs", "stopped", "done"]


@dataclass(frozen=True, slots=True)
class Job:
    """`total`: how many are meant; `outcomes`: what became of those begun; `left`: those that could not be begun.
    `waits`: begun, and not written yet.
    """

    id: str
    action: Action
    space: str
    by: By
    total: int
    stopped: datetime | None
    ended: datetime | None
    outcomes: Mapping[str, int]
    left: Sequence[str]

    @property
    def waits(self) -> int:
        return self.outcomes.get("queued", 0)

    @property
    def begun(self) -> int:
        return sum(self.outcomes.values())

    @property
    def state(self) -> State:
        if self.stopped is not None:
            return "stopped"
        return "done" if self.ended is not None and not self.waits else "runs"

    def until(self, now: datetime) -> datetime:
        """When the last of it is done, at the pace that Qomon allows."""
        return now + PACE * (max(self.total - self.begun - len(self.left), 0) + self.waits)


@dataclass(slots=True)
class _Sealed:
    """Which are meant, and what people said. `as_`: the version by which they are sent again."""

    which: dict[str, Any]
    as_: int | None
    who: str | None
    why: str | None
    left: list[str] = field(default_factory=list[str])


def new_id() -> str:
    return secrets.token_hex(6)


def begin(
    tx: Connection,
    vault: Vault,
    which: Writes | Came,
    total: int,
    by: By,
    as_: int | None = None,
    id_: str | None = None,
) -> str:
    """Write it down; the id. Nothing is begun yet (`feed`). `total`: how many are meant, one at least. Asked for twice
    under one `id_` it is there once.
    """
    id_ = id_ or new_id()
    store.lock(tx, [_name(id_)])
    if tx.execute(select(jobs.c.id).where(jobs.c.id == id_)).first() is not None:
        return id_
    now = by.at + _NEXT  # what comes after that, and what it writes itself, is not meant
    until = min(which.until or now, now)
    meant = {**asdict(which), "until": until}
    plain = {name: _plain(value) for name, value in meant.items() if value is not None}
    sealed = _Sealed(plain, as_, by.who, by.why)
    action: Action = "restore" if isinstance(which, Writes) else "replay"
    row = {
        "id": id_,
        "action": action,
        "space": _space(tx, which),
        "at": normal.epoch_ms(by.at),
        "sealed": vault.seal(asdict(sealed)),
    }
    tx.execute(insert(jobs).values(**row, total=total, next=0))
    audit.note(tx, vault, by, "restored" if action == "restore" else "replayed", id_, submissions=total, version=as_)
    return id_


def _space(tx: Connection, which: Writes | Came) -> str:
    """Of all that is meant, a webhook being of one account."""
    asked = select(event.c.space).where(*which.where()).outerjoin(undo, undo.c.event == event.c.id).limit(1)
    return str(tx.execute(asked).scalar_one())


def feed(services: Services) -> None:
    """Begin more of each job that runs, as far as what it began is done."""
    with services.store.read() as tx:
        running = tx.execute(select(jobs.c.id).where(jobs.c.stopped.is_(None), jobs.c.ended.is_(None))).scalars().all()
    for id_ in running:
        while _feed_some(services, id_):
            pass


def _feed_some(services: Services, id_: str) -> bool:
    """Whether there is more to begin now."""
    vault = services.vault
    with services.store.read() as tx:
        row = tx.execute(select(jobs).where(jobs.c.id == id_)).one()
        if row.stopped is not None or row.ended is not None:
            return False
        room = min(AHEAD - (tx.scalar(_OPEN.where(event.c.job == id_)) or 0), _MANY)
        sealed = _Sealed(**cast("dict[str, Any]", vault.unseal(row.sealed)))
        found = _next(tx, row, sealed, max(room, 0))
    left = [one for _place, one in found if not _begin_one(services, row, sealed, one)]
    with services.store.write() as tx:
        store.lock(tx, [_name(id_)])
        now: dict[str, Any] = {"next": found[-1][0]} if found else {}
        if left:
            now["sealed"] = vault.seal(asdict(replace(sealed, left=[*sealed.left, *left])))
        if room > 0 and len(found) < room:
            now["ended"] = normal.epoch_ms(services.now())
        if now:
            tx.execute(update(jobs).where(jobs.c.id == id_, jobs.c.stopped.is_(None)).values(now))
    return 0 < room == len(found)


def _begin_one(services: Services, row: Any, sealed: _Sealed, id_: str) -> bool:
    """Whether it could be: by itself, so that what is accepted waits for no more than this."""
    try:
        with services.store.write() as tx:
            store.lock(tx, [_name(row.id), id_])
            runs = select(jobs.c.id).where(jobs.c.id == row.id, jobs.c.stopped.is_(None))
            begun = select(event.c.id).where(event.c.origin == id_, event.c.job == row.id)
            if tx.execute(runs).first() is not None and tx.execute(begun).first() is None:
                _ask(services, tx, row, sealed, id_, services.now())
    except (NotDone, Faults):
        return False
    return True


def _next(tx: Connection, row: Any, sealed: _Sealed, most: int) -> list[tuple[int, str]]:
    """The next that are meant, each with its place, but for those that could not be begun."""
    asked = most + len(sealed.left)
    if row.action == "restore":
        found = restore.meant(tx, Writes(**_read(sealed.which)), asked, row.id, row.next)
    else:
        found = replay.meant(tx, Came(**_read(sealed.which)), asked, row.id, row.next)
    return [(place, id_) for place, id_ in found if id_ not in sealed.left][:most]


def _ask(services: Services, tx: Connection, row: Any, sealed: _Sealed, id_: str, now: datetime) -> None:
    by = By(now, sealed.who, sealed.why)
    if row.action == "restore":
        restore.ask(tx, services.vault, id_, by, row.id)
    else:
        hand = Replays(services.vault, services.hooks, services.settings.writing)
        hand.ask(tx, id_, by, as_=sealed.as_, job=row.id)


def stop(tx: Connection, vault: Vault, id_: str, by: By) -> int:
    """No more of it begins; how many that waited are taken back. What somebody works on is finished. Raises NotDone."""
    store.lock(tx, [_name(id_)])
    row = _row(tx, id_)
    if row.stopped is not None:
        raise NotDone(_("it is stopped already."))
    waits = [Event.from_row(one) for one in tx.execute(_WAITS.where(event.c.job == id_))]
    if row.ended is not None and not waits:
        raise NotDone(_("it is over already."))
    names = sorted({str(one.lane) for one in waits}, reverse=True)  # as everybody locks (docs/ledger.md 4)
    free = {name for name in names if not lanes.in_hand(tx, [name])}
    ids = [one.id for one in waits if str(one.lane) in free]
    for table, column in ((identity, identity.c.event), (event, event.c.id)):
        tx.execute(delete(table).where(column.in_(ids)))
    lanes.drop_empty(tx, free)
    tx.execute(update(jobs).where(jobs.c.id == id_).values(stopped=normal.epoch_ms(by.at), ended=None, next=0))
    audit.note(tx, vault, by, "job_stopped", id_, taken_back=len(ids))
    return len(ids)


def resume(tx: Connection, vault: Vault, id_: str, by: By) -> None:
    """Raises NotDone."""
    store.lock(tx, [_name(id_)])
    if _row(tx, id_).stopped is None:
        raise NotDone(_("it is not stopped."))
    tx.execute(update(jobs).where(jobs.c.id == id_).values(stopped=None))
    audit.note(tx, vault, by, "job_resumed", id_)


def found(tx: Connection, vault: Vault, id_: str) -> Job:
    """Raises NotDone."""
    return _job(tx, vault, _row(tx, id_))


def latest(tx: Connection, vault: Vault, most: int) -> list[Job]:
    return [_job(tx, vault, row) for row in tx.execute(select(jobs).order_by(jobs.c.at.desc()).limit(most)).all()]


def _job(tx: Connection, vault: Vault, row: Any) -> Job:
    sealed = _Sealed(**cast("dict[str, Any]", vault.unseal(row.sealed)))
    counted = select(event.c.outcome, func.count().label("many")).where(event.c.job == row.id).group_by(event.c.outcome)
    outcomes = Counter({one.outcome: one.many for one in tx.execute(counted)})
    by = By(normal.from_epoch_ms(row.at), sealed.who, sealed.why)
    stopped, ended = (None if at is None else normal.from_epoch_ms(at) for at in (row.stopped, row.ended))
    return Job(row.id, row.action, row.space, by, row.total, stopped, ended, outcomes, sealed.left)


def _row(tx: Connection, id_: str) -> Any:
    row = tx.execute(select(jobs).where(jobs.c.id == id_)).first()
    if row is None:
        raise NotDone(_("there is no such job. See: flask jobs list"))
    return row


_WAITS = select(event).where(event.c.status == "open", event.c.id.not_in(select(creating.c.event)))
"""Whoever asked Qomon to create somebody waits for what comes of that, whatever people say."""
_OPEN = select(func.count()).select_from(event).where(event.c.status == "open")


def _name(id_: str) -> str:
    return f"job {id_}"


def _plain(value: Any) -> Any:
    return normal.to_ms(value) if isinstance(value, datetime) else value


def _read(which: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: normal.moment(value) if name in ("since", "until") and value else value for name, value in which.items()
    }
