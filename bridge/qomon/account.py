"""What holds for a whole Qomon account, in its row: people's brake, Qomon's trouble there (docs/ledger.md 28), its
profile.

Nothing is drained in a space that is stopped; its events are received, kept, and say why they wait.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, update

from bridge.qomon.shape import Shape
from bridge.store.prepared import Statement
from bridge.store.store import either
from bridge.store.tables import space
from schemas import normal

PROBE = timedelta(minutes=1)
"""How often a space in trouble is asked whether it is well again."""

_BRAKED = space.c.paused.is_not(None) | space.c.trouble.is_not(None)
STOPPED = select(space.c.space).where(_BRAKED)
"""For who asks about all of them in SQL."""
_STOPS = Statement(select(space).where(_BRAKED))
_PROFILE = Statement(select(space.c.profile).where(space.c.space == bindparam("b_space")))
_STOP = Statement(select(space).where(_BRAKED, space.c.space == bindparam("b_space")))


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing is written in a space, a queued reason of the report, and since when."""

    reason: str
    since: datetime


def stops(tx: Connection) -> dict[str, Stop]:
    return {row.space: _stop(row) for row in _STOPS.all(tx, {})}


def stop(tx: Connection, name: str) -> Stop | None:
    row = _STOP.first(tx, {"b_space": name})
    return None if row is None else _stop(row)


def pause(tx: Connection, name: str, now: datetime) -> datetime:
    """Pull the brake; since when it is pulled."""
    at = normal.epoch_ms(now)
    _upsert(tx, name, {"paused": at}, {"paused": func.coalesce(space.c.paused, at)})
    return stops(tx)[name].since


def resume(tx: Connection, name: str) -> bool:
    """Let the brake go; whether it was pulled."""
    held = update(space).where(space.c.space == name, space.c.paused.is_not(None)).values(paused=None)
    return tx.execute(held.returning(space.c.space)).one_or_none() is not None


def omitted(tx: Connection, name: str) -> frozenset[str]:
    """The contact's lists that this space was proved to leave out of a read when they are empty (docs/laws.md 10)."""
    row = _PROFILE.first(tx, {"b_space": name})
    return frozenset(_profile(row).get("omitted", ()))


def probed(tx: Connection, name: str) -> bool:
    """Whether that was ever tried on a test contact."""
    known = _profile(_PROFILE.first(tx, {"b_space": name}))
    return bool(known.get("proved", "omitted" in known))


def tried(tx: Connection, name: str) -> datetime | None:
    """When it was tried last, as far as anybody noted that."""
    at = _profile(_PROFILE.first(tx, {"b_space": name})).get("tried")
    return normal.from_epoch_ms(at) if type(at) is int else None


def seen(tx: Connection, name: str) -> dict[str, str]:
    """What Qomon does there, as the last try showed: codes by fact."""
    known = _profile(_PROFILE.first(tx, {"b_space": name})).get("seen")
    return {str(fact): str(code) for fact, code in known.items()} if isinstance(known, dict) else {}


def learn(
    tx: Connection,
    name: str,
    proved: Collection[str],
    shown: Collection[str],
    now: datetime,
    seen: Mapping[str, str] | None = None,
    shape: Shape | None = None,
) -> None:
    """More lists are proved; those that were shown empty are so no longer."""
    known = sorted((omitted(tx, name) | {*proved}) - {*shown})
    told: dict[str, Any] = {"omitted": known, "proved": True, "tried": normal.epoch_ms(now), "seen": dict(seen or {})}
    _know(tx, name, **told, shape=[sorted(keys) for keys in shape] if shape else None)


def shape(tx: Connection, name: str) -> Shape | None:
    """How its contacts looked when it was tried, as far as that was kept."""
    match _profile(_PROFILE.first(tx, {"b_space": name})).get("shape"):
        case [list(every), list(some)]:
            return Shape(frozenset(map(str, every)), frozenset(map(str, some)))
    return None


def contact_page(tx: Connection, name: str) -> str | None:
    """Where people look at a contact in Qomon: an address with `{contact}` in the place of its number."""
    found = _profile(_PROFILE.first(tx, {"b_space": name})).get("contact_page")
    return str(found) if found else None


def set_contact_page(tx: Connection, name: str, address: str | None) -> None:
    # the version before, which may still cross beside this one, asks a profile for what is omitted
    _know(tx, name, omitted=sorted(omitted(tx, name)), proved=probed(tx, name), contact_page=address)


def _know(tx: Connection, name: str, **more: Any) -> None:
    known = {**_profile(_PROFILE.first(tx, {"b_space": name})), **more}
    profile = {"profile": json.dumps(known)}
    _upsert(tx, name, profile, profile)


def _profile(row: Any) -> dict[str, Any]:
    return dict(json.loads(row.profile)) if row is not None and row.profile else {}


def trouble(tx: Connection, name: str, reason: str, now: datetime) -> None:
    """Stop this space: Qomon is down, or refuses the key. It is probed until it is well."""
    at = normal.epoch_ms(now)
    began = case((space.c.trouble == reason, space.c.since), else_=at)
    values = {"trouble": reason, "since": began, "probe": at + _ms(PROBE)}
    _upsert(tx, name, {**values, "since": at}, values)


def well(tx: Connection, name: str) -> None:
    tx.execute(update(space).where(space.c.space == name).values(trouble=None, since=None, probe=None))


def to_probe(tx: Connection, now: datetime) -> list[str]:
    """The spaces in trouble that nobody asked for a while."""
    return list(tx.execute(select(space.c.space).where(_to_probe(normal.epoch_ms(now)))).scalars())


def take_probe(tx: Connection, name: str, now: datetime) -> timedelta | None:
    """Not None: it is ours to probe this space, and nobody else does so within a minute. How late that is."""
    at = normal.epoch_ms(now)
    due = select(space.c.probe).where(space.c.space == name, _to_probe(at)).with_for_update()
    was = tx.execute(due).scalar()
    if was is None:
        return None
    tx.execute(update(space).where(space.c.space == name).values(probe=at + _ms(PROBE)))
    return timedelta(milliseconds=max(at - was, 0))


def _to_probe(at: int) -> Any:
    """One that is due later than any is asked for was written by a clock that was set back (docs/ledger.md 27a)."""
    return (space.c.probe <= at) | (space.c.probe > at + 2 * _ms(PROBE))


def _stop(row: Any) -> Stop:
    """People's brake before Qomon's trouble: it is the one that does not end by itself."""
    reason, since = (row.trouble, row.since) if row.paused is None else ("paused", row.paused)
    return Stop(reason, normal.from_epoch_ms(since))


def _upsert(tx: Connection, name: str, first: dict[str, Any], then: dict[str, Any]) -> None:
    row = either(lambda insert: insert(space).values(space=name, **first))(tx)
    tx.execute(row.on_conflict_do_update(index_elements=["space"], set_=then))


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
