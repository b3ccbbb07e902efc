"""Whether calls come, and as they should: refused, silence, forms that changed, hours in which nobody was there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bridge.door.quarantine import BY_HAND, Rank
from bridge.errors import Faults
from bridge.operations import figures
from bridge.operations.alerts.kinds import Found
from bridge.operations.alerts.preferences import Preferences
from bridge.operations.alerts.watch_writing import REMINDS
from bridge.operations.authoring import samples
from bridge.operations.authoring.drift import LOOK, MOST, DriftWatch, flow
from bridge.services import Services
from bridge.store.tables import delivery, event, refused
from bridge.store.tables import hook as hooks
from schemas import normal

ENOUGH, WITHIN = 3, timedelta(minutes=10)
"""So many refused calls, within so long, are no single stray one."""
_SILENT = timedelta(minutes=15)
_DRIFT = timedelta(hours=20)
"""How long it is known what was found: both read a lot."""
_KNOWN = 500
_LATELY = timedelta(days=1)
_NAMED = 5


@dataclass(slots=True)
class Memory:
    """What this process found, and when it looked."""

    at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    found: dict[str, Sequence[Found]] = field(default_factory=dict[str, Sequence[Found]])

    def fresh(self, what: str, now: datetime, span: timedelta) -> bool:
        return what in self.at and timedelta() <= now - self.at[what] < span

    def keep(self, what: str, now: datetime, found: Sequence[Found]) -> Sequence[Found]:
        self.at[what], self.found[what] = now, found
        return found


def refused_calls(tx: Connection, services: Services) -> Iterator[Found]:
    """Refused since the last call that was let in. One with what the proof looks for is told at once, where others were
    let in before; a stray one, that anybody may send, is not.
    """
    living = select(hooks).where(hooks.c.deleted_at.is_(None), hooks.c.id.in_(select(refused.c.hook)))
    for row in tx.execute(living).all():
        newest = select(func.max(delivery.c.received_at)).where(delivery.c.address == row.address)
        last = tx.scalar(newest.where(delivery.c.proof != BY_HAND))
        asked = select(refused.c.at, refused.c.rank).where(refused.c.hook == row.id, refused.c.at > (last or 0))
        calls = tx.execute(asked.order_by(refused.c.at.desc()).limit(_KNOWN)).all()
        if not calls:
            continue
        since, ats = normal.from_epoch_ms(calls[-1].at), [one.at for one in reversed(calls)]
        if any(one.rank == Rank.WAITS for one in calls):
            cause = services.vault.fingerprint("alert", "hook_broken", row.id)
            yield Found(cause, "hook_broken", since, len(calls), row.id)
        elif (last is not None and any(one.rank == Rank.SHOWN for one in calls)) or _close(ats):
            cause = services.vault.fingerprint("alert", "calls_refused", row.id)
            yield Found(cause, "calls_refused", since, len(calls), row.id)


def _close(ats: Sequence[int]) -> bool:
    """`ats`: oldest first."""
    within = WITHIN // timedelta(milliseconds=1)
    return any(third - first <= within for first, third in zip(ats, ats[ENOUGH - 1 :], strict=False))


def silence(tx: Connection, services: Services, chosen: Preferences, memory: Memory, now: datetime) -> Sequence[Found]:
    if memory.fresh("silence", now, _SILENT):
        return memory.found["silence"]
    living = tx.execute(select(hooks.c.id).where(hooks.c.deleted_at.is_(None))).scalars().all()
    found = [one for id_ in living for one in silent(tx, services, id_, chosen.at_least.get(id_), now)]
    return memory.keep("silence", now, found)


def silent(tx: Connection, services: Services, id_: str, days: int | None, now: datetime) -> Iterator[Found]:
    """What people set by hand is stronger than what is usual."""
    cause = services.vault.fingerprint("alert", "silence", id_)
    if days is not None:
        last = tx.scalar(
            select(event.c.received_at)
            .where(event.c.hook == id_, event.c.action.is_(None))
            .order_by(event.c.seq.desc())
            .limit(1)
        )
        if last is not None and now - normal.from_epoch_ms(last) > timedelta(days=days):
            yield Found(cause, "silence", normal.from_epoch_ms(last), 1, id_, {"days": days})
        return
    for moved in flow(samples.came(tx, id_, now - LOOK, MOST), now):
        if moved.code == "silence" and moved.since is not None:
            yield Found(cause, "silence", moved.since, 1, id_, {"usual": int(moved.detail)})


def drift(tx: Connection, services: Services, memory: Memory, now: datetime) -> Sequence[Found]:
    """Once a day, in the morning. What of it holds submissions is told before by what waits for a decision."""
    if memory.fresh("drift", now, _DRIFT):
        return memory.found["drift"]
    if now.astimezone(services.settings.timezone).time() < REMINDS:
        return memory.found.get("drift", ())
    living = tx.execute(select(hooks.c.id, hooks.c.head).where(hooks.c.deleted_at.is_(None))).all()
    found = [one for row in living for one in _moved(tx, services, row.id, row.head, now)]
    return memory.keep("drift", now, found)


def _moved(tx: Connection, services: Services, id_: str, head: int, now: datetime) -> Iterator[Found]:
    """New questions by name, as their answers are lost; the rest as a count. What changed in choices is not named."""
    try:
        hook = services.hooks.revision(tx, id_, head)
    except Faults:
        return
    catalogue = services.catalogues.stored(hook.space)
    moved = DriftWatch(services.vault, now).moved(tx, hook, catalogue) if catalogue is not None else []
    named = [one for one in moved if one.code == "question_new"]
    for one in named:
        cause = services.vault.fingerprint("alert", "drift", id_, one.subject)
        yield Found(cause, "drift", one.since or now, one.count, id_, {"question": one.subject})
    others = [one for one in moved if one.area != "flow" and one.code not in ("question_new", "question_open")]
    if others:
        cause = services.vault.fingerprint("alert", "drift", id_)
        yield Found(cause, "drift", now, len(others), id_)


def stopped(tx: Connection, services: Services, now: datetime) -> Iterator[Found]:
    """`figures` notes each minute that somebody is there."""
    for began, ended in figures.stops(tx, now):
        if now - ended < _LATELY:
            names = tx.execute(
                select(hooks.c.name).where(hooks.c.deleted_at.is_(None)).order_by(hooks.c.name).limit(_NAMED + 1)
            ).scalars()
            facts = {f"hook{at}": name for at, name in enumerate(names)}
            moments = {"from": normal.epoch_ms(began), "to": normal.epoch_ms(ended)}
            cause = services.vault.fingerprint("alert", "stopped", str(moments["to"]))
            yield Found(cause, "stopped", ended, 1, None, {**moments, **facts})
