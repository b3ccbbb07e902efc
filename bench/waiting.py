"""What lanes cost that wait for Qomon's tokens: a real process, a bucket that stays below their floor, and time."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import people
from bench.load import hammer
from bench.process import Process
from bench.scene import Scene, Store
from bridge.model import Class

_SETTLED, _WATCHED = 8.0, 15.0


@dataclass(frozen=True, slots=True)
class Waited:
    """Of one core, and bytes a second that reached the disk."""

    processor: float
    written: float


def retries(scene: Scene, many: int) -> Waited:
    """On everybody Qomon has failed once; its bucket holds fewer tokens than retries must leave."""
    store = scene.store("retries")
    with scene.serve("app:app", store, WRITING="off") as bridge:
        hammer(bridge.port, people.events(range(many), 1), 8)
    _failed_once(store)
    scene.switch(burst=100, rate=0.01)
    try:
        with scene.serve("app:app", store) as bridge:
            time.sleep(_SETTLED)
            return _watched(bridge)
    finally:
        scene.switch(burst=1e9, rate=1e9)


def _failed_once(store: Store) -> None:
    with closing(sqlite3.connect(store.path)) as written:
        written.execute("UPDATE event SET attempts = 1")
        written.execute("UPDATE lane SET class = ?", (int(Class.RETRY),))
        written.commit()


def _watched(bridge: Process) -> Waited:
    spent, written, began = bridge.cpu(), _written(bridge), time.monotonic()
    time.sleep(_WATCHED)
    seconds = time.monotonic() - began
    return Waited((bridge.cpu() - spent) / seconds, (_written(bridge) - written) / seconds)


def _written(bridge: Process) -> int:
    lines = "".join(Path(f"/proc/{pid}/io").read_text(encoding="ascii") for pid in bridge.pids())
    return sum(int(line.split()[1]) for line in lines.splitlines() if line.startswith("write_bytes"))
