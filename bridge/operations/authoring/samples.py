"""The last submissions of a hook that the store still holds, opened again for suggestions, drift and rehearsal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, select

from bridge.hooks.registry import Hook
from bridge.inbox import records
from bridge.model import Question, Submission
from bridge.operations.authoring.questions import gather
from bridge.store.tables import delivery, event
from bridge.store.vault import Vault
from schemas import normal

LAST = 200
"""Past submissions that questions are gathered from, and that a draft is tried on before it is published."""
_NO_ANSWERS = ("ping", "test", "deleted")
_CAME = event.c.action.is_(None)
"""Not what people send again."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One past event as the hook reads it now; `at`: when it came."""

    event: str
    at: datetime
    submission: Submission


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as it came, of whatever kind, and how its call was proven. `submission` None: erased, or this source
    cannot read it."""

    event: str
    at: datetime
    kind: str
    outcome: str
    proof: str
    submission: Submission | None


@dataclass(frozen=True, slots=True)
class Came:
    """One submission: when it was received, and what became of it."""

    at: datetime
    outcome: str


def last(tx: Connection, vault: Vault, hook: Hook, most: int) -> list[Sample]:
    """Newest first. What was erased, could not be read, or holds no answers is left out."""
    asked = select(event).where(event.c.hook == hook.id, event.c.kind.not_in(_NO_ANSWERS), _CAME)
    rows = tx.execute(asked.order_by(event.c.seq.desc()).limit(most)).all()
    found = (_sample(vault, hook, row) for row in rows)
    return [sample for sample in found if sample is not None]


def arrivals(tx: Connection, vault: Vault, hook_id: str, hook: Hook | None, most: int) -> list[Arrival]:
    """The newest events of a hook, newest first, pings and tests too."""
    asked = select(event, delivery.c.proof).join(delivery, delivery.c.id == event.c.delivery, isouter=True)
    asked = asked.where(event.c.hook == hook_id, _CAME).order_by(event.c.seq.desc()).limit(most)
    found = list[Arrival]()
    for row in tx.execute(asked).all():
        sample = _sample(vault, hook, row) if hook is not None else None
        at, said = normal.from_epoch_ms(row.received_at), sample.submission if sample is not None else None
        found.append(Arrival(row.id, at, row.kind, row.outcome, row.proof or "", said))
    return found


def questions_of(past: Sequence[Sample]) -> tuple[Question, ...]:
    return gather((one.at, one.submission) for one in past)


def _sample(vault: Vault, hook: Hook, row: Any) -> Sample | None:
    if row.erased is not None:
        return None
    try:
        sealed = cast("dict[str, Any]", vault.unseal(row.record))
        if "body" not in sealed:
            return None
        submission = hook.tool.read(records.written(sealed), hook.timezone)
    except Exception:  # noqa: BLE001  # one that does not open, or that this source cannot read any more, tells nothing here
        return None
    return Sample(row.id, normal.from_epoch_ms(row.received_at), submission)


def came(tx: Connection, hook: str, since: datetime, most: int) -> list[Came]:
    """When each submission of a hook, by its id, was received since then, and its outcome, oldest first; of more than
    `most` the newest."""
    asked = select(event.c.received_at, event.c.outcome).where(
        event.c.hook == hook, event.c.kind.not_in(_NO_ANSWERS), _CAME, event.c.received_at >= normal.epoch_ms(since)
    )
    rows = tx.execute(asked.order_by(event.c.seq.desc()).limit(most)).all()
    return [Came(normal.from_epoch_ms(row.received_at), row.outcome) for row in reversed(rows)]
