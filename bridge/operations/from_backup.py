"""A store that comes back from a file, because it was lost, or for a new place.

Nobody knows what was written to Qomon since the file was made, so writing is paused and people decide about what
waited. One that is at hand moves with its work: `moving`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import Connection, Table, delete, func, select

from bridge.model import Outcome
from bridge.operations.moving import STAYS, NotMoved, Progress, alone, going, reported, vault_of
from bridge.qomon import account
from bridge.store import portable, store, tables
from bridge.store.portable import Row
from bridge.store.store import Store
from bridge.store.tables import event, hook, metadata
from bridge.store.vault import Vault
from schemas import normal


def bring_back(
    file: Path, into: Store, keys: Sequence[str], spaces: Sequence[str], now: datetime, told: Progress
) -> dict[str, int]:
    """An empty store is filled from the file, in one transaction: rows by table. All spaces are paused, and what waited
    is held. Raises NotMoved, NotPortable, WrongKey.
    """
    with portable.opened(file) as saved:
        vault = vault_of(saved, keys, into.path)
        alone(into)
        with into.write() as tx:
            store.lock(tx, ["vault"])
            _empty(tx)
            counts = {one.name: _bring(saved, tx, one, vault, now, told) for one in metadata.sorted_tables}
            for table in portable.NUMBERED:
                portable.number_after(tx, table, portable.last_number(tx, table))
            for space in sorted({*spaces, *_spaces(tx)}):
                account.pause(tx, space, now)
    return counts


def doubtful(tx: Connection) -> int:
    """How many are held because they came back."""
    held = (event.c.status == "held") & (event.c.reason == "from_backup")
    return tx.scalar(select(func.count()).select_from(event).where(held)) or 0


def _bring(saved: Connection, tx: Connection, table: Table, vault: Vault, now: datetime, told: Progress) -> int:
    parts = () if table.name in STAYS else going(saved, table)
    if table is event:
        parts = ([_doubtful(row, vault, now) for row in part] for part in parts)
    filled = portable.fill(tx, table, parts)
    told(table.name, filled)
    return filled


def _doubtful(row: Row, vault: Vault, now: datetime) -> Row:
    """What waited when the file was made may have been written since."""
    if row["status"] != "open":
        return row
    held = {"status": "held", "outcome": "held", "reason": "from_backup", "lane": None, "leases": 0}
    return {**row, **held, "ended": normal.epoch_ms(now), "report": reported(vault, row, Outcome.HELD, "from_backup")}


def _empty(tx: Connection) -> None:
    """What a bridge leaves that was only started: a key of its own, and what Qomon is like."""
    if any(tx.scalar(select(func.count()).select_from(one)) for one in (hook, event)):
        raise NotMoved(
            _("This store has webhooks or submissions already: import into an empty one. Nothing was changed.")
        )
    for table in metadata.sorted_tables:
        tx.execute(delete(table))


def _spaces(tx: Connection) -> Iterator[str]:
    for column in (tables.space.c.space, event.c.space):
        yield from tx.execute(select(column).distinct()).scalars()
