"""Callers who come too often with nothing to prove them, counted in memory by the minute (design 4).

Flask-Limiter counts; its decorators judge a call before anybody knows its hook, so the door asks it, and it has an
application of its own instead of a look at every call of ours. The minute is part of what is counted, so that the clock
of the bridge says when a new one begins, and not the one of the library.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute

UNKNOWN = RateLimitItemPerMinute(60, namespace="unknown")
"""Addresses that no hook has, of a caller."""
UNPROVEN = RateLimitItemPerMinute(60, namespace="unproven")
"""Calls that one hook refused, of a caller, without what its proof looks for."""
OPEN = RateLimitItemPerMinute(600, namespace="open")
"""Calls to one hook without any proof, of a caller."""
TOLD = RateLimitItemPerMinute(1, namespace="told")
"""Lines of the log about one thing."""


class Floods:
    def __init__(self, now: Callable[[], datetime]) -> None:
        limiter = Limiter(get_remote_address, app=Flask(__name__), storage_uri="memory://", strategy="fixed-window")
        self._counts, self._now = limiter.limiter, now

    def over(self, limit: RateLimitItemPerMinute, *of: str) -> bool:
        """Whether one more in this minute would be too many."""
        return not self._counts.test(limit, *of, self._minute())

    def count(self, limit: RateLimitItemPerMinute, *of: str) -> bool:
        """Count one; False when it is too many."""
        return self._counts.hit(limit, *of, self._minute())

    def wait(self) -> str:
        """Seconds until the next minute, for Retry-After."""
        return str(60 - int(self._now().timestamp()) % 60)

    def _minute(self) -> str:
        return str(int(self._now().timestamp()) // 60)


def caller(address: str | None) -> str:
    """Whom an address counts for: in IPv6 its /64, which is one household or machine."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)  # noqa: PLR2004
