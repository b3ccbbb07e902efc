"""The pieces of work that there are: cross a lane, make a dry run, ask Qomon how it is; and when one is due."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bridge.inbox.lanes import Lease
from bridge.model import Class, Lane


@dataclass(frozen=True, slots=True)
class CrossLane:
    """Cross what waits in this lane."""

    lane: Lane

    @property
    def space(self) -> str:
        return self.lane.space

    def __str__(self) -> str:
        return str(self.lane)


@dataclass(frozen=True, slots=True)
class PreviewEvent:
    """Make the dry run of an event that its hook only keeps."""

    event: str
    space: str

    def __str__(self) -> str:
        return f"preview:{self.event}"


@dataclass(frozen=True, slots=True)
class CheckAccount:
    """Ask whether Qomon is well again in this space."""

    space: str

    def __str__(self) -> str:
        return f"probe:{self.space}"


Work: TypeAlias = CrossLane | PreviewEvent | CheckAccount


@dataclass(frozen=True, slots=True)
class Due:
    """A piece of work, what comes before it, and from when it can be done. `told`: its report says already what it
    waits for. `awaited`: a caller waits for it. `lease`: of its lane, where that was taken already."""

    work: Work
    rank: Class
    at: datetime
    told: bool = False
    awaited: bool = field(default=False, compare=False)
    lease: Lease | None = field(default=None, compare=False)


def read_work(text: str, space: str) -> Work:
    """A piece of work as a job carries it."""
    kind, _, rest = text.partition(":")
    if kind == "preview":
        return PreviewEvent(rest, space)
    return CheckAccount(rest) if kind == "probe" else CrossLane(Lane.read(text, space))
