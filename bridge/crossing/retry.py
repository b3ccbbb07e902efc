"""When to try again: (reason, what Qomon asked for, attempts, how long it was asked) -> a wait, or give up. Pure."""

from datetime import datetime, timedelta

from bridge.inbox.lanes import LONGEST
from bridge.model import Event

GIVE_UP_AFTER = timedelta(days=7)
"""Of asking Qomon: what a pause, a setting or a missing secret keeps back is not given up (docs/ledger.md 28)."""
STEPS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800))
"""Grow with each fault of Qomon on this event; the last one repeats."""
LOOKS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600))
"""How old an unanswered creation is at each search for what came of it (docs/ledger.md 16)."""
SETTLED = timedelta(minutes=1)
"""After a start nothing is given up for so long: the clock may just have been set (docs/ledger.md 27a)."""

NOBODYS_FAULT = frozenset({"quota", "paused", "behind", "creating", "qomon_down", "key_refused", "hook_broken"})
"""Reasons that do not count as an attempt: it is not our run yet, or the whole space waits."""
UNASKED = frozenset({"paused", "key_refused", "hook_broken", "catalogue"})
"""Reasons for which Qomon is not asked for the event."""

EQUAL = 5
"""Equal faults of Qomon on one event, while it answers everybody else, before a person looks (docs/ledger.md 28)."""


def counts(reason: str) -> bool:
    """Whether this wait is a fault of Qomon, to be counted in `event.attempts`."""
    return reason not in NOBODYS_FAULT


def wait(reason: str, after: timedelta, attempts: int, asked: timedelta, *, fresh: bool = False) -> timedelta | None:
    """How long until the next try; None: give up. `attempts` counts the faults so far, this one included.

    What Qomon asked for (`after`) is never shortened; after 7 days of asking an event is given up, unless the process
    is `fresh`.
    """
    if asked >= GIVE_UP_AFTER and not fresh:
        return None
    if not counts(reason):
        return after
    return max(after, STEPS[min(max(attempts, 1), len(STEPS)) - 1])


def asked(event: Event, now: datetime) -> timedelta:
    """How long Qomon has been asked for this event. What lies between two tries counts as no more than the longest
    wait: nobody asked while the process was away, and a clock may jump.

    While a space does not answer, nothing of it is tried, and Qomon is asked each minute all the same.
    """
    down = event.reason == "qomon_down"
    since = event.asked_at
    if event.asked is None and down:  # it came meanwhile
        since = event.released or event.received_at
    gone = max(now - since, timedelta()) if since is not None else timedelta()
    return (event.asked or timedelta()) + (gone if down else min(gone, LONGEST))


def look(age: timedelta) -> timedelta | None:
    """How long until the next search for a contact whose creation was never answered; None: a person looks."""
    age = max(age, timedelta())
    return next((at - age for at in LOOKS if at > age), None)
