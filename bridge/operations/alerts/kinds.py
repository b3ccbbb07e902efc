"""The kinds of alerts: how urgent each is, when it is said first, again and as over, and which page it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

Urgency: TypeAlias = Literal["now", "day", "digest"]
"""By day and night; outside of quiet hours; with the morning's digest."""
Facts: TypeAlias = Mapping[str, str | int]
"""Labels, codes, counts and moments (milliseconds): no person and no answer."""

_NONE = timedelta()
_LATE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Kind:
    """`settles`: how long it is so before it is said. `repeats`: said again each day while it is so, though it did not
    grow. `solved`: that it is over is said too. `sure`: for how long it is over before that. `page`: the path of the
    page where people see to it, `{hook}` being the webhook's id. `admins`: only they are told, where it can be so."""

    urgency: Urgency
    page: str
    settles: timedelta = _NONE
    repeats: bool = False
    solved: bool = False
    sure: timedelta = timedelta(minutes=10)
    admins: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is so now. `cause`: webhook, reason and field in one keyed fingerprint; `hook`: the id."""

    cause: str
    kind: str
    since: datetime
    many: int = 1
    hook: str | None = None
    facts: Facts = field(default_factory=dict[str, str | int])


KINDS: Mapping[str, Kind] = {
    "key_refused": Kind("now", "/check-up", repeats=True, solved=True),
    "calls_refused": Kind("now", "/webhooks/{hook}", repeats=True, solved=True),
    "hook_broken": Kind("now", "/webhooks/{hook}", repeats=True, solved=True),
    "breaker": Kind("now", "/webhooks/{hook}", repeats=True, solved=True, sure=_NONE),
    "not_confirmed": Kind("now", "/todo", solved=True),
    "qomon_down": Kind("day", "/check-up", settles=timedelta(minutes=15), repeats=True, solved=True),
    "todo": Kind("day", "/todo", settles=timedelta(minutes=10), solved=True),
    "reminder": Kind("digest", "/todo"),
    "to_be_erased": Kind("day", "/todo"),
    "silence": Kind("day", "/webhooks/{hook}", solved=True),
    "drift": Kind("digest", "/webhooks/{hook}"),
    "stopped": Kind("day", "/check-up"),
    "store_full": Kind("day", "/check-up", repeats=True, solved=True),
    "store_key": Kind("now", "/check-up", repeats=True, solved=True),
    "store_behind": Kind("day", "/check-up", repeats=True, solved=True),
    "channel": Kind("day", "/settings/alerts", solved=True),
    "admin_added": Kind("day", "/settings/people", admins=True),
    "secret_changed": Kind("day", "/webhooks/{hook}"),
    "person_erased": Kind("day", "/settings/activity"),
    "login_locked": Kind("day", "/settings/activity", admins=True),
    "weekly": Kind("digest", "/"),
}


def urgency(kind: str, since: datetime, now: datetime) -> Urgency:
    """Qomon being down becomes urgent when it lasts."""
    if kind == "qomon_down" and now - since >= _LATE:
        return "now"
    return KINDS[kind].urgency


def steps(kind: str) -> tuple[timedelta, ...]:
    """After how long it is said again, the first times; then each day, if it is repeated."""
    return (_LATE, timedelta(days=1)) if kind == "qomon_down" else ()
