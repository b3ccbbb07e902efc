"""What is due in this process, and what of it is taken next (docs/ledger.md 23, 29). No threads, no store, no clock."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from bridge.crossing.work import CrossLane, Due, Work
from bridge.model import Class
from bridge.qomon.pace import FLOORS

LIVE = timedelta(minutes=1)
"""How long what has just come goes before everything else."""

FAIR = 5

Affords = Callable[[Work, float], bool]
"""Whether Qomon's tokens are there for this work, and as many as this beside them."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do now. `floor`: the tokens that it leaves to others. `short`: they are not there, and its report is to
    say so."""

    due: Due
    floor: float
    short: bool = False


@dataclass(order=True, slots=True)
class _Entry:
    rank: Class
    alone: bool
    """Nobody waits for it."""
    at: datetime
    number: int
    work: Work = field(compare=False)
    told: bool = field(default=False, compare=False)


def aged(due: Due, now: datetime) -> Due:
    """What was live a minute ago is backlog."""
    return replace(due, rank=Class.BACKLOG) if due.rank is Class.LIVE and now - due.at > LIVE else due


class Queue:
    """What waits, by space: none waits for another's tokens, and they take turns."""

    def __init__(self) -> None:
        self._spaces: dict[str, _Space] = {}

    def __len__(self) -> int:
        return sum(len(space.entries) for space in self._spaces.values())

    def put(self, due: Due) -> bool:
        """Whether it is news; what is there already is only put forward."""
        return self._spaces.setdefault(due.work.space, _Space()).put(due)

    def take(self, now: datetime, affords: Affords) -> Turn | None:
        """The next piece of work whose tokens are there; else one that has not said yet what it waits for."""
        for name, space in list(self._spaces.items()):
            first = space.first(now)
            if first is None:
                del self._spaces[name]
            elif affords(*first):
                self._spaces[name] = self._spaces.pop(name)  # the next turn is another's
                return space.take(*first)
        return next(filter(None, (space.unsaid() for space in self._spaces.values())), None)

    def firsts(self, now: datetime) -> list[tuple[Work, float]]:
        """Of each space what is taken next, and its floor."""
        return [first for space in self._spaces.values() if (first := space.first(now))]


class _Space:
    """By class, then those for whom a caller waits, then who waits longest; but every fifth turn goes to whoever has
    waited longest of all, at no floor, so that nothing starves.
    """

    def __init__(self) -> None:
        self.entries: dict[Work, _Entry] = {}
        self._heap: list[_Entry] = []
        self._untold: dict[Work, _Entry] = {}
        self._numbers = count()
        self._turns = 0

    def put(self, due: Due) -> bool:
        known, alone = self.entries.get(due.work), not due.awaited
        if known is not None and (known.rank, known.alone) <= (due.rank, alone):
            return False
        at, told = (due.at, due.told) if known is None else (min(due.at, known.at), due.told or known.told)
        self._push(_Entry(due.rank, alone, at, next(self._numbers), due.work, told))
        return known is None

    def first(self, now: datetime) -> tuple[Work, float] | None:
        """What is taken next, and its floor. None of its space is taken before it, though it needed fewer tokens."""
        entry = self._foremost(now)
        if entry is None:
            return None
        if self._turns % FAIR == FAIR - 1:
            return min(self.entries.values(), key=lambda one: one.at).work, 0
        return entry.work, FLOORS[entry.rank]

    def take(self, work: Work, floor: float) -> Turn:
        self._turns += 1
        self._untold.pop(work, None)
        entry = self.entries.pop(work)
        return Turn(Due(entry.work, entry.rank, entry.at, entry.told, not entry.alone), floor)

    def unsaid(self) -> Turn | None:
        """One that came just now, or the first: thousands that wait are not each written for that."""
        for entry in (*self._untold.values(), self._heap[0]):
            if not entry.told and isinstance(entry.work, CrossLane):
                entry.told = True
                self._untold.pop(entry.work, None)
                return Turn(Due(entry.work, entry.rank, entry.at), FLOORS[entry.rank], short=True)
        return None

    def _push(self, entry: _Entry) -> None:
        self.entries[entry.work] = entry
        heappush(self._heap, entry)
        self._untold.pop(entry.work, None)
        if entry.rank is Class.LIVE and not entry.told:
            self._untold[entry.work] = entry

    def _foremost(self, now: datetime) -> _Entry | None:
        """What was live a minute ago is backlog; what was taken, or put forward, is not here any more."""
        while self._heap:
            first = self._heap[0]
            if self.entries.get(first.work) is not first:
                heappop(self._heap)
            elif first.rank is Class.LIVE and now - first.at > LIVE:
                self._push(replace(first, rank=Class.BACKLOG, alone=True))
            else:
                return first
        return None
