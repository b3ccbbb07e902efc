"""The door first, and few at a time (docs/ledger.md 22): Python does one thing at a time, and a tool that waits for its
200 waits for whatever is done before. Who crosses gives way to the door between two steps, and has a turn only while it
works: eight threads that all want Python's lock spend a third of their time on handing it over.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 4
"""Times as long as it worked may who crosses wait for the door: a fifth of the time stays theirs, whoever comes."""

LONGEST = 2.0
"""Seconds to wait for a turn: then it works without one. A turn is there for speed, and must stop nobody."""


class RightOfWay:
    """Of one process. `turns`: how many cross at once, but for those that wait for Qomon; as many more may for which a
    call at the door waits, so that none of these waits for one that gives way. `clock`: seconds of processor time of
    the thread that asks.
    """

    def __init__(self, turns: int = 1, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._turns, self._awaited = threading.Semaphore(turns), threading.Semaphore(turns)
        self._change = threading.Condition()
        self._coming = 0
        self._steps = threading.local()

    @contextmanager
    def first(self) -> Iterator[None]:
        """A call is read and stored."""
        with self._change:
            self._coming += 1
        try:
            yield
        finally:
            with self._change:
                self._coming -= 1
                if not self._coming:
                    self._change.notify_all()

    def give(self) -> None:
        """Between two steps of a crossing. One that a call waits for is that call's: it gives way to none."""
        now = self._clock()
        if self._coming and not getattr(self._steps, "awaited", False):
            worked = now - getattr(self._steps, "began", now)
            with self._change:
                self._change.wait_for(lambda: not self._coming, PATIENCE * worked)
        self._steps.began = self._clock()

    @contextmanager
    def turn(self, *, awaited: bool = False) -> Iterator[None]:
        """A run works; `awaited`: a call at the door waits for it. Not to be nested."""
        self._steps.awaited = awaited
        self._take()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """It waits, for Qomon or for whoever waits for it: the turn is somebody else's until it goes on. Nothing to
        whoever has none.
        """
        has = self._leave()
        try:
            yield
        finally:
            if has:
                self._take()

    def _take(self) -> None:
        turns = self._awaited if self._steps.awaited else self._turns
        self._steps.turn = turns if turns.acquire(timeout=LONGEST) else None

    def _leave(self) -> bool:
        turn: threading.Semaphore | None = getattr(self._steps, "turn", None)
        if turn is None:
            return False
        self._steps.turn = None
        turn.release()
        return True
