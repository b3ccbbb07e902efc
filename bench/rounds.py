"""One round of a measure, and the middle of several: what a busy moment of the machine does not change."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from bench.load import Call, hammer
from bench.process import Process


@dataclass(frozen=True, slots=True)
class Round:
    """`slowest`: p99 in ms. `cpu` of the server and `load` of the caller: ms of processor time for a call."""

    per_second: float
    slowest: float
    cpu: float
    load: float

    @classmethod
    def of(cls, server: Process, calls: Sequence[Call], at_once: int) -> Self:
        before = server.cpu()
        timed = hammer(server.port, calls, at_once)
        spent = server.cpu() - before
        each = 1000 / len(calls)
        return cls(timed.per_second, timed.quantile(0.99), spent * each, timed.spent * each)


def middle(measured: Iterable[float]) -> float:
    return statistics.median(measured)
