"""One clock for all processes of a campaign, faster than ours: leases and waits of minutes pass in seconds.

Every process counts from the same moment of this machine's monotonic clock, so that they agree on what time it is.
"""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_STOPS_GUNICORN = 4
"""Gunicorn's own code for "the application cannot be loaded": the arbiter stops instead of starting another worker."""


@dataclass(frozen=True)
class Clock:
    """`speed`: its seconds in one of ours. `until`: ours, when everything of the campaign ends by itself."""

    origin: float
    speed: float
    until: float

    @classmethod
    def started(cls, speed: float, lasts: float) -> "Clock":
        origin = time.monotonic()
        return cls(origin, speed, origin + lasts)

    @classmethod
    def told(cls, environ: Mapping[str, str]) -> "Clock":
        """As the process that started this one has it."""
        origin, speed, until = environ["CHAOS_CLOCK"].split()
        return cls(float(origin), float(speed), float(until))

    def telling(self) -> dict[str, str]:
        return {"CHAOS_CLOCK": f"{self.origin} {self.speed} {self.until}"}

    def __call__(self) -> datetime:
        return START + timedelta(seconds=(time.monotonic() - self.origin) * self.speed)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.speed)

    def end_this_process(self) -> None:
        """When the time is over, whoever is or is not there to end it."""
        timer = threading.Timer(max(0.0, self.until - time.monotonic()), os._exit, (_STOPS_GUNICORN,))
        timer.daemon = True
        timer.start()
