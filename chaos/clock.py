"""One clock for all processes of a campaign, faster than ours: leases and waits of minutes pass in seconds.

Every process counts from the same moment of this machine's monotonic clock, so that they agree on what time it is. The
clock of the bridge's machine may be put back and forward: by a number in a file that all of its processes read.
"""

import mmap
import os
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_STOPS_GUNICORN = 4
"""Gunicorn's own code for "the application cannot be loaded": the arbiter stops instead of starting another worker."""


@dataclass(frozen=True)
class Clock:
    """`speed`: its seconds in one of ours. `until`: ours, when everything of the campaign ends by itself. `wrong`: the
    file of the seconds by which it is wrong, if it can be.
    """

    origin: float
    speed: float
    until: float
    wrong: Path | None = None

    @classmethod
    def started(cls, speed: float, lasts: float, wrong: Path) -> "Clock":
        origin = time.monotonic()
        wrong.write_bytes(struct.pack("d", 0.0))
        return cls(origin, speed, origin + lasts, wrong)

    @classmethod
    def told(cls, environ: Mapping[str, str]) -> "Clock":
        """As the process that started this one has it."""
        origin, speed, until, *wrong = environ["CHAOS_CLOCK"].split()
        return cls(float(origin), float(speed), float(until), *map(Path, wrong))

    def telling(self) -> dict[str, str]:
        return {"CHAOS_CLOCK": f"{self.origin} {self.speed} {self.until} {self.wrong or ''}"}

    def __call__(self) -> datetime:
        return START + timedelta(seconds=(time.monotonic() - self.origin) * self.speed + self.off)

    @property
    def right(self) -> "Clock":
        """The one of everybody else, which nobody puts back."""
        return replace(self, wrong=None)

    @cached_property
    def _shared(self) -> mmap.mmap | None:
        if self.wrong is None:
            return None
        with self.wrong.open("r+b") as file:
            return mmap.mmap(file.fileno(), 0)

    @property
    def off(self) -> float:
        """Seconds by which it is wrong."""
        return 0.0 if self._shared is None else float(struct.unpack_from("d", self._shared)[0])

    def put(self, off: float) -> None:
        if self._shared is not None:
            struct.pack_into("d", self._shared, 0, off)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.speed)

    def end_this_process(self) -> None:
        """When the time is over, whoever is or is not there to end it."""
        timer = threading.Timer(max(0.0, self.until - time.monotonic()), os._exit, (_STOPS_GUNICORN,))
        timer.daemon = True
        timer.start()
