"""What our writes left on a contact, and when somebody else last changed it (docs/ledger.md 18 and 19): the rows.

What the marks mean is `precedence` and `address`. Values are fingerprints; the steps of an address are sealed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias, cast

import orjson
from sqlalchemy import Connection, bindparam, func, select

from bridge.merge.address import Log
from bridge.merge.precedence import History, Key, Mark, Stamp
from bridge.store.prepared import Statement
from bridge.store.store import upsert
from bridge.store.tables import mark, seen
from bridge.store.vault import Vault
from schemas import normal

_compact = json.JSONEncoder(separators=(",", ":")).encode

_ADDRESS = ("address", "")
NAMES = "names"
"""No field: the marks of two names that a person said are one person's."""


_MINE = (mark.c.space == bindparam("b_space")) & (mark.c.contact == bindparam("b_contact"))
_ALL = Statement(select(mark).where(_MINE))
_FIELDS = Statement(select(mark.c.field, func.max(mark.c.submitted_at).label("at")).where(_MINE).group_by(mark.c.field))
_MAKE = Statement(upsert(mark, "submitted_at", "seq", "sent", "read"))
_SEEN = Statement(select(seen).where(seen.c.space == bindparam("b_space"), seen.c.contact == bindparam("b_contact")))
_SEE = Statement(upsert(seen, "others", "shown", "since", "at", ours=lambda new: func.coalesce(new, seen.c.ours)))


Shown: TypeAlias = Mapping[Key, str]
"""Keyed fingerprints of what a contact shows (`precedence.printed`)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a contact was left: `ours`, the moment that Qomon gives our last write (None: no new one), and what it showed
    then, None where nobody knows. What somebody else changed is a `History`'s.
    """

    ours: int | None
    shown: Shown | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a contact before an event is weighed."""

    history: History
    log: Log
    seen: Seen


def read(tx: Connection, vault: Vault, space: str, contact: int) -> Known:
    key = {"b_space": space, "b_contact": contact}
    marks: dict[Key, Mark] = {}
    log = Log()
    for row in _ALL.all(tx, key):
        if row.field == NAMES:
            continue
        if (row.field, row.element) == _ADDRESS:
            log = Log.read(cast("dict[str, Any]", vault.unseal_text(row.sent)))
        else:
            stamp = None if row.submitted_at is None else Stamp(row.submitted_at, row.seq)
            marks[row.field, row.element] = Mark(stamp, row.sent, row.read)
    met = _SEEN.first(tx, key)
    if met is None:
        return Known(History(marks), log, Seen(None, None))
    ours = normal.moment(met.ours) if met.ours else None
    seen_ = Seen(normal.epoch_ms(ours) if ours else None, _keyed(met.shown) if met.shown else None)
    return Known(History(marks, met.others, _keyed(met.since) if met.since else {}), log, seen_)


def marked(tx: Connection, space: str, contact: int) -> dict[str, datetime | None]:
    """The fields of a contact that a write of ours left marks on, and the newest submission that did, None where they
    only filled. That of an address has no time of its own: its steps are sealed.
    """
    rows = _FIELDS.all(tx, {"b_space": space, "b_contact": contact})
    written = sorted(row for row in rows if row.field != NAMES)
    return {row.field: None if row.at is None else normal.from_epoch_ms(row.at) for row in written}


def met(tx: Connection, space: str, contact: int) -> bool:
    """Whether anything is known of it."""
    key = {"b_space": space, "b_contact": contact}
    return _SEEN.first(tx, key) is not None or bool(_ALL.all(tx, key))


def noticed(known: Known, at: int | None, shown: Callable[[], Shown]) -> Known:
    """With what somebody else changed since our last write, if the read shows that (docs/ledger.md 19): what differs
    from the read before, and without one everything. `shown`: asked for only then, which is seldom.
    """
    if at is None or (known.seen.ours is not None and at <= known.seen.ours):
        return known
    past = known.history
    if known.seen.shown is None:
        return replace(known, history=replace(past, others=max(at, past.others or 0)))
    return replace(known, history=changed(past, known.seen.shown, shown(), at))


def changed(past: History, before: Shown, after: Shown, at: int) -> History:
    keys = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return replace(past, since={**past.since, **{key: max(at, past.since.get(key, 0)) for key in keys}})


def write(tx: Connection, vault: Vault, space: str, contact: int, made: Mapping[Key, Mark], log: Log) -> None:
    """Keep these marks, each in the place of the one before."""
    steps = {_ADDRESS: Mark(None, vault.seal_text(log.plain()), "")} if log.base is not None else {}
    rows = []
    for (field, element), mark_ in {**made, **steps}.items():
        at, seq = mark_.stamp or (None, None)
        row = {"submitted_at": at, "seq": seq, "sent": mark_.sent, "read": mark_.read}
        rows.append({"space": space, "contact": contact, "field": field, "element": element, **row})
    _MAKE.run_each(tx, rows)


def see(tx: Connection, space: str, contact: int, left: Seen, past: History, now: datetime) -> None:
    """How a contact was left, and that it was looked at: what nobody looks at for long is forgotten."""
    ours = None if left.ours is None else normal.to_ms(normal.from_epoch_ms(left.ours))
    shown = None if left.shown is None else _text(left.shown)
    values = {
        "ours": ours,
        "others": past.others,
        "shown": shown,
        "since": _text(past.since),
        "at": normal.epoch_ms(now),
    }
    _SEE.run(tx, {"space": space, "contact": contact, **values})


def _text(keyed: Mapping[Key, Any]) -> str:
    fields: dict[str, dict[str, Any]] = {}
    for (name, element), value in keyed.items():
        fields.setdefault(name, {})[element] = value
    try:
        return orjson.dumps(fields).decode()
    except TypeError:  # half a character
        return _compact(fields)


def _keyed(text: str) -> dict[Key, Any]:
    fields: dict[str, dict[str, Any]] = json.loads(text)
    return {(name, element): value for name, elements in fields.items() for element, value in elements.items()}
