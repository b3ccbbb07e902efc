"""Who drains a lane: the threads of this process or, through a job, a worker process; and a sweep for what fell due.

Correctness rests on the rows: a lane asked for twice, late or never is drained once, and the sweep of any process
finds it. So nothing has to be known of the others: a web process alone drains everything, and so does a worker alone.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from bridge.crossing.drain import CheckAccount, Crossing, CrossLane, PreviewEvent, Work, read_work
from bridge.engine import procrastinate
from bridge.errors import StoreDown
from bridge.inbox import captured, lanes
from bridge.qomon import account
from bridge.report.report import Report
from bridge.store.store import Store

log = logging.getLogger(__name__)

THREADS = 8
WAITERS = 10
"""Requests that may wait for a crossing at once; of gunicorn's 16 threads the rest answer at once."""

SWEEP = 1.0
"""Seconds between two looks for lanes that fell due."""


class Chore(NamedTuple):
    """Periodic work beside the lanes, handed in at the start: whether there is any now, and doing it, in one write."""

    due: Callable[[Connection, datetime], bool]
    do: Callable[[Connection, datetime], None]


@dataclass(slots=True)
class _Waiter:
    """A request that waits: the events that nobody told of yet, and the reports of the others."""

    left: set[str]
    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    over: threading.Event = field(default_factory=threading.Event)


class Engine:
    """A pool of threads over a queue of lanes. Nothing runs before `start` (after gunicorn's fork)."""

    def __init__(
        self,
        store: Store,
        crossing: Crossing,
        now: Callable[[], datetime],
        *,
        writing: bool,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._store, self._crossing, self._now, self._writing = store, crossing, now, writing
        self._chores = chores
        self._queue: deque[Work] = deque()
        self._asked: set[Work] = set()
        self._change = threading.Condition()
        self._waiting: list[_Waiter] = []
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._stopping = threading.Event()

    def start(self, threads: int = THREADS) -> None:
        """Begin to drain and to sweep. With `WRITING=off` nothing is drained: everything is received and kept, but what
        was kept for its time.
        """
        if self._threads:
            return
        drains = [(self._drain_forever, f"cross-{number}") for number in range(threads)] if self._writing else []
        for run, name in [*drains, (self._sweep_forever, "sweep")]:
            thread = threading.Thread(target=run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def halt(self) -> None:
        """Take no more. What is queued stays in its lanes."""
        self._stopping.set()
        with self._change:
            self._change.notify_all()
            for waiter in self._waiting:
                waiter.over.set()

    def stop(self, patience: float = 20.0) -> None:
        """Take no more, finish the crossings in hand, end (docs/ledger.md 27)."""
        self.halt()
        until = self._now() + timedelta(seconds=patience)
        for thread in self._threads:
            thread.join(max(0.0, (until - self._now()).total_seconds()))
        self._threads.clear()

    def assign(self, tx: Connection, due: Sequence[Work]) -> Sequence[Work]:
        """In the transaction that makes this work due: what this process is to do itself, after the commit.

        On a server, what it has no free thread for becomes jobs, if there is a worker to take them.
        """
        if not due or not self._store.shared:
            return due
        with self._change:
            free = self._idle - len(self._queue)
        return [] if free < len(due) and procrastinate.put(tx, [str(one) for one in due]) else due

    def cross(self, mine: Sequence[Work], events: Sequence[str], seconds: float) -> Mapping[str, Report]:
        """Do this work soon, and wait until each of these events was told of by this process, or the time is over.

        Gives the reports that it was told. A full house, or nobody who drains here, is no reason to wait: of the others
        the rows say what there is to say.
        """
        waiter = _Waiter(set(events))
        with self._change:
            drains = self._writing and bool(self._threads) and not self._stopping.is_set()
            waits = bool(events) and seconds > 0 and drains and len(self._waiting) < WAITERS
            if waits:
                self._waiting.append(waiter)
        if self._writing:
            self._enqueue(mine)
        if waits:
            waiter.over.wait(seconds)
            with self._change:
                self._waiting.remove(waiter)
        return waiter.reports

    def drain_all(self) -> None:
        """Drain in this thread whatever is due, until nothing is: for commands and tests."""
        self._due()
        while self._queue:
            self._drain(self._next())

    def drain(self, work: str) -> None:
        """Do a job's work in this thread, unless this process is ending; what follows from it goes to the pool."""
        if self._writing and not self._stopping.is_set():
            self._drain(read_work(work))

    def _enqueue(self, due: Sequence[Work]) -> None:
        """One thread wakes for each lane: eight that wake for one only stand in each other's way."""
        with self._change:
            fresh = [one for one in dict.fromkeys(due) if one not in self._asked]
            self._asked.update(fresh)
            self._queue.extend(fresh)
            self._change.notify(len(fresh))

    def _drain_forever(self) -> None:
        while True:
            with self._change:
                self._idle += 1
                self._change.wait_for(lambda: self._stopping.is_set() or self._queue)
                self._idle -= 1
                if self._stopping.is_set():
                    return
                work = self._next()
            self._drain(work)

    def _next(self) -> Work:
        work = self._queue.popleft()
        self._asked.discard(work)
        return work

    def _drain(self, work: Work) -> None:
        try:
            done = self._crossing.drain(work)
        except StoreDown:
            log.warning("the store is down", extra={"lane": str(work)})
            return
        except Exception:  # the lease runs out and the sweep comes back: a thread of the pool must not die
            log.exception("drain failed", extra={"lane": str(work)})
            return
        self._report(done.reports)
        self._enqueue([CrossLane(lane) for lane in done.lanes])

    def _report(self, reports: Mapping[str, Report]) -> None:
        with self._change:
            for waiter in self._waiting:
                waiter.reports |= {event: reports[event] for event in waiter.left & reports.keys()}
                waiter.left -= waiter.reports.keys()
                if not waiter.left:
                    waiter.over.set()

    def _sweep_forever(self) -> None:
        while True:
            try:
                self.tidy()
                if self._writing:
                    self._due()
            except StoreDown:
                log.warning("the store is down")
            except Exception:
                log.exception("sweep failed")
            if self._stopping.wait(SWEEP):
                return

    def tidy(self) -> None:
        """Do the chores that are due; on a server, drop the jobs that are over."""
        now = self._now()
        with self._store.read() as tx:
            due = [chore for chore in self._chores if chore.due(tx, now)]
        if due or self._store.shared:
            with self._store.write() as tx:
                for chore in due:
                    chore.do(tx, now)
                if self._store.shared:
                    procrastinate.prune(tx)

    def _due(self) -> None:
        """Drain the lanes whose wait or lease ran out, whoever lost them; for previews and probes too."""
        with self._store.read() as tx:
            due, unseen = lanes.due(tx, self._now()), captured.to_preview(tx, self._now())
            ailing = account.to_probe(tx, self._now())
        checks, previews = map(CheckAccount, ailing), map(PreviewEvent, unseen)
        self._enqueue([*checks, *map(CrossLane, due), *previews])
