"""What a webhook kept while it only listened, once somebody decides: all of it is sent, oldest first, or left out."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bridge.errors import Faults
from bridge.hooks.revisions import By
from bridge.inbox import captured
from bridge.operations.release import Decisions, NotDone
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
    return _each(services, hook, by, _hand(services).release)


def leave_out(services: Services, hook: str, by: Callable[[], By]) -> Decided:
    return _each(services, hook, by, _hand(services).skip)


def _hand(services: Services) -> Decisions:
    return Decisions(services.vault, services.hooks, services.settings.writing)


def _each(services: Services, hook: str, by: Callable[[], By], decide: Callable[[Connection, str, By], str]) -> Decided:
    """One transaction each: what cannot be done keeps back nothing else."""
    done, why = 0, None
    with services.store.read() as tx:
        waits = captured.waiting(tx, hook)
    for event in waits[:MOST]:
        try:
            with services.store.write() as tx:
                decide(tx, event, by())
            done += 1
        except (NotDone, Faults) as refusal:
            services.hooks.forget()
            why = str(refusal)
    services.engine.sweep()
    return Decided(done, len(waits) - done, why)
