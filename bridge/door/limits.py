"""Callers who come too often with nothing to prove them, counted in memory by the minute (docs/door.md).

Flask-Limiter counts; its decorators judge a call before anybody knows its hook, so the door asks it, and it has an
application of its own instead of a look at every call of ours. The minute is part of what is counted, so that the clock
of the bridge says when a new one begins, and not the one of the library.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import RateLimiter


class Limit(NamedTuple):
    """So many in a minute."""

    name: str
    most: int


UNKNOWN = Limit("unknown", 60)
"""Addresses that no hook has, of a caller."""
UNPROVEN = Limit("unproven", 60)
"""Calls that one hook refused, of a caller, without what its proof looks for."""
OPEN = Limit("open", 600)
"""Calls to one hook without any proof, of a caller."""


class Limits:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def over(self, limit: Limit, *of: str) -> bool:
        """Whether one more in this minute would be too many."""
        return not self._counts.test(_item(limit), *of, self._minute())

    def count(self, limit: Limit, *of: str) -> bool:
        """Count one; False when it is too many."""
        return self._counts.hit(_item(limit), *of, self._minute())

    def wait(self) -> str:
        """Seconds until the next minute, for Retry-After."""
        return str(60 - int(self._now().timestamp()) % 60)

    @cached_property
    def _counts(self) -> "RateLimiter":
        """Loaded when there is something to count: 20 ms and 3 MB that a start need not pay."""
        from flask import Flask
        from flask_limiter import Limiter
        from flask_limiter.util import get_remote_address

        where, how = "memory://", "fixed-window"
        return Limiter(get_remote_address, app=Flask(__name__), storage_uri=where, strategy=how).limiter

    def _minute(self) -> str:
        return str(int(self._now().timestamp()) // 60)


def _item(limit: Limit) -> "RateLimitItem":
    from limits import RateLimitItemPerMinute

    return RateLimitItemPerMinute(limit.most, namespace=limit.name)


def caller(address: str | None) -> str:
    """Whom an address counts for: in IPv6 its /64, which is one household or machine."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)  # noqa: PLR2004
