"""What has moved in the flow of a hook's submissions: many held, many created, silence. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bridge.operations.authoring.drift import Moved

LOOK = timedelta(weeks=4)
"""How far back usual is looked for."""

_LAST = 50
_FEWEST = 20
"""Submissions that a share, or a silence, must rest on."""
_MORE = 0.1
_TIMES = 3


@dataclass(frozen=True, slots=True)
class Came:
    """One submission: when it was received, and what became of it."""

    at: datetime
    outcome: str


def flow(came: Sequence[Came], now: datetime) -> list[Moved]:
    """`came`: of the last four weeks, oldest first."""
    newest, usual = came[-_LAST:], came[:-_LAST]
    told: list[Moved] = []
    if min(len(newest), len(usual)) >= _FEWEST:
        told += _share("held_share", "held", newest, usual)
        told += _share("created_share", "created", newest, usual)
    return [*told, *_silence(came, now)]


def _share(code: str, outcome: str, newest: Sequence[Came], usual: Sequence[Came]) -> Iterator[Moved]:
    """Told when it is twice the usual share and at least ten points more."""
    now, then = (sum(one.outcome == outcome for one in part) / len(part) for part in (newest, usual))
    if now >= then + _MORE and now >= 2 * then:
        yield Moved("flow", code, f"{now:.0%}", detail=f"{then:.0%}", count=len(newest), since=newest[0].at)


def _silence(came: Sequence[Came], now: datetime) -> Iterator[Moved]:
    """Longer than three times the longest gap, where there were twenty or more in the two weeks before it."""
    if not came:
        return
    last = came[-1].at
    busy = [one for one in came if one.at > last - timedelta(days=14)]
    gaps = [later.at - earlier.at for earlier, later in pairwise(came)]
    if len(busy) >= _FEWEST and now - last > _TIMES * max(gaps):
        yield Moved("flow", "silence", "", detail=f"{len(busy) / 14:.0f}", count=len(busy), since=last)
