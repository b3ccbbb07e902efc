"""How fast one space may call Qomon: a token bucket. It counts and refuses; it never waits.

Start values and headers: docs/qomon.md 7. Answers arrive out of order, so headers only ever lower a number. All
processes of a Postgres store share a bucket, a row for each Qomon account (docs/ledger.md 29).
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil

from sqlalchemy import bindparam, select, update

from bridge.errors import StoreDown, TryLater
from bridge.model import Class
from bridge.store.prepared import NOW, Statement
from bridge.store.store import Store, either
from bridge.store.tables import bucket as buckets
from schemas import normal

_UNSAID = timedelta(seconds=5)  # a 429 without Retry-After (docs/qomon.md 7)
_LONGEST = timedelta(minutes=15)
FLOORS: Mapping[Class, float] = {
    Class.LIVE: 0,
    Class.STAFF: 10,
    Class.BACKLOG: 10,
    Class.RETRY: 20,
    Class.REPLAY: 40,
    Class.PREVIEW: 40,
}
"""Tokens that each class leaves in the bucket for those before it (docs/ledger.md 29): never fewer than the one before,
so that who comes first is also who can pay first."""

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")
_BURST, _RATE = re.compile(rf"burst:{_NUMBER.pattern}"), re.compile(rf"rate:{_NUMBER.pattern}")

BURST, RATE = 100.0, 10.0
"""Tokens that an account has, and gets each second, until Qomon's headers say that they are fewer."""
_THOUSANDTHS = 1000
"""Of a token, in the rows: half a token is there after half the time."""
_ROW = Statement(
    select(buckets.c.tokens, buckets.c.at, NOW.label("now"))
    .where(buckets.c.space == bindparam("b_space"))
    .with_for_update()
)
_MADE = Statement(either(lambda insert: insert(buckets).on_conflict_do_nothing()))
_LEFT = Statement(update(buckets).where(buckets.c.space == bindparam("b_space")))


@dataclass(slots=True)
class Bucket:
    """`at`: when the tokens were last counted; in the future after a 429."""

    burst: float = BURST
    rate: float = RATE
    tokens: float = BURST
    at: datetime | None = None

    def refill(self, now: datetime) -> None:
        """A clock that was set back by more than the longest wait starts counting anew."""
        at = self.at or now
        if at - now > _LONGEST:
            at = now
        if now > at:
            self.tokens = min(self.burst, self.tokens + (now - at).total_seconds() * self.rate)
        self.at = max(at, now)

    def holds(self, cost: float) -> bool:
        return self.wanted(cost) <= self.tokens

    def wait(self, cost: float, now: datetime) -> timedelta:
        """Rounded up to a millisecond, so that whoever waits this long does pass."""
        pause = ((self.at or now) - now).total_seconds()
        missing = max(0.0, self.wanted(cost) - self.tokens)
        return timedelta(milliseconds=ceil((pause + missing / self.rate) * 1000))

    def wanted(self, cost: float) -> float:
        """A bucket smaller than the cost would never let anything pass."""
        return min(float(cost), self.burst)


class SharedBucket:
    """One space's bucket in the store. Each process learns burst and rate from Qomon's answers by itself; in the row
    they are for people to read.
    """

    def __init__(self, store: Store, space: str, now: Callable[[], datetime]) -> None:
        self._store, self._space, self._now = store, space, now

    @contextmanager
    def open(self, bucket: Bucket) -> Iterator[tuple[Bucket, datetime]]:
        """The bucket as it is now, for this process alone until the block ends, and what time it is there; what the
        block makes of it is kept, unless it raises. Burst and rate are those of `bucket`. Raises StoreDown.
        """
        key = {"b_space": self._space, "b_now": normal.epoch_ms(self._now())}
        with self._store.write() as tx:
            row = _ROW.first(tx, key)
            if row is None:  # full: Qomon says with its first answer if it is not
                _MADE.run(tx, {"space": self._space, **_columns(bucket, None)})
                row = _ROW.first(tx, key)
            at = normal.from_epoch_ms(row.at) if row.at else None
            found = replace(bucket, tokens=min(bucket.burst, row.tokens / _THOUSANDTHS), at=at)
            yield found, normal.from_epoch_ms(row.now)
            _LEFT.run(tx, {"b_space": self._space, **_columns(found, found.at)})


def _columns(of: Bucket, at: datetime | None) -> dict[str, int]:
    tokens = round(of.tokens * _THOUSANDTHS)
    return {"tokens": tokens, "at": normal.epoch_ms(at) if at else 0, "rate": int(of.rate), "burst": int(of.burst)}


class Pace:
    """One space's bucket, shared by its threads; with `shared`, by all processes of the store. Costs: 5 for PATCH and
    POST /contacts, 1 for the rest.
    """

    def __init__(self, *, burst: float = BURST, rate: float = RATE, shared: SharedBucket | None = None) -> None:
        self._lock = threading.Lock()
        self._shared = shared
        self._bucket = Bucket(burst, rate, burst)
        """Shared: as this process saw it last. The others have only taken from it since."""
        self._ahead = timedelta(0)  # of the store's clock, of our own

    def take(self, cost: float, now: datetime, floor: float = 0) -> None:
        """Pay and leave `floor` tokens, or raise TryLater("quota") with the time until there will be enough."""
        with self._open(now) as (bucket, at):
            if not bucket.holds(cost + floor):
                raise TryLater("quota", bucket.wait(cost + floor, at))
            bucket.tokens -= bucket.wanted(cost)

    def wait_for(self, cost: float, now: datetime) -> timedelta:
        """How long until `take` may pass, as far as this process knows; nothing is paid, and nobody is waited for."""
        at, seen = now + self._ahead, replace(self._bucket)
        seen.refill(at)
        return timedelta(0) if seen.holds(cost) else seen.wait(cost, at)

    def left(self, now: datetime) -> tuple[float, float]:
        """How many tokens there are, and how many there may be, as far as this process knows."""
        seen = replace(self._bucket)
        seen.refill(now + self._ahead)
        return (seen.tokens if seen.at == now + self._ahead else 0.0), seen.burst

    @property
    def used(self) -> bool:
        """Whether this process paid for anything yet: before, it knows nothing of what is left."""
        return self._bucket.at is not None

    def give(self, unused: float, now: datetime) -> None:
        """Back into the bucket: what was paid ahead and not used. After a 429 there is nothing to give back."""
        if unused:
            with self._open(now) as (bucket, at):
                if bucket.at is None or bucket.at <= at:
                    bucket.tokens = min(bucket.burst, bucket.tokens + unused)

    def heed(self, headers: Mapping[str, str], now: datetime) -> None:
        """Lower burst, rate and tokens to what an answer's x-ratelimit-* headers say.

        Nothing is looked up for an answer that lowers nothing. A store that is down must not cost the answer.
        """
        limit = headers.get("x-ratelimit-limit", "")
        burst, rate = _positive(_BURST, limit), _positive(_RATE, limit)
        remaining = _positive(_NUMBER, headers.get("x-ratelimit-remaining", ""))
        with self._lock:
            known = self._bucket
            known.refill(now + self._ahead)
            known.burst, known.rate = min(known.burst, burst or known.burst), min(known.rate, rate or known.rate)
            most = min(known.burst, known.burst if remaining is None else remaining)
            lowers = most < known.tokens
        if lowers:
            with suppress(StoreDown), self._open(now) as (bucket, _):
                bucket.tokens = min(bucket.tokens, most)

    def refused(self, cost: float, retry_after: str | None, now: datetime) -> TryLater:
        """A 429: the bucket is empty for the whole space until Retry-After has passed."""
        with self._open(now) as (bucket, at):
            bucket.tokens = 0.0
            until = at + _pause(retry_after, at)
            bucket.at = max(until, bucket.at or until)
            return TryLater("quota", bucket.wait(cost, at))

    @contextmanager
    def _open(self, now: datetime) -> Iterator[tuple[Bucket, datetime]]:
        """The bucket, filled up to now, and the time that it counts by."""
        with self._lock:
            if self._shared is None:
                self._bucket.refill(now)
                yield self._bucket, now
                return
            with self._shared.open(self._bucket) as (bucket, at):
                self._bucket, self._ahead = bucket, at - now
                bucket.refill(at)
                yield bucket, at


def _positive(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return float(found[1]) if found else None


def _pause(retry_after: str | None, now: datetime) -> timedelta:
    """Retry-After in seconds or as an HTTP date; what cannot be read counts as not said."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST)
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return _UNSAID
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(timedelta(0), min(until - now, _LONGEST))
