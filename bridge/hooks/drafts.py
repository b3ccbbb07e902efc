"""What a hook's next revision will say, as far as somebody has got: one draft for each hook, never used for an event.

What a text means is not here (`hook_file`), nor how it becomes a revision (`hooks`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bridge.store.store import either
from bridge.store.tables import draft
from schemas import normal


@dataclass(frozen=True, slots=True)
class Draft:
    """`base`: the revision that it was begun from; another one published since is another person's work."""

    text: str
    base: int
    at: datetime
    who: str | None


def read(tx: Connection, hook: str) -> Draft | None:
    """The draft of a hook, by its id."""
    row = tx.execute(select(draft).where(draft.c.hook == hook)).first()
    return None if row is None else Draft(row.text, row.base, normal.from_epoch_ms(row.at), row.who)


def save(tx: Connection, hook: str, text: str, base: int, now: datetime, who: str | None) -> None:
    """In the place of the one there was."""
    values = {"hook": hook, "text": text, "base": base, "at": normal.epoch_ms(now), "who": who}
    row = either(lambda insert: insert(draft).values(**values))(tx)
    tx.execute(row.on_conflict_do_update(index_elements=["hook"], set_=values))


def drop(tx: Connection, hook: str) -> None:
    """It became a revision, or nobody wants it."""
    tx.execute(delete(draft).where(draft.c.hook == hook))
