"""What our writes left on a contact, and when somebody else last changed it (ledger.md 18 and 19): the rows.

What the marks mean is `order` and `address`. Values are fingerprints; the steps of an address are sealed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, func, select

from bridge.address import Log
from bridge.order import History, Key, Mark, Stamp
from bridge.statement import Statement
from bridge.store import either
from bridge.tables import mark, seen
from bridge.vault import Vault
from schemas import normal

_ADDRESS = ("address", "")


def _make(insert: Callable[[Table], Any]) -> Any:
    row = insert(mark)
    newer = {name: row.excluded[name] for name in ("submitted_at", "seq", "sent", "read")}
    return row.on_conflict_do_update(index_elements=["space", "contact", "field", "element"], set_=newer)


def _see(insert: Callable[[Table], Any]) -> Any:
    row = insert(seen)
    newer = {"ours": func.coalesce(row.excluded.ours, seen.c.ours), "others": row.excluded.others}
    return row.on_conflict_do_update(index_elements=["space", "contact"], set_=newer)


_MINE = (mark.c.space == bindparam("b_space")) & (mark.c.contact == bindparam("b_contact"))
_ALL = Statement(select(mark).where(_MINE))
_MAKE = Statement(either(_make))
_SEEN = Statement(select(seen).where(seen.c.space == bindparam("b_space"), seen.c.contact == bindparam("b_contact")))
_SEE = Statement(either(_see))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a contact before an event is weighed. `ours`: Qomon's `lastchange` after our last write."""

    history: History
    log: Log
    ours: str | None


NOTHING = Known(History(), Log(), None)
"""Of a contact that we never wrote, and whose last change does not matter."""


def read(tx: Connection, vault: Vault, space: str, contact: int) -> Known:
    """The marks and what was seen of a contact."""
    mine = {"b_space": space, "b_contact": contact}
    rows = _ALL.all(tx, mine)
    marks: dict[Key, Mark] = {}
    log = Log()
    for row in rows:
        if (row.field, row.element) == _ADDRESS:
            log = Log.read(cast("dict[str, Any]", vault.unseal_text(row.sent)))
        else:
            stamp = None if row.submitted_at is None else Stamp(row.submitted_at, row.seq)
            marks[row.field, row.element] = Mark(stamp, row.sent, row.read)
    met = _SEEN.first(tx, mine)
    return Known(History(marks, met.others if met else None), log, met.ours if met else None)


def noticed(known: Known, lastchange: str | None) -> Known:
    """With a change that somebody else made since our last write, if the read shows one (ledger.md 19)."""
    at = normal.moment(lastchange) if lastchange else None
    if at is None or lastchange == known.ours:
        return known
    others = max(normal.epoch_ms(at), known.history.others or 0)
    return Known(History(known.history.marks, others), known.log, known.ours)


def write(tx: Connection, vault: Vault, space: str, contact: int, made: Mapping[Key, Mark], log: Log) -> None:
    """Keep these marks, each in the place of the one before."""
    rows = [
        {
            "field": field,
            "element": element,
            "submitted_at": one.stamp.at if one.stamp else None,
            "seq": one.stamp.seq if one.stamp else None,
            "sent": one.sent,
            "read": one.read,
        }
        for (field, element), one in made.items()
    ]
    if log.base is not None:
        sealed = vault.seal_text(log.plain())
        rows.append({"field": "address", "element": "", "submitted_at": None, "seq": None, "sent": sealed, "read": ""})
    _MAKE.run_each(tx, [{"space": space, "contact": contact, **row} for row in rows])


def see(tx: Connection, space: str, contact: int, ours: str | None, others: int | None) -> None:
    """Keep when somebody else changed the contact, and what Qomon says of our last write (None: no new one)."""
    _SEE.run(tx, {"space": space, "contact": contact, "ours": ours, "others": others})
