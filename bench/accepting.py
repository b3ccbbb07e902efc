"""Accepting (`wait: 0`), beside a bare route that commits a row: while nothing crosses, while the engine crosses as
fast as it can, and while it crosses at Qomon's quota. Rounds in turn, on people of their own; the middle one counts.
"""

from bench import typeform
from bench.load import hammer
from bench.process import Process
from bench.rounds import Round, middle
from bench.scene import Scene
from bench.table import Line, at_least, at_most

_ROUNDS, _CALLS, _CALLERS = 5, 600, 8
_WARM = 150
PEOPLE = range(20_000, 20_000 + (_ROUNDS + 1) * _CALLS)
"""Who has to be in Qomon, so that there is something to cross."""


def accept(scene: Scene) -> list[Line]:
    """Nothing is drained meanwhile in the first; in the others what was accepted is."""
    scene.move_in(PEOPLE)
    quiet, full, paced = (scene.store(name) for name in ("accept", "accept-full", "accept-paced"))
    with scene.serve("bench.bare:app", quiet) as floor:
        with scene.serve("bench.fast:app", quiet, WRITING="off") as bridge:
            bare, alone = _beside(floor, bridge)
        with scene.serve("bench.fast:app", full) as bridge:
            rate, crossed = _beside(floor, bridge)[1], full.done()
        scene.switch(burst=100, rate=10)
        try:
            with scene.serve("app:app", paced) as bridge:
                at_quota = _beside(floor, bridge)[1]
        finally:
            scene.switch(burst=1e9, rate=1e9)
    lines = list[Line]()
    for when, rounds in (("", alone), (" while it crosses", rate), (" while it crosses at the quota", at_quota)):
        lines += [
            at_least(
                f"accept{when}, 8 at once / bare route that commits a row",
                middle(one.per_second for one in rounds),
                middle(one.per_second for one in bare),
                0.6,
                "/s",
            ),
            at_most(
                f"accept{when}, p99",
                middle(one.slowest for one in rounds),
                30,
                "ms",
                f"{middle(one.slowest for one in bare):.1f} ms",
            ),
        ]
    spent = f"{middle(one.cpu for one in bare):.2f} ms, the load {middle(one.load for one in alone):.2f} ms"
    lines.append(Line("processor time of one accept", f"{middle(one.cpu for one in alone):.2f} ms", spent))
    seconds = sum(_CALLS / one.per_second for one in rate)
    lines.append(Line("crossed meanwhile", f"{crossed / seconds:.0f} /s"))
    return lines


def _beside(floor: Process, bridge: Process) -> tuple[list[Round], list[Round]]:
    """Of the floor, and of the bridge."""
    hammer(floor.port, typeform.calls(PEOPLE[:_WARM], 0), _CALLERS)
    hammer(bridge.port, typeform.events(PEOPLE[:_WARM], 0), _CALLERS)
    rounds = [
        (
            Round.of(floor, typeform.calls(_others(turn), turn), _CALLERS),
            Round.of(bridge, typeform.events(_others(turn), turn), _CALLERS),
        )
        for turn in range(1, _ROUNDS + 1)
    ]
    bare, ours = zip(*rounds, strict=True)
    return [*bare], [*ours]


def _others(turn: int) -> range:
    """People of this round alone."""
    return PEOPLE[turn * _CALLS : (turn + 1) * _CALLS]
