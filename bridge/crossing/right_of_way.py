"""The door first (docs/ledger.md 22): Python does one thing at a time, and a tool that waits for its 200 waits for
whatever is done before. Who crosses gives way between two steps; nobody waits for Qomon, or for the disk, meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 4
"""Times as long as it worked may who crosses wait for the door: a fifth of the time stays theirs, whoever comes."""


class RightOfWay:
    """Of one process. `clock`: seconds of processor time of the thread that asks."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
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
