"""Many finished events go while others are accepted: how long those wait, and whether the file gets smaller."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bench import finished, people
from bench.load import NONE, Timed, hammer
from bench.process import Process
from bench.scene import Scene
from bench.table import Line, at_most

_CALLS, _PAUSE, _LONGEST = 50, 0.03, 1_000
_DAYS = 40 * 86_400_000


def measure(scene: Scene, many: int) -> list[Line]:
    store = scene.store("retention")
    with scene.serve("bench.fast:app", store) as bridge:
        hammer(bridge.port, people.events(range(1), 0), 1)
        store.drained()
    _age(store.path)
    finished.fill(store.path, many)
    with scene.serve("bench.fast:app", store, WRITING="off") as bridge:
        without = _accepted(bridge, 0) + _accepted(bridge, 1) + _accepted(bridge, 2)
    size, told = store.path.stat().st_size, store.path.with_suffix(".pruned")
    with scene.serve("bench.pruned:app", store, WRITING="off", PRUNED=str(told)) as bridge:
        beside = _until(told, bridge)
    done = json.loads(told.read_text(encoding="utf-8"))
    said = f"while {many:,} finished events are erased"
    return [
        at_most(
            f"slowest accept {said}",
            beside.quantile(1),
            100,
            "ms",
            f"{without.quantile(1):.0f} ms without, p99 {beside.quantile(0.99):.0f} ms of {len(beside.each)}",
        ),
        at_most("the file afterwards, of before", store.path.stat().st_size / size, 0.7, "", f"{size / 1e6:.0f} MB"),
        Line("how long that took", f"{done['seconds']:.0f} s", f"{done['gone']['erased']:,} erased"),
    ]


def _age(path: Path) -> None:
    """The one finished event, and what belongs to it, as if it were over for long."""
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        for table, column in (("event", "ended"), ("undo", "at"), ("delivery", "received_at")):
            store.execute(f"UPDATE {table} SET {column} = {column} - {_DAYS}")  # noqa: S608  # our own tables


def _until(told: Path, bridge: Process) -> Timed:
    """Accepts, until the other is done."""
    timed = NONE
    for turn in range(10, 10 + _LONGEST):
        timed += _accepted(bridge, turn)
        if told.exists():
            return timed
    raise RuntimeError("what is pruned takes too long")


def _accepted(bridge: Process, turn: int) -> Timed:
    """One by one with a pause between: a form that many fill in, and no load that leaves nobody else a moment."""
    timed = NONE
    for call in people.events(range(_CALLS), turn):
        timed += hammer(bridge.port, [call], 1)
        time.sleep(_PAUSE)
    return timed
