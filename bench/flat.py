"""Whether a process that goes on for long takes more and more: memory and open files, early and at the end."""

from dataclasses import dataclass
from pathlib import Path

from bench import people
from bench.load import hammer
from bench.process import Process
from bench.scene import Scene

_PEOPLE, _CALLERS = 500, 8


@dataclass(frozen=True, slots=True)
class Taken:
    """MB in memory, and open files of the process and its sockets."""

    memory: float
    files: int

    @classmethod
    def by(cls, bridge: Process) -> "Taken":
        return cls(bridge.memory(), max(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in bridge.pids()))


def over(scene: Scene, events: int) -> tuple[Taken, Taken]:
    """After a fifth of these, and after all of them: accepted, folded onto few contacts, and written."""
    store = scene.store("flat")
    scene.move_in(range(_PEOPLE))
    turns = events // _PEOPLE
    with scene.serve("bench.fast:app", store) as bridge:
        early = None
        for turn in range(turns):
            hammer(bridge.port, people.events(range(_PEOPLE), turn), _CALLERS)
            if turn + 1 == max(1, turns // 5):
                store.drained()
                early = Taken.by(bridge)
        store.drained()
        late = Taken.by(bridge)
    return early or late, late
