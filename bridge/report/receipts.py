"""The proof of consents: who said yes or took it back, when, in which words, through which form (design D7).

It stays when answers and reports are erased, until the person is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, select

from bridge.model import Json
from bridge.store.prepared import Statement
from bridge.store.store import either
from bridge.store.tables import receipt
from bridge.store.vault import Vault
from schemas import normal


def _keep(insert: Callable[[Table], Any]) -> Any:
    row = insert(receipt)
    newer = {name: row.excluded[name] for name in ("space", "contact", "at", "sealed")}
    return row.on_conflict_do_update(index_elements=["event", "field"], set_=newer)


_FIRST = Statement(either(lambda insert: insert(receipt).on_conflict_do_nothing().returning(receipt.c.event)))
_KEEP = Statement(either(_keep))
_BEFORE = Statement(
    select(receipt.c.sealed).where(receipt.c.event == bindparam("b_event"), receipt.c.field == bindparam("b_field"))
)


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
        mine: list[Json] = [{key: one[key] for key in one if key != "field"} for one in stated if one["field"] == field]
        row = {"event": by.event, "field": field, "space": by.space, "contact": by.contact, "at": normal.epoch_ms(now)}
        if _FIRST.first(tx, {**row, "sealed": vault.seal(_told(by, mine))}) is None:
            before = _BEFORE.first(tx, {"b_event": by.event, "b_field": field})
            old = cast("dict[str, Any]", vault.unseal(before.sealed))["statements"]
            both = [*old, *(one for one in mine if one not in old)]
            _KEEP.run(tx, {**row, "sealed": vault.seal(_told(by, both))})


def _told(by: Through, statements: list[Json]) -> Json:
    return {
        "contact": by.contact,
        "hook": by.hook,
        "revision": by.revision,
        "submitted_at": by.submitted_at,
        "statements": statements,
    }


def of_event(tx: Connection, vault: Vault, event: str) -> list[dict[str, Any]]:
    """What an event's receipts say, by field."""
    rows = tx.execute(select(receipt).where(receipt.c.event == event).order_by(receipt.c.field)).all()
    return [cast("dict[str, Any]", vault.unseal(row.sealed)) for row in rows]
