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
    """Of one process. `turns`: how many cross at once, those that wait for Qomon not counted. `clock`: seconds of
    processor time of the thread that asks.
    """

    def __init__(self, turns: int = 1, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._turns = threading.Semaphore(turns)
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
        """Between two steps of a crossing."""
        now = self._clock()
        if self._coming:
            worked = now - getattr(self._steps, "began", now)
            with self._change:
                self._change.wait_for(lambda: not self._coming, PATIENCE * worked)
        self._steps.began = self._clock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A run works. Not to be nested."""
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
        self._steps.has_turn = self._turns.acquire(timeout=LONGEST)

    def _leave(self) -> bool:
        has = getattr(self._steps, "has_turn", False)
        if has:
            self._steps.has_turn = False
            self._turns.release()
        return has
