"""Events that do something to another one, their origin: it is sent again, or what it wrote is put back.

Each is an event of its own, with its own report and way back. It speaks of whom its origin speaks, and nothing that the
tool sends repeats it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from bridge.inbox import events
from bridge.model import Class, Event, Lane
from bridge.store.tables import event, identity, undo
from bridge.store.vault import Vault
from schemas import normal

Action = Literal["replay", "restore"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an origin. `record`: sealed here; `people`: fingerprints by name; `values`: of its row, what
    differs from the origin's. No lane: it is over, or waits for a person.
    """

    action: Action
    record: Any
    report: Mapping[str, Any]
    submitted_at: datetime
    lane: Lane | None
    people: Mapping[str, str]
    values: Mapping[str, Any]
    job: str | None = None


@dataclass(frozen=True, slots=True)
class WayBack:
    """What an event left, sealed, of which contact, and when it wrote last."""

    contact: int
    at: datetime
    sealed: bytes


def new_id() -> str:
    return secrets.token_hex(10)


def ask(tx: Connection, vault: Vault, origin: Event, asked: Asked, id_: str, now: datetime) -> None:
    """Store it and wake its lane."""
    row = {
        **{name: getattr(origin, name) for name in ("space", "delivery", "hook", "revision", "digest", "kind", "mode")},
        "id": id_,
        "key": id_,
        "key_kind": "id",
        "status": "open",
        "outcome": "queued",
        "reason": None,
        "submitted_at": normal.epoch_ms(asked.submitted_at),
        "received_at": normal.epoch_ms(now),
        "attempts": 0,
        "leases": 0,
        "lane": str(asked.lane) if asked.lane else None,
        "action": asked.action,
        "origin": origin.id,
        "job": asked.job,
        **asked.values,
    }
    events.put(tx, [{**row, "record": vault.seal(asked.record), "report": vault.seal({**asked.report, "event": id_})}])
    events.identify(tx, row["space"], id_, asked.people)
    if asked.lane is not None:
        events.wake(tx, [asked.lane], now, Class.STAFF if asked.job is None else Class.REPLAY)


def of_origin(tx: Connection, id_: str, action: Action) -> list[Event]:
    """What was asked of this one, in that order."""
    asked = select(event).where(event.c.origin == id_, event.c.action == action).order_by(event.c.seq)
    return [Event.from_row(row) for row in tx.execute(asked)]


def people(tx: Connection, id_: str) -> dict[str, str]:
    """Whom an event speaks of: fingerprints by name."""
    asked = select(identity.c.name, identity.c.fingerprint).where(identity.c.event == id_)
    return {row.name: row.fingerprint for row in tx.execute(asked)}


def way_back(tx: Connection, id_: str) -> WayBack | None:
    row = tx.execute(select(undo).where(undo.c.event == id_)).first()
    return None if row is None else WayBack(row.contact, normal.from_epoch_ms(row.at), row.sealed)
