"""What is due in this process, and what of it is taken next (docs/ledger.md 23, 29). No threads, no store, no clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from bridge.crossing.drain import CrossLane, Due, Work
from bridge.model import Class
from bridge.qomon.pace import FLOORS

LIVE = timedelta(minutes=1)
"""How long what has just come goes before everything else."""

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
    at: datetime
    number: int
    work: Work = field(compare=False)
    told: bool = field(default=False, compare=False)


class Queue:
    """Of each space what comes first: by class, then who waits longest; and no space waits for another's tokens.

    Every fifth turn goes to whoever has waited longest of all, at no floor, so that nothing starves.
    """

    def __init__(self) -> None:
        self._heaps: dict[str, list[_Entry]] = {}
        self._entries: dict[Work, _Entry] = {}
        self._untold: dict[Work, _Entry] = {}
        self._numbers = count()
        self._turns = 0

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, due: Due) -> bool:
        """Whether it is news; what is there already is only put forward."""
        known = self._entries.get(due.work)
        if known is not None and known.rank <= due.rank:
            return False
        at, told = (due.at, due.told) if known is None else (min(due.at, known.at), due.told or known.told)
        self._push(_Entry(due.rank, at, next(self._numbers), due.work, told))
        return known is None

    def take(self, now: datetime, affords: Affords) -> Turn | None:
        """The next piece of work whose tokens are there; else one that has not said yet what it waits for."""
        longest = min(self._entries.values(), key=lambda entry: entry.at, default=None) if self._is_fifth else None
        if longest is not None and affords(longest.work, 0):
            return self._turn(longest, 0)
        for space in list(self._heaps):
            first = self._first(space, now)
            if first is None:
                del self._heaps[space]
            elif affords(first.work, FLOORS[first.rank]):
                self._heaps[space] = self._heaps.pop(space)  # the next turn is another's
                return self._turn(first, FLOORS[first.rank])
        return self._unsaid()

    def first(self) -> Iterator[tuple[Work, float]]:
        """Of each space what comes first, and its floor."""
        return ((heap[0].work, FLOORS[heap[0].rank]) for heap in self._heaps.values() if heap)

    @property
    def _is_fifth(self) -> bool:
        return self._turns % 5 == 4  # noqa: PLR2004

    def _push(self, entry: _Entry) -> None:
        self._entries[entry.work] = entry
        heappush(self._heaps.setdefault(entry.work.space, []), entry)
        self._untold.pop(entry.work, None)
        if entry.rank is Class.LIVE and not entry.told:
            self._untold[entry.work] = entry

    def _turn(self, entry: _Entry, floor: float) -> Turn:
        self._turns += 1
        del self._entries[entry.work]
        self._untold.pop(entry.work, None)
        return Turn(Due(entry.work, entry.rank, entry.at, entry.told), floor)

    def _first(self, space: str, now: datetime) -> _Entry | None:
        """What was live a minute ago is backlog; what was taken, or put forward, is not here any more."""
        heap = self._heaps[space]
        while heap:
            first = heap[0]
            if self._entries.get(first.work) is not first:
                heappop(heap)
            elif first.rank is Class.LIVE and now - first.at > LIVE:
                self._push(_Entry(Class.BACKLOG, first.at, first.number, first.work, first.told))
            else:
                return first
        return None

    def _unsaid(self) -> Turn | None:
        """One that came just now, or the first of a space: thousands that wait are not each written for that."""
        firsts = [heap[0] for heap in self._heaps.values()]
        for entry in (*self._untold.values(), *firsts):
            if not entry.told and isinstance(entry.work, CrossLane):
                entry.told = True
                self._untold.pop(entry.work, None)
                return Turn(Due(entry.work, entry.rank, entry.at), FLOORS[entry.rank], short=True)
        return None
