"""Rows of submissions without submissions: a store of months, made in a second. Nothing in them opens."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from bridge.store import tables
from schemas import normal
from tests.support.whole_bridge import House

_STATUS = {"queued": "open", "held": "held", "failed": "held", "captured": "kept"}


def hook_id(house: House) -> str:
    """Of the first webhook."""
    with house.services.store.read() as tx:
        return str(tx.scalar(select(tables.hook.c.id)))


def row(
    number: int, hook: str, at: datetime, outcome: str = "delivered", took: int = 9_000, **more: Any
) -> dict[str, Any]:
    """One that came then; `took`: milliseconds until it was over."""
    came = normal.epoch_ms(at)
    status = _STATUS.get(outcome, "done")
    return {
        "id": f"e{number}",
        "space": "default",
        "delivery": "d",
        "hook": hook,
        "revision": 1,
        "key": f"k{number}",
        "key_kind": "event",
        "mode": "live",
        "digest": "x",
        "kind": "submitted",
        "status": status,
        "outcome": outcome,
        "reason": None,
        "attempts": 0,
        "leases": 0,
        "decided": None,
        "released": None,
        "submitted_at": came,
        "received_at": came,
        "ended": None if status == "open" else came + took,
        "record": b"x",
        "report": b"x",
        **more,
    }


def put(house: House, rows: Iterable[Mapping[str, Any]]) -> None:
    with house.services.store.write() as tx:
        tx.execute(insert(tables.event), [dict(one) for one in rows])
