"""1,000 people drained against Qomon's quota, on a clock that jumps to the next thing due: nobody sleeps."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app import create_app
from bench import people
from bench.scene import Store
from bridge.engine.threads import SWEEP
from bridge.qomon.sandbox import create_sandbox
from bridge.store.tables import event, lane
from schemas import normal
from tests.support.wsgi_adapter import mounted

_BURST, _RATE = 100, 10


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class Drained:
    """`share`: tokens spent, of those that there were until the last event was over."""

    seconds: float
    tokens: int
    refused: int
    outcomes: Counter[str]

    @property
    def share(self) -> float:
        return self.tokens / (_BURST + _RATE * self.seconds)


def drain(folder: Path, many: int) -> Drained:
    clock = Clock()
    qomon = create_sandbox({}, now=clock, sleep=lambda _: None)
    sandbox = qomon.extensions["sandbox"]
    for number in range(many):
        sandbox.contacts.put(people.FIRST + number, people.person(number))
    store = Store(folder / "clocked.db", 1)
    address = store.environ["QOMON_URL"]
    app = create_app(store.environ, clock, lambda: mounted(qomon, address))
    services = app.extensions["bridge"].open()
    with services.store.write() as tx:
        services.hooks.import_text(tx, people.HOOKS[0], pinned=None, now=clock())
    door = app.test_client()
    for call in people.events(range(many), 1):
        door.post(call.path, data=call.body, headers=dict(call.headers))
    began = clock.at
    while _open(services):
        services.engine.drain_all()
        clock.at = max(_next(services) or clock.at, clock.at + timedelta(seconds=SWEEP))
    services.store.close()
    spent = sum(call["cost"] for call in sandbox.calls if call["status"] != 429)
    refused = sum(call["status"] == 429 for call in sandbox.calls)
    outcomes = Counter(dict(_outcomes(services)))
    return Drained((clock.at - began).total_seconds(), spent, refused, outcomes)


def _open(services: Any) -> int:
    with services.store.read() as tx:
        return int(tx.scalar(select(func.count()).select_from(event).where(event.c.status == "open")))


def _next(services: Any) -> datetime | None:
    with services.store.read() as tx:
        due = tx.scalar(select(func.min(lane.c.due)))
    return None if due is None else normal.from_epoch_ms(due)


def _outcomes(services: Any) -> list[tuple[str, int]]:
    with services.store.read() as tx:
        return [(row[0], row[1]) for row in tx.execute(select(event.c.outcome, func.count()).group_by(event.c.outcome))]
