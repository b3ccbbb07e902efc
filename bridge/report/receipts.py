"""The proof of consents: who said yes or took it back, when, in which words, through which form (docs/report.md).

It stays when answers and reports are erased, until the person is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, bindparam, select

from bridge.model import Event, Json
from bridge.store.prepared import Listing, Statement
from bridge.store.store import either, upsert
from bridge.store.tables import receipt
from bridge.store.vault import Vault
from schemas import normal

_FIRST = Statement(either(lambda insert: insert(receipt).on_conflict_do_nothing().returning(receipt.c.event)))
_KEEP = Statement(upsert(receipt, "space", "contact", "at", "sealed"))
_WHOSE = Listing(lambda among: select(receipt.c.event, receipt.c.contact).where(among(receipt.c.event)))
_BEFORE = Statement(
    select(receipt.c.sealed).where(receipt.c.event == bindparam("b_event"), receipt.c.field == bindparam("b_field"))
)


def keep(
    tx: Connection,
    vault: Vault,
    event: Event,
    through: dict[str, Json],
    stated: Sequence[dict[str, Json]],
    now: datetime,
) -> None:
    """One row for each field, in the transaction that settles the event. An event that crossed in two parts adds.

    `through`: the contact, and which form's which version said so when."""
    base = {"event": event.id, "space": event.space, "contact": through["contact"], "at": normal.epoch_ms(now)}
    for field in dict.fromkeys(str(one["field"]) for one in stated):
        mine: list[Json] = [{key: one[key] for key in one if key != "field"} for one in stated if one["field"] == field]
        row = {**base, "field": field}
        if _FIRST.first(tx, {**row, "sealed": vault.seal({**through, "statements": mine})}) is None:
            before = _BEFORE.first(tx, {"b_event": event.id, "b_field": field})
            old = cast("dict[str, Any]", vault.unseal(before.sealed))["statements"]
            both = [*old, *(one for one in mine if one not in old)]
            _KEEP.run(tx, {**row, "sealed": vault.seal({**through, "statements": both})})


def of_event(tx: Connection, vault: Vault, event: str) -> list[dict[str, Any]]:
    """What an event's receipts say, by field."""
    rows = tx.execute(select(receipt).where(receipt.c.event == event).order_by(receipt.c.field)).all()
    return [cast("dict[str, Any]", vault.unseal(row.sealed)) for row in rows]


def contacts(tx: Connection, events: Sequence[str]) -> dict[str, int]:
    """The contact that each of these left a receipt for, of those that did: it stays when their reports are erased."""
    return {row.event: row.contact for row in _WHOSE.all(tx, {}, events)}


def of_contact(tx: Connection, space: str, contact: int) -> list[str]:
    """The events that left a receipt for a contact, by id."""
    asked = select(receipt.c.event).where(receipt.c.space == space, receipt.c.contact == contact)
    return [*tx.execute(asked.distinct().order_by(receipt.c.event)).scalars()]
