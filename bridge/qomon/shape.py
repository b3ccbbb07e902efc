"""Which keys Qomon shows of a contact: another shape than on the test contact means that what was learned there may not
hold any more.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Shape(NamedTuple):
    """Keys of every read, and those of any."""

    every: frozenset[str]
    some: frozenset[str]

    def new(self, before: "Shape") -> frozenset[str]:
        """Keys that no read had before, of which nobody knows whether they may be left out of a write."""
        return self.some - before.some

    def gone(self, before: "Shape") -> frozenset[str]:
        """Keys that every read had before, empty ones too, and that one lacks: what is not shown would be erased."""
        return before.every - self.every


def seen_in(reads: Iterable[Mapping[str, Any]], before: Shape | None = None) -> Shape | None:
    """None: nothing was read."""
    shape = before
    for read in reads:
        keys = frozenset(read)
        shape = Shape(keys, keys) if shape is None else Shape(shape.every & keys, shape.some | keys)
    return shape
