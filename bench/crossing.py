"""Synchronous crossings, alone and many at once, beside a bridge that one writes by hand: rounds in turn, on people of
their own, because the hand-written one leaves poorer contacts behind. The middle round counts.
"""

import sys
from collections import Counter
from dataclasses import dataclass

from bench import people
from bench.load import Call, Timed, hammer
from bench.process import Process
from bench.rounds import middle
from bench.scene import Scene, Store
from bench.table import Line, at_least, at_most
from bridge.qomon.sandbox import TOKEN

PEOPLE = 200
_ROUNDS, _ALONE, _TOGETHER = 5, 20, 32
_OTHERS = 10_000
_KEY = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class _Alone:
    """The half of the calls was answered within these milliseconds; `calls`: what Qomon took for them."""

    ours: float
    by_hand: float
    calls: float
    asked: Counter[str]


@dataclass(frozen=True, slots=True)
class _Together:
    """Events a second; the milliseconds within which half of our callers were answered; and the seconds of processor
    time that a thousand of these events take."""

    ours: float
    by_hand: float
    answered: float
    spent: float
    spent_by_hand: float


def cross(scene: Scene) -> list[Line]:
    """Everybody once, found by search; then again and again, as contacts that are known."""
    store = scene.store("cross")
    with scene.serve("bench.fast:app", store) as bridge, scene.serve("bench.direct:app", store) as by_hand:
        before = bridge.cpu()
        accepted = hammer(bridge.port, people.events(range(PEOPLE), 1), 8)
        seconds = accepted.seconds + store.drained()
        spent = (bridge.cpu() - before) / PEOPLE * 1000
        alone = [_alone(scene, bridge, by_hand, turn) for turn in range(2, 2 + _ROUNDS)]
        together = [_together(scene, store, bridge, by_hand, turn) for turn in range(20, 20 + _ROUNDS)]
        memory = bridge.memory()
    print(store.outcomes(), file=sys.stderr)
    over, floor = middle(one.ours - one.calls for one in alone), middle(one.by_hand - one.calls for one in alone)
    p50 = f"p50 {middle(one.ours for one in alone):.1f} ms"
    known, known_by_hand = middle(one.spent for one in together), middle(one.spent_by_hand for one in together)
    rate, direct = middle(one.ours for one in together), middle(one.by_hand for one in together)
    return [
        Line("the calls of one event, by themselves", f"{middle(one.calls for one in alone):.1f} ms", _shown(alone)),
        Line("hand-written bridge, 1 at once, p50 above its calls", f"{floor:.1f} ms"),
        at_most("synchronous, 1 at once, p50 above its calls", over, 12, "ms", p50),
        at_least("synchronous, 32 at once / hand-written bridge without store", rate, direct, 0.6, "/s"),
        Line("synchronous, 32 at once, p50 until answered", f"{middle(one.answered for one in together):.0f} ms"),
        Line("accept and drain of people not known yet", f"{PEOPLE / seconds:.0f} /s"),
        at_most("processor time, accept to report, 1,000 events", spent, 3, "s"),
        Line("the same of people known already, 32 at once", f"{known:.1f} s", f"{known_by_hand:.1f} s by hand"),
        at_most("memory of the web process", memory, 120, "MB"),
    ]


def _alone(scene: Scene, bridge: Process, by_hand: Process, turn: int) -> _Alone:
    others = _move_in(scene, turn, _ALONE)
    seen = len(scene.calls())
    ours = hammer(bridge.port, people.events(range(1, 1 + _ALONE), turn, wait="10s"), 1)
    asked = Counter(call["method"] for call in scene.calls()[seen:])
    calls = sum(asked[method] / _ALONE * _answer(scene, method).quantile(0.5) for method in ("GET", "PATCH"))
    direct = hammer(by_hand.port, people.calls(others, turn), 1)
    return _Alone(ours.quantile(0.5), direct.quantile(0.5), calls, asked)


def _together(scene: Scene, store: Store, bridge: Process, by_hand: Process, turn: int) -> _Together:
    others = _move_in(scene, turn, PEOPLE)
    before = bridge.cpu(), by_hand.cpu()
    waited = hammer(bridge.port, people.events(range(PEOPLE), turn, wait="10s"), _TOGETHER)
    ours = PEOPLE / (waited.seconds + store.drained())
    direct = hammer(by_hand.port, people.calls(others, turn), _TOGETHER)
    spent = [(server.cpu() - was) / PEOPLE * 1000 for server, was in zip((bridge, by_hand), before, strict=True)]
    return _Together(ours, direct.per_second, waited.quantile(0.5), *spent)


def _move_in(scene: Scene, turn: int, many: int) -> range:
    """People of this round alone."""
    others = range(_OTHERS * turn, _OTHERS * turn + many)
    scene.move_in(others)
    return others


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
