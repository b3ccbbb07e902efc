"""Synchronous crossings, alone and many at once, beside a bridge that one writes by hand: a signed call of Typeform
with twelve answers, of a person whose contact it names. Rounds in turn, on people of their own; the middle counts.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import people, typeform
from bench.load import Call, Timed, hammer
from bench.process import Process
from bench.rounds import middle
from bench.scene import Scene, Store
from bench.table import Line, at_least, at_most
from bridge.qomon.sandbox import TOKEN

PEOPLE = 200
_ROUNDS, _ALONE = 5, 20
_OTHERS = 1_000
_KEY = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
_NEVER_THE_SAME = ("UpdatedAt", "lastchange", "created_at", "updated_at", "id")


@dataclass(frozen=True, slots=True)
class _Alone:
    """The half of the calls was answered within these milliseconds; `calls`: what Qomon took for them."""

    ours: float
    by_hand: float
    calls: float
    asked: Counter[str]


@dataclass(frozen=True, slots=True)
class _Together:
    """Events a second; our answers; and ms of processor time that one of these events takes."""

    ours: float
    by_hand: float
    answered: Timed
    spent: float
    spent_by_hand: float


def cross(scene: Scene) -> list[Line]:
    store = scene.store("cross")
    with scene.serve("bench.fast:app", store) as bridge, scene.serve("bench.direct:app", store) as by_hand:
        _same_body(scene, bridge, by_hand)
        _together(scene, store, bridge, by_hand, 1, 8)  # both have seen everything once
        alone = [_alone(scene, bridge, by_hand, turn) for turn in range(2, 2 + _ROUNDS)]
        eight, many = (
            [_together(scene, store, bridge, by_hand, turn + callers, callers) for turn in range(_ROUNDS)]
            for callers in (8, 32)
        )
        by_mail = [_spent(scene, store, bridge, 80 + turn, "mail") for turn in range(3)]
        new = [_spent(scene, store, bridge, 90 + turn, "new") for turn in range(3)]
        memory = bridge.memory()
    with (
        scene.serve("bench.fast:app", store, one_core=True) as bridge,
        scene.serve("bench.direct:app", store, one_core=True) as by_hand,
    ):
        _together(scene, store, bridge, by_hand, 70, 8)
        one_core = [_together(scene, store, bridge, by_hand, 71 + turn, 32) for turn in range(3)]
    print(store.outcomes(), file=sys.stderr)
    over, floor = middle(one.ours - one.calls for one in alone), middle(one.by_hand - one.calls for one in alone)
    p50 = f"p50 {middle(one.ours for one in alone):.1f} ms"
    by_hand_ms = middle(one.spent_by_hand for one in many)
    said = f"{by_hand_ms:.1f} ms by hand"
    return [
        Line("the calls of one event, by themselves", f"{middle(one.calls for one in alone):.1f} ms", _shown(alone)),
        Line("hand-written bridge, 1 at once, p50 above its calls", f"{floor:.1f} ms"),
        at_most("synchronous, 1 at once, p50 above its calls", over, 8, "ms", p50),
        at_least("synchronous, 8 at once / hand-written bridge", *_rates(eight), 0.6, "/s"),
        at_least("synchronous, 32 at once / hand-written bridge", *_rates(many), 0.5, "/s"),
        at_most("synchronous, 32 at once, p95", middle(one.answered.quantile(0.95) for one in many), 400, "ms"),
        at_most("processor time of one event, by id", middle(one.spent for one in many), 2 * by_hand_ms, "ms", said),
        at_most("the same, found by mail", middle(by_mail), 3 * by_hand_ms, "ms", said),
        at_most("the same, somebody new", middle(new), 3 * by_hand_ms, "ms", said),
        at_least("both on one core, 32 at once / hand-written bridge", *_rates(one_core), 0.5, "/s"),
        at_most("the same, p95", middle(one.answered.quantile(0.95) for one in one_core), 400, "ms"),
        _on_one_core(one_core),
        at_most("memory of the web process", memory, 120, "MB"),
    ]


def _on_one_core(rounds: Sequence[_Together]) -> Line:
    by_hand = middle(one.spent_by_hand for one in rounds)
    said = f"{by_hand:.1f} ms by hand"
    return at_most(
        "the same, processor time of one event", middle(one.spent for one in rounds), 2 * by_hand, "ms", said
    )


def _same_body(scene: Scene, bridge: Process, by_hand: Process) -> None:
    """The floor is only one if it does the same: both leave the same contact behind."""
    left = list[Any]()
    for server, calls in (
        (bridge, typeform.events(range(1), 1, wait="10s")),
        (by_hand, typeform.calls(range(1), 1)),
    ):
        scene.move_in(range(1))
        hammer(server.port, calls, 1)
        left.append(_lasting(scene.read(people.FIRST)))
    if left[0] != left[1]:
        differ = {name for name in left[0].keys() | left[1].keys() if left[0].get(name) != left[1].get(name)}
        raise SystemExit(f"the bridge written by hand does not write the same: {sorted(differ)}")


def _lasting(value: Any) -> Any:
    """Without what Qomon numbers and dates by itself; the order of entries says nothing."""
    if isinstance(value, dict):
        return {name: _lasting(one) for name, one in value.items() if name not in _NEVER_THE_SAME}
    return sorted(map(_lasting, value), key=repr) if isinstance(value, list) else value


def _alone(scene: Scene, bridge: Process, by_hand: Process, turn: int) -> _Alone:
    mine, others = _move_in(scene, turn, _ALONE)
    seen = len(scene.calls())
    ours = hammer(bridge.port, typeform.events(mine, turn, wait="10s"), 1)
    asked = Counter(call["method"] for call in scene.calls()[seen:])
    calls = sum(asked[method] / _ALONE * _answer(scene, method).quantile(0.5) for method in ("GET", "PATCH"))
    direct = hammer(by_hand.port, typeform.calls(others, turn), 1)
    return _Alone(ours.quantile(0.5), direct.quantile(0.5), calls, asked)


def _together(scene: Scene, store: Store, bridge: Process, by_hand: Process, turn: int, callers: int) -> _Together:
    mine, others = _move_in(scene, turn, PEOPLE)
    before = bridge.cpu(), by_hand.cpu()
    answered = hammer(bridge.port, typeform.events(mine, turn, wait="10s"), callers)
    ours = PEOPLE / (answered.seconds + store.drained())
    direct = hammer(by_hand.port, typeform.calls(others, turn), callers)
    spent = [(server.cpu() - was) / PEOPLE * 1000 for server, was in zip((bridge, by_hand), before, strict=True)]
    return _Together(ours, direct.per_second, answered, *spent)


def _spent(scene: Scene, store: Store, bridge: Process, turn: int, by: typeform.By) -> float:
    """Ms of processor time of one event, from its call to its report. Nobody of these was written before."""
    mine = _move_in(scene, turn, PEOPLE)[0] if by != "new" else range(turn * _OTHERS, turn * _OTHERS + PEOPLE)
    before = bridge.cpu()
    hammer(bridge.port, typeform.events(mine, turn, by=by, wait="10s"), 8)
    store.drained()
    return (bridge.cpu() - before) / PEOPLE * 1000


def _move_in(scene: Scene, turn: int, many: int) -> tuple[range, range]:
    """People of this round alone, for us and for the other."""
    first = _OTHERS * turn
    everybody = range(first, first + 2 * many)
    scene.move_in(everybody)
    return everybody[:many], everybody[many:]


def _rates(rounds: Sequence[_Together]) -> tuple[float, float]:
    return middle(one.ours for one in rounds), middle(one.by_hand for one in rounds)


def _answer(scene: Scene, method: str) -> Timed:
    """How long the sandbox takes for such a call, asked by the bench."""
    path = f"/contacts/{people.FIRST}"
    body = b'{"data": {"contact": {"firstname": "Camille"}}}' if method == "PATCH" else b""
    answers = hammer(scene.qomon.port, [Call(method, path, body, _KEY)] * _ALONE, 1)
    scene.move_in(range(1))
    return answers


def _shown(alone: list[_Alone]) -> str:
    asked = sum((one.asked for one in alone), Counter[str]())
    return ", ".join(f"{number / _ALONE / len(alone):g} {method}" for method, number in sorted(asked.items()))
