"""When to try again: (reason, what Qomon asked for, attempts, age) -> a wait, or give up. Pure."""

from datetime import timedelta

GIVE_UP_AFTER = timedelta(days=7)
STEPS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800))
"""Grow with each fault of Qomon on this event; the last one repeats."""
LOOKS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600))
"""How old an unanswered creation is at each search for what came of it (docs/ledger.md 16)."""

NOBODYS_FAULT = frozenset({"quota", "paused", "behind", "creating", "qomon_down", "key_refused"})
"""Reasons that do not count as an attempt: it is not our run yet, or the whole space waits."""

EQUAL = 5
"""Equal faults of Qomon on one event, while it answers everybody else, before a person looks (docs/ledger.md 28)."""


def counts(reason: str) -> bool:
    """Whether this wait is a fault of Qomon, to be counted in `event.attempts`."""
    return reason not in NOBODYS_FAULT


def wait(reason: str, after: timedelta, attempts: int, age: timedelta) -> timedelta | None:
    """How long until the next try; None: give up. `attempts` counts the faults so far, this one included.

    What Qomon asked for (`after`) is never shortened; 7 days after its reception an event is given up.
    """
    if age >= GIVE_UP_AFTER:
        return None
    if not counts(reason):
        return after
    return max(after, STEPS[min(max(attempts, 1), len(STEPS)) - 1])


def look(age: timedelta) -> timedelta | None:
    """How long until the next search for a contact whose creation was never answered; None: a person looks."""
    return next((at - age for at in LOOKS if at > age), None)
