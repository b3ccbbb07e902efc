"""`make bench`: every measure once, in this order, and one table. BENCH_FULL=1 for a million finished events."""

import os
import shutil
import sys
import time

from bench import accepting, clocked, crossing, finished, flat, looking, micro, people, retention, waiting
from bench.load import hammer
from bench.process import ROOT, Process
from bench.rounds import Round, middle
from bench.scene import LATENCY, Scene, Store
from bench.table import Line, at_least, at_most, printed

_FOLDER = ROOT / "data" / "bench"
_ROUNDS, _CALLERS = 5, 8
_FEWER, _DRAINS = 150, 3
_LIST = 1000
_FINISHED = 1_000_000 if os.environ.get("BENCH_FULL") == "1" else 100_000
_ERASED = 1_000_000 if os.environ.get("BENCH_FULL") == "1" else 10_000
_WITHIN = 0.8
_LONG = 50_000 if os.environ.get("BENCH_FULL") == "1" else 5_000
_WAITING = 2_000
_JOB = 1_000


def main() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    scene = Scene(_FOLDER)
    lines: list[Line] = []
    began = time.monotonic()
    try:
        scene.move_in(range(crossing.PEOPLE))
        scene.switch(latency_ms=LATENCY)
        steps = (
            *(
                start,
                accepting.accept,
                list_of_many,
                crossing.cross,
                one_event,
                backlog,
                quota,
                live,
                put_right,
                retries,
                long,
            ),
            *(with_many, erased),
        )
        for step in steps:
            lines += step(scene)
            print(f"{time.monotonic() - began:4.0f} s  {lines[-1].what}", file=sys.stderr, flush=True)
    finally:
        scene.end()
    print(f"sandbox latency {LATENCY} ms, {os.cpu_count()} cores, {time.monotonic() - began:.0f} s in all\n")
    print(printed(lines))
    shutil.rmtree(_FOLDER)


def start(scene: Scene) -> list[Line]:
    store = scene.store("start")
    with scene.serve("app:app", store) as bridge:
        return [at_most("ready: start to /health 200", bridge.ready, 1.0, "s")]


def list_of_many(scene: Scene) -> list[Line]:
    """Of as many people; and of one, whose events all wait in one lane. The slowest of all counts."""
    with scene.serve("bench.fast:app", scene.store("list"), WRITING="off") as bridge:
        took = [
            hammer(bridge.port, [people.listed(numbers, turn)], 1).seconds
            for turn in range(3)
            for numbers in (range(_LIST), [turn] * _LIST)
        ]
    return [at_most(f"a list of {_LIST:,} records accepted", max(took), 3, "s")]


def one_event(scene: Scene) -> list[Line]:
    read = scene.read(people.FIRST)
    spent = micro.milliseconds(scene.store("micro"), read)
    return [at_most("processor time to read, map, merge and report 12 answers", spent, 2, "ms")]


def backlog(scene: Scene) -> list[Line]:
    """Many events of few people: what folding saves."""
    store = scene.store("backlog")
    few = range(10)
    with scene.serve("bench.fast:app", store, WRITING="off") as bridge:
        for turn in range(100):
            hammer(bridge.port, people.events(few, turn), 8)
    seen = len(scene.calls())
    began = time.monotonic()
    with scene.serve("bench.fast:app", store):
        store.drained()
        seconds = time.monotonic() - began
    tokens = sum(call["cost"] for call in scene.calls()[seen:])
    return [
        at_most("tokens for 1,000 events over 10 contacts", tokens, 80, "tokens", "6000 one by one"),
        Line("their drain", f"{seconds:.1f} s"),
    ]


def quota(scene: Scene) -> list[Line]:
    drained = clocked.drain(scene.folder, 1000)
    return [
        at_least("quota used, 1,000 contacts at 100 and 10/s", drained.share * 100, 100, 0.95, "%"),
        at_most("answers 429 meanwhile", drained.refused, 0.5, "calls", f"{drained.seconds:.0f} s simulated"),
    ]


def live(scene: Scene) -> list[Line]:
    known, strangers = (clocked.live(scene.folder, _WAITING, 20, known=known) for known in (True, False))
    return [
        at_most(
            f"20 that just came behind {_WAITING:,} that wait: the last is written after",
            known.longest,
            15,
            "s",
            f"{strangers.longest:.0f} s when each is searched for",
        ),
        Line("written meanwhile of those that wait", f"{known.backlog}", f"{strangers.backlog}"),
    ]


def put_right(scene: Scene) -> list[Line]:
    """In one job at the real quota, stopped half-way for two minutes; one person comes each half a minute."""
    lines = list[Line]()
    for name, done in clocked.put_right(scene.folder, _JOB).items():
        ends = ", ".join(f"{many} {outcome}" for outcome, many in sorted(done.outcomes.items()))
        lines += [
            at_most(f"{_JOB:,} {name}: answers 429", done.refused, 0.5, "calls", f"{done.seconds:.0f} s simulated"),
            at_most(f"{_JOB:,} {name}: who came meanwhile waited at most", done.longest, 15, "s", ends),
        ]
    return lines


def retries(scene: Scene) -> list[Line]:
    """At a bucket that others keep empty: what they cost while they wait."""
    waited = waiting.retries(scene, 400)
    return [
        at_most("400 retries at an empty bucket: processor", waited.processor * 100, 2, "% of a core"),
        at_most("400 retries at an empty bucket: written", waited.written / 1000, 10, "kB/s"),
    ]


def long(scene: Scene) -> list[Line]:
    early, late = flat.over(scene, _LONG)
    return [
        at_most(f"memory after {_LONG:,} events / after a fifth of them", late.memory / early.memory, 1.1, "", ""),
        at_most("open files, the same", late.files / early.files, 1.1, "", f"{late.files} files"),
    ]


def with_many(scene: Scene) -> list[Line]:
    """The same in a new store and in one where much has happened: rounds in turn, the middle one counts."""
    new, old = stores = [scene.store("empty"), scene.store("full")]
    with scene.serve("bench.fast:app", old) as bridge:
        hammer(bridge.port, people.events(range(1), 0), 1)
        old.drained()
    finished.fill(old.path, _FINISHED)
    with (
        scene.serve("bench.fast:app", new, WRITING="off") as one,
        scene.serve("bench.fast:app", old, WRITING="off") as other,
    ):
        rounds = [[_round(bridge, turn) for bridge in (one, other)] for turn in range(_ROUNDS + 1)][1:]
    rates = [middle(round_.per_second for round_ in taken) for taken in zip(*rounds, strict=True)]
    for store in stores:
        _drained(scene, store)
    seconds = [[_again(scene, store, turn) for store in stores] for turn in range(_DRAINS)]
    drains = [_FEWER / middle(taken) for taken in zip(*seconds, strict=True)]
    named = f"with {_FINISHED:,} finished events / with none"
    took = looking.pages(scene, old)
    slowest = max(took, key=lambda name: took[name])
    return [
        at_least(f"accept, {named}", rates[1], rates[0], _WITHIN, "/s"),
        at_least(f"drain, {named}", drains[1], drains[0], _WITHIN, "/s"),
        at_most(
            f"the slowest page with {_FINISHED:,} events, whole", took[slowest], 150, "ms", f"{slowest}, of {len(took)}"
        ),
    ]


def erased(scene: Scene) -> list[Line]:
    return retention.measure(scene, _ERASED)


def _round(bridge: Process, turn: int) -> Round:
    """Of people who are in Qomon, two events each."""
    said = (people.events(range(_FEWER), number) for number in (2 * turn, 2 * turn + 1))
    return Round.of(bridge, [call for calls in said for call in calls], _CALLERS)


def _again(scene: Scene, store: Store, turn: int) -> float:
    with scene.serve("bench.fast:app", store, WRITING="off") as bridge:
        hammer(bridge.port, people.events(range(_FEWER), 100 + turn), _CALLERS)
    return _drained(scene, store)


def _drained(scene: Scene, store: Store) -> float:
    with scene.serve("bench.fast:app", store):
        return store.drained()


if __name__ == "__main__":
    main()
