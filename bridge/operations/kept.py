"""What a webhook kept while it only listened, once somebody decides: all of it is sent, oldest first, or left out."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.hooks.revisions import By
from bridge.inbox import captured
from bridge.operations import several
from bridge.operations.several import Decide
from bridge.services import Services

MOST = 500
"""At once: somebody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Decided:
    """`done`: how many; `left`: how many are still kept; `why`: of one with which nothing could be done."""

    done: int
    left: int
    why: str | None


def send(services: Services, hook: str, by: Callable[[], By]) -> Decided:
    """Of a hook, by its id: they cross by its version of now, as if they came now."""
    return _each(services, hook, by, several.hand_of(services).release)


def leave_out(services: Services, hook: str, by: Callable[[], By]) -> Decided:
    return _each(services, hook, by, several.hand_of(services).skip)


def _each(services: Services, hook: str, by: Callable[[], By], decide: Decide) -> Decided:
    with services.store.read() as tx:
        waits = captured.waiting(tx, hook)
    every = [one for one in several.each(services, decide, waits[:MOST], by) if one.because_of is None]
    services.engine.sweep()
    refused = [str(one.refused) for one in every if one.refused is not None]
    done = len(every) - len(refused)
    return Decided(done, len(waits) - done, refused[-1] if refused else None)
