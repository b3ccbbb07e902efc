"""When what is due is done, and by which thread of this process: the one interface, and what both engines share.

Correctness rests on the rows: a lane asked for twice, late or never is drained once, and a sweep finds it. So nothing
has to be known of other processes: a web process alone drains everything, and so does a worker alone.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from bridge.crossing.drain import Crossing
from bridge.crossing.work import CheckAccount, CrossLane, Due, PreviewEvent, Work
from bridge.engine.queue import Queue, Turn, aged
from bridge.errors import StoreDown
from bridge.inbox import captured, lanes
from bridge.inbox.lanes import Lease
from bridge.model import Class
from bridge.qomon import account
from bridge.qomon.pace import FLOORS
from bridge.report.report import Report
from bridge.store.store import Store

log = logging.getLogger(__name__)

THREADS = 8
WAITERS = 10
"""Requests that may wait for a crossing at once; of gunicorn's 16 threads the rest answer at once."""

_BLINK, _LOOK = 0.02, 1.0
"""Seconds between two looks whether tokens have come, at least and at most."""


class Task(NamedTuple):
    """Periodic work beside the lanes: once in each interval, whichever process does it."""

    name: str
    interval: timedelta
    do: Callable[[], None]


@dataclass(slots=True)
class _Waiter:
    """A request that waits: the events that nobody told of yet, and the reports of the others."""

    left: set[str]
    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    over: threading.Event = field(default_factory=threading.Event)


class Engine(ABC):
    """A pool of threads over a queue of work. Nothing runs before `start` (after gunicorn's fork).

    With `WRITING=off` nothing is drained: everything is received and kept; periodic work goes on.
    """

    def __init__(self, store: Store, crossing: Crossing, now: Callable[[], datetime], *, writing: bool) -> None:
        self._store, self._crossing, self._now, self._writing = store, crossing, now, writing
        self._tasks: list[Task] = []
        self._queue = Queue()
        self._change = threading.Condition()
        self._waiting: list[_Waiter] = []
        self._runs: dict[str, Callable[[], None]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._leases: dict[Work, Lease] = {}
        self._idle = 0
        self._stopping = threading.Event()

    @abstractmethod
    def ask(self, tx: Connection, due: Sequence[Due]) -> Sequence[Due]:
        """In the transaction that makes this work due: what of it this process does itself, after the commit
        (`begin`, `cross`); the lanes that a thread is free for are claimed with it, and need no commit more.
        """

    @abstractmethod
    def sweep(self) -> None:
        """See to it that what is due is done, whoever lost it; also by a command, for the processes that serve."""

    @abstractmethod
    def _runner(self) -> tuple[str, Callable[[], None]]:
        """The thread beside the pool that sees to what is due, by its name."""

    def every(self, task: Task) -> None:
        """To be said before `start`."""
        self._tasks.append(task)

    def start(self, threads: int = THREADS) -> None:
        """Begin to drain, to sweep and to do what is periodic."""
        if self._runs:
            return
        drains = {f"cross-{number}": self._drain_forever for number in range(threads if self._writing else 0)}
        self._runs = dict([*drains.items(), self._runner()])
        self.revive()

    def revive(self) -> None:
        """A thread that died, of whatever, begins anew."""
        with self._change:
            dead = [] if self._stopping.is_set() else [name for name in self._runs if not self._lives(name)]
            for name in dead:
                if name in self._threads:
                    log.error("a thread is restarted", extra={"dead": name})
                self._threads[name] = threading.Thread(target=self._runs[name], name=name, daemon=True)
                self._threads[name].start()

    def alive(self) -> bool:
        """Whether all threads that were started live."""
        return bool(self._runs) and all(map(self._lives, self._runs))

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
        for thread in self._threads.values():
            thread.join(min(patience, max(0.0, (until - self._now()).total_seconds())))
        while self._leases:
            self._crossing.give_back(self._leases.popitem()[1])
        self._runs, self._threads = {}, {}

    def begin(self, mine: Sequence[Due]) -> None:
        """Do this soon. One thread wakes for each piece: eight that wake for one only stand in each other's way."""
        if not self._writing:
            return
        with self._change:
            self._leases |= {one.work: one.lease for one in mine if one.lease is not None}
            self._change.notify(sum(map(self._queue.put, mine)))

    def cross(self, mine: Sequence[Due], events: Sequence[str], seconds: float) -> Mapping[str, Report]:
        """Do this work soon, and wait until each of these events was told of by this process, or the time is over.

        Gives the reports that it was told. A full house, or nobody who drains here, is no reason to wait: of the others
        the rows say what there is to say.
        """
        waiter = _Waiter(set(events))
        self.revive()
        with self._change:
            drains = self._writing and bool(self._runs) and not self._stopping.is_set()
            waits = bool(events) and seconds > 0 and drains and len(self._waiting) < WAITERS
            if waits:
                self._waiting.append(waiter)
        self.begin([replace(one, awaited=True) for one in mine] if waits else mine)
        if waits:
            waiter.over.wait(seconds)
            with self._change:
                self._waiting.remove(waiter)
        return waiter.reports

    def drain_all(self) -> None:
        """Drain in this thread whatever is due, until nothing is: for commands and tests."""
        follows = True
        while follows:
            follows = False
            self.begin(self.due())
            while (turn := self._queue.take(self._now(), self._affords)) is not None:
                follows = self._do(turn) or follows

    def due(self) -> list[Due]:
        """What waits and can be done: lanes whose wait or lease ran out, whoever lost them; previews; questions to
        Qomon how it is.
        """
        now = self._now()
        with self._store.read() as tx:
            waiting, unseen, ailing = lanes.due(tx, now), captured.to_preview(tx, now), account.to_probe(tx, now)
        return [
            *(Due(CheckAccount(space), Class.LIVE, now) for space in ailing),
            *(aged(Due(CrossLane(one.lane), one.rank, min(one.at, now)), now) for one in waiting),
            *(Due(PreviewEvent(one.event, one.space), Class.PREVIEW, one.at) for one in unseen),
        ]

    def _claimed(self, tx: Connection, due: Sequence[Due]) -> list[Due]:
        """The same, with the lanes of what just came that a thread is free for."""
        now, free = self._now(), 0 if self._stopping.is_set() else self._idle - len(self._queue)
        found = list[Due]()
        for one in due:
            lease = None
            if free > 0 and one.rank is Class.LIVE and isinstance(one.work, CrossLane):
                free -= 1
                lease = lanes.claim(tx, one.work.lane, now) if self._affords(one.work, FLOORS[one.rank]) else None
            found.append(replace(one, lease=lease))
        return found

    def _lives(self, name: str) -> bool:
        thread = self._threads.get(name)
        return thread is not None and thread.is_alive()

    def _affords(self, work: Work, floor: float) -> bool:
        return not self._wait_for(work, floor)

    def _wait_for(self, work: Work, floor: float) -> timedelta:
        """A fault of ours here must not stop the threads: doing the work meets it too, where it is counted."""
        try:
            return self._crossing.wait_for(work, floor)
        except Exception:
            log.exception("nobody knows whether there are tokens", extra={"space": work.space})
            return timedelta()

    def _drain_forever(self) -> None:
        while (turn := self._next()) is not None:
            self._do(turn)

    def _next(self) -> Turn | None:
        """The next turn, when there is one; None when this process ends."""
        with self._change:
            self._idle += 1
            try:
                while not self._stopping.is_set():
                    turn = self._queue.take(self._now(), self._affords)
                    if turn is not None:
                        return turn
                    self._change.wait(self._patience())
                return None
            finally:
                self._idle -= 1

    def _patience(self) -> float | None:
        """Seconds until the tokens of the first may be there; None: nothing waits for any."""
        waits = [self._wait_for(work, floor) for work, floor in self._queue.firsts(self._now())]
        return max(_BLINK, min(_LOOK, min(waits).total_seconds())) if waits else None

    def _do(self, turn: Turn) -> bool:
        """Whether something waits after it."""
        work, awaited = turn.due.work, turn.due.awaited
        try:
            lease = self._leases.pop(work, None)
            done = self._crossing.drain(work, turn.floor, short=turn.short, awaited=awaited, lease=lease)
        except StoreDown:
            log.warning("the store is down", extra={"lane": str(work)})
            return False
        except Exception:  # the lease runs out and the sweep comes back: a thread of the pool must not die
            log.exception("drain failed", extra={"lane": str(work)})
            return False
        self._report(done.reports)
        if done.short:  # somebody else took the tokens in between
            self._short(turn.due)
        self._follow([Due(CrossLane(one.lane), one.rank, one.at, one.told) for one in done.lanes])
        return bool(done.lanes)

    @abstractmethod
    def _short(self, due: Due) -> None:
        """Do it again when its tokens are there."""

    @abstractmethod
    def _follow(self, due: Sequence[Due]) -> None:
        """See to it that what waits after a run is done when it is due."""

    def _report(self, reports: Mapping[str, Report]) -> None:
        with self._change:
            for waiter in self._waiting:
                waiter.reports |= {event: reports[event] for event in waiter.left & reports.keys()}
                waiter.left -= waiter.reports.keys()
                if not waiter.left:
                    waiter.over.set()
