"""Calls that nobody could prove, kept apart until a person has them checked again (design 4 and D3).

A mistyped secret would else lose people: most tools never send again what was refused. None of these crosses by itself.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Row, delete, func, insert, select

from bridge import inbox, spaces
from bridge.hook_tables import refused
from bridge.hooks import Hook
from bridge.split import split
from bridge.vault import Vault
from bridge.verify import stripped, verify
from bridge.words import Delivery
from schemas import normal

FOR = timedelta(hours=72)
MOST = 100
"""Of one hook; the oldest make room."""
LONGEST = 64 * 1024
"""Bytes of a body; a longer call is counted and not kept."""


@dataclass(frozen=True, slots=True)
class Heap:
    """What one hook refused. `lost`: how many of the calls were too long to be kept. `why`: of the newest."""

    hook: str
    count: int
    lost: int
    since: datetime
    why: str


def keep(tx: Connection, vault: Vault, hook: str, call: Delivery, why: str, now: datetime) -> None:
    """A call that a hook, by its id, refused, sealed with all that could prove it. `why` says what was looked for."""
    sealed = vault.seal(_plain(call)) if len(call.body) <= LONGEST else None
    row = {"id": secrets.token_hex(10), "hook": hook, "at": normal.epoch_ms(now), "why": why, "sealed": sealed}
    tx.execute(insert(refused).values(**row))
    newest = select(refused.c.id).where(refused.c.hook == hook).order_by(refused.c.at.desc(), refused.c.id).limit(MOST)
    tx.execute(delete(refused).where(refused.c.hook == hook, refused.c.id.not_in(newest)))


def heaps(tx: Connection) -> list[Heap]:
    """What is kept, by the id of its hook, the longest waiting first."""
    lost = func.count() - func.count(refused.c.sealed)
    counted = select(refused.c.hook, func.count().label("many"), lost.label("lost"), func.min(refused.c.at).label("at"))
    rows = tx.execute(counted.group_by(refused.c.hook).order_by(func.min(refused.c.at))).all()
    return [Heap(row.hook, row.many, row.lost, normal.from_epoch_ms(row.at), _why(tx, row.hook)) for row in rows]


def waiting(tx: Connection, hook: str) -> list[str]:
    """The calls of a hook that can be checked again, oldest first."""
    mine = select(refused.c.id).where(refused.c.hook == hook, refused.c.sealed.is_not(None))
    return list(tx.execute(mine.order_by(refused.c.at, refused.c.id)).scalars())


def drop(tx: Connection, hook: str) -> int:
    """Delete all that a hook refused; how many."""
    return len(tx.execute(delete(refused).where(refused.c.hook == hook).returning(refused.c.id)).all())


def stale(tx: Connection, now: datetime) -> bool:
    """Whether any was kept for its time."""
    return tx.execute(select(refused.c.id).where(_old(now)).limit(1)).first() is not None


def prune(tx: Connection, now: datetime) -> None:
    """Delete what was kept for its time."""
    tx.execute(delete(refused).where(_old(now)))


def check_again(
    tx: Connection, vault: Vault, hook: Hook, id_: str, *, writing: bool
) -> Sequence[inbox.Accepted] | None:
    """Receive a refused call as if it had been proven when it came: a signature's age counts from then.

    None: somebody else has just done so. Raises NotProven when the hook, as it is now, refuses it too.
    """
    row = tx.execute(delete(refused).where(refused.c.id == id_).returning(refused)).first()
    if row is None:
        return None
    call, came = _call(vault, row), normal.from_epoch_ms(row.at)
    verify(call, hook.proof, came)
    waits = spaces.waits(tx, hook.space, braked=hook.paused or not writing)
    delivery = inbox.keep_delivery(tx, hook.address, hook.proof.scheme, came)
    return inbox.accept(tx, vault, delivery, split(stripped(call, hook.proof), hook, came, waits), came)


def _plain(call: Delivery) -> dict[str, Any]:
    return {
        "method": call.method,
        "headers": {**call.headers},
        "body": base64.b64encode(call.body).decode(),
        "query": call.query,
        "secret": call.path_secret,
        "url": call.url,
    }


def _call(vault: Vault, row: Row[Any]) -> Delivery:
    kept = cast("dict[str, Any]", vault.unseal(row.sealed))
    body = base64.b64decode(kept["body"])
    return Delivery(kept["method"], kept["headers"], body, kept["query"], kept["secret"], kept["url"])


def _why(tx: Connection, hook: str) -> str:
    newest = select(refused.c.why).where(refused.c.hook == hook).order_by(refused.c.at.desc()).limit(1)
    return str(tx.execute(newest).scalar_one())


def _old(now: datetime) -> Any:
    return refused.c.at <= normal.epoch_ms(now - FOR)
