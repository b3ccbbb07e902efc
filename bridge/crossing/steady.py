"""Whether this machine's clock goes as a watch does: what was sent before it jumped may still be under way, however old
it looks (docs/ledger.md 27a).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

_SLACK = 5.0
"""Seconds by which a clock may be put right in a moment without having jumped."""


class Steady:
    """`watch`: seconds that nobody puts back; None: there is nothing to compare with. A process that begins does not
    know of the time before.
    """

    def __init__(self, now: Callable[[], datetime], watch: Callable[[], float] | None) -> None:
        self._now, self._watch = now, watch
        self._last = (now(), watch()) if watch else None
        self._since = self._last[1] if self._last else 0.0

    def left(self, span: timedelta) -> timedelta:
        """Until the clock has gone right for so long."""
        if self._watch is None or self._last is None:
            return timedelta()
        at, by = self._now(), self._watch()
        passed = (at - self._last[0]).total_seconds() - (by - self._last[1])
        if abs(passed) > _SLACK:
            self._since = by
        self._last = at, by
        return max(timedelta(), span - timedelta(seconds=by - self._since))
