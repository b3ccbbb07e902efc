"""The proof of consents: who said yes or took it back, when, in which words, through which form (design D7).

It stays when answers and reports are erased, until the person is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, insert, select, update

from bridge.tables import receipt
from bridge.vault import Vault
from bridge.words import Json
from schemas import normal


@dataclass(frozen=True, slots=True)
class Through:
    """The event that a receipt is of."""

    event: str
    space: str
    contact: int
    hook: str
    revision: int
    submitted_at: str


def keep(tx: Connection, vault: Vault, by: Through, stated: Sequence[dict[str, Json]], now: datetime) -> None:
    """One row for each field, in the transaction that settles the event. An event that crossed in two parts adds."""
    for field in dict.fromkeys(str(one["field"]) for one in stated):
        mine = [{key: one[key] for key in one if key != "field"} for one in stated if one["field"] == field]
        row = (receipt.c.event == by.event) & (receipt.c.field == field)
        before = tx.execute(select(receipt.c.sealed).where(row)).scalar()
        old = cast("dict[str, Any]", vault.unseal(before))["statements"] if before is not None else []
        told: dict[str, Json] = {
            "contact": by.contact,
            "hook": by.hook,
            "revision": by.revision,
            "submitted_at": by.submitted_at,
            "statements": [*old, *(one for one in mine if one not in old)],
        }
        values = {"space": by.space, "contact": by.contact, "at": normal.epoch_ms(now), "sealed": vault.seal(told)}
        if before is None:
            tx.execute(insert(receipt).values(event=by.event, field=field, **values))
        else:
            tx.execute(update(receipt).where(row).values(**values))


def of_event(tx: Connection, vault: Vault, event: str) -> list[dict[str, Any]]:
    """What an event's receipts say, by field."""
    rows = tx.execute(select(receipt).where(receipt.c.event == event).order_by(receipt.c.field)).all()
    return [cast("dict[str, Any]", vault.unseal(row.sealed)) for row in rows]
