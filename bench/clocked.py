"""What Qomon's quota allows, on a clock that jumps to the next thing due: nobody sleeps."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app import create_app
from bench import people
from bench.scene import Store
from bridge.engine.threads import SWEEP
from bridge.hooks.revisions import By
from bridge.operations import jobs
from bridge.operations.replay import Came
from bridge.operations.restore import Writes
from bridge.qomon.sandbox import create_sandbox
from bridge.store.tables import event, lane
from schemas import normal
from tests.support.wsgi_adapter import mounted

_BURST, _RATE = 100, 10
_STEP = 0.1
_MEANWHILE = 200
"""Who may come while a job runs."""


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


@dataclass(frozen=True, slots=True)
class Beside:
    """`longest`: seconds until the last of those that just came was written; `backlog`: how many of those that waited
    were written in that time.
    """

    longest: float
    backlog: int


@dataclass(frozen=True, slots=True)
class PutRight:
    """A job of many at Qomon's quota, stopped half-way and gone on with: how long it took, answers 429, seconds until
    the slowest of those that came meanwhile was written, and what became of its submissions.
    """

    seconds: float
    refused: int
    longest: float
    outcomes: Counter[str]


class _Bridge:
    """In this process, before a sandbox in this process, both on the clock."""

    def __init__(self, store: Path, many: int) -> None:
        self.clock = Clock()
        qomon = create_sandbox({}, now=self.clock, sleep=lambda _: None)
        self.sandbox = qomon.extensions["sandbox"]
        for number in range(many):
            self.sandbox.contacts.put(people.FIRST + number, people.person(number))
        environ = Store(store, 1).environ
        app = create_app(environ, self.clock, lambda: mounted(qomon, environ["QOMON_URL"]))
        self.services = app.extensions["bridge"].open()
        with self.services.store.write() as tx:
            self.services.hooks.import_text(tx, people.HOOK, pinned=None, now=self.clock())
        self.door = app.test_client()

    def accept(self, numbers: range, turn: int = 1) -> None:
        for call in people.events(numbers, turn):
            self.door.post(call.path, data=call.body, headers=dict(call.headers))

    def step(self, seconds: float) -> None:
        self.services.engine.drain_all()
        self.clock.at += timedelta(seconds=seconds)

    def delivered(self, after: int = 0) -> int:
        """Of the events behind this number."""
        done = select(func.count()).select_from(event).where(event.c.outcome == "delivered", event.c.seq > after)
        with self.services.store.read() as tx:
            return int(tx.scalar(done))

    def newest(self) -> int:
        """The number of the event that came last."""
        with self.services.store.read() as tx:
            return int(tx.scalar(select(func.max(event.c.seq)).where(event.c.action.is_(None))))

    def over(self, numbers: Collection[int]) -> list[int]:
        done = select(event.c.seq).where(event.c.seq.in_(numbers), event.c.status == "done")
        with self.services.store.read() as tx:
            return list(tx.execute(done).scalars())

    @property
    def refused(self) -> int:
        """Answers 429."""
        return sum(call["status"] == 429 for call in self.sandbox.calls)


def drain(folder: Path, many: int) -> Drained:
    bridge = _Bridge(folder / "clocked.db", many)
    bridge.accept(range(many))
    services, clock = bridge.services, bridge.clock
    began = clock.at
    while _open(services):
        services.engine.drain_all()
        clock.at = max(_next(services) or clock.at, clock.at + timedelta(seconds=SWEEP))
    services.store.close()
    spent = sum(call["cost"] for call in bridge.sandbox.calls if call["status"] != 429)
    refused = bridge.refused
    outcomes = Counter(dict(_outcomes(services)))
    return Drained((clock.at - began).total_seconds(), spent, refused, outcomes)


def live(folder: Path, waiting: int, coming: int, *, known: bool) -> Beside:
    """So many wait since minutes, the bucket is as low as they leave it, and then so many come at once. `known`: they
    have been here before, so that nobody searches for them.
    """
    bridge = _Bridge(folder / f"beside-{known}.db", waiting + coming)
    if known:
        bridge.accept(range(waiting, waiting + coming), 0)
        while bridge.delivered() < coming:
            bridge.step(_STEP)
    bridge.accept(range(waiting))
    bridge.clock.at += timedelta(minutes=2)
    for _ in range(300):
        bridge.step(_STEP)
    bridge.accept(range(waiting, waiting + coming))
    began, before = bridge.clock.at, bridge.delivered()
    others = waiting + known * coming
    while bridge.delivered(others) < coming:
        bridge.step(_STEP)
    longest = (bridge.clock.at - began).total_seconds()
    backlog = bridge.delivered() - before - coming
    bridge.services.store.close()
    return Beside(longest, backlog)


def put_right(folder: Path, many: int) -> dict[str, PutRight]:
    """So many are put back in one job, and then sent again in another, while somebody comes each half a minute."""
    bridge = _Bridge(folder / "put_right.db", many + _MEANWHILE)
    bridge.accept(range(many))
    while _open(bridge.services):
        bridge.step(SWEEP)
    with bridge.services.store.read() as tx:
        hook = bridge.services.hooks.id_of(tx, "bench") or ""
    until, coming = bridge.clock.at + timedelta(milliseconds=1), _Coming(bridge, many)
    whiches: dict[str, Writes | Came] = {"put back": Writes(hook, until=until), "sent again": Came(hook, until=until)}
    done = {name: _job_of(bridge, coming, which, many) for name, which in whiches.items()}
    bridge.services.store.close()
    return done


def _job_of(bridge: _Bridge, coming: "_Coming", which: Writes | Came, many: int) -> PutRight:
    """Begun, stopped half-way, gone on with after two minutes."""
    services, began, before = bridge.services, bridge.clock.at, bridge.refused
    coming.longest, stopped = 0.0, False
    with services.store.write() as tx:
        id_ = jobs.begin(tx, services.vault, which, many, By(began))
    while (job := _found(bridge, id_)).state != "done":
        if not stopped and job.begun - job.waits > many / 2:
            stopped = True
            with services.store.write() as tx:
                jobs.stop(tx, services.vault, id_, By(bridge.clock.at))
            coming.run(120)
            with services.store.write() as tx:
                jobs.resume(tx, services.vault, id_, By(bridge.clock.at))
        jobs.feed(services)
        coming.run(60)
    seconds = (bridge.clock.at - began).total_seconds()
    return PutRight(seconds, bridge.refused - before, coming.longest, Counter(job.outcomes))


def _found(bridge: _Bridge, id_: str) -> jobs.Job:
    with bridge.services.store.read() as tx:
        return jobs.found(tx, bridge.services.vault, id_)


class _Coming:
    """Somebody each half a minute; `longest`: how long the slowest of them waited."""

    def __init__(self, bridge: _Bridge, first: int) -> None:
        self._bridge, self._next, self.longest = bridge, first, 0.0
        self._waits: dict[int, datetime] = {}

    def run(self, seconds: int) -> None:
        for second in range(seconds):
            if second % 30 == 0:
                self._bridge.accept(range(self._next, self._next + 1))
                self._next += 1
                self._waits[self._bridge.newest()] = self._bridge.clock.at
            self._bridge.step(1)
            for seq in self._bridge.over(self._waits):
                waited = self._bridge.clock.at - self._waits.pop(seq)
                self.longest = max(self.longest, waited.total_seconds())


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
