"""How fast one space may call Qomon: a token bucket in memory. It counts and refuses; it never waits.

Start values and headers: qomon-api.md 7. Answers arrive out of order, so headers only ever lower a number.
"""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil

from bridge.errors import TryLater

_UNSAID = timedelta(seconds=5)  # a 429 without Retry-After (qomon-api.md 7)
_LONGEST = timedelta(minutes=15)
FLOORS: Mapping[str, float] = {"live": 0, "staff": 10, "retry": 20, "replay": 40}
"""Tokens that each kind of work leaves in the bucket for those before it (ledger.md 29)."""

_NUMBER = r"(\d+(?:\.\d+)?)"


class Pace:
    """One space's bucket, shared by its threads. Costs: 5 for PATCH and POST /contacts, 1 for the rest."""

    def __init__(self, *, burst: float = 100.0, rate: float = 10.0) -> None:
        self._lock = threading.Lock()
        self._burst = burst
        self._rate = rate
        self._tokens = burst
        self._at: datetime | None = None  # when the tokens were last counted; in the future after a 429

    def take(self, cost: float, now: datetime, floor: float = 0) -> None:
        """Pay and leave `floor` tokens, or raise TryLater("quota") with the time until there will be enough."""
        with self._lock:
            self._refill(now)
            if self._wanted(cost + floor) > self._tokens:
                raise TryLater("quota", self._wait(cost + floor, now))
            self._tokens -= self._wanted(cost)

    def wait_for(self, cost: float, now: datetime) -> timedelta:
        """How long until `take` would pass; nothing is paid."""
        with self._lock:
            self._refill(now)
            return self._wait(cost, now) if self._wanted(cost) > self._tokens else timedelta(0)

    def give(self, unused: float, now: datetime) -> None:
        """Back into the bucket: what was paid ahead and not used."""
        with self._lock:
            self._refill(now)
            self._tokens = min(self._burst, self._tokens + unused)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Lower burst, rate and tokens to what an answer's x-ratelimit-* headers say."""
        limit = headers.get("x-ratelimit-limit", "")
        with self._lock:
            self._burst = min(self._burst, _positive(rf"burst:{_NUMBER}", limit) or self._burst)
            self._rate = min(self._rate, _positive(rf"rate:{_NUMBER}", limit) or self._rate)
            remaining = _positive(_NUMBER, headers.get("x-ratelimit-remaining", ""))
            self._tokens = min(self._tokens, self._burst if remaining is None else remaining)

    def refused(self, cost: float, retry_after: str | None, now: datetime) -> TryLater:
        """A 429: the bucket is empty for the whole space until Retry-After has passed."""
        with self._lock:
            self._refill(now)
            self._tokens = 0.0
            until = now + _told(retry_after, now)
            self._at = max(until, self._at or until)
            return TryLater("quota", self._wait(cost, now))

    def _refill(self, now: datetime) -> None:
        """A clock that was set back by more than the longest wait starts counting anew."""
        at = self._at or now
        if at - now > _LONGEST:
            at = now
        if now > at:
            self._tokens = min(self._burst, self._tokens + (now - at).total_seconds() * self._rate)
        self._at = max(at, now)

    def _wait(self, cost: float, now: datetime) -> timedelta:
        """Rounded up to a millisecond, so that whoever waits this long does pass."""
        pause = ((self._at or now) - now).total_seconds()
        missing = max(0.0, self._wanted(cost) - self._tokens)
        return timedelta(milliseconds=ceil((pause + missing / self._rate) * 1000))

    def _wanted(self, cost: float) -> float:
        """A bucket smaller than the cost would never let anything pass."""
        return min(float(cost), self._burst)


def _positive(pattern: str, text: str) -> float | None:
    found = re.search(pattern, text)
    return float(found[1]) if found else None


def _told(retry_after: str | None, now: datetime) -> timedelta:
    """Retry-After in seconds or as an HTTP date; what cannot be read counts as not said."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST)
    try:
        told = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return _UNSAID
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return max(timedelta(0), min(told - now, _LONGEST))
