"""One decision about many submissions, each in a transaction: what cannot be done keeps back nothing else."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from bridge.errors import Faults
from bridge.hooks.revisions import By
from bridge.operations.release import Decisions, NotDone
from bridge.services import Services

Decide: TypeAlias = Callable[[Connection, str, By], str]
"""`release`, `retry` and `skip` of Decisions."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one of them is after that; or why nothing was done. `because_of`: the one that it was held with."""

    event: str
    outcome: str = ""
    refused: NotDone | Faults | None = None
    because_of: str | None = None


def hand_of(services: Services) -> Decisions:
    return Decisions(services.vault, services.hooks, services.settings.writing)


def each(services: Services, decide: Decide, events: Iterable[str], by: Callable[[], By]) -> Iterator[Done]:
    """What was held because of one of these, and of nothing else, is released with it. Whoever asked sweeps then."""
    hand = hand_of(services)
    for event in events:
        try:
            with services.store.write() as tx:
                behind, alike = hand.behind(tx, event), hand.stopped_with(tx, event)
                outcome = decide(tx, event, by())
                behind += alike if outcome != "skipped" else []
        except (NotDone, Faults) as refusal:
            yield Done(event, refused=refusal)
            continue
        yield Done(event, outcome)
        for other in behind:
            with suppress(NotDone, Faults):
                with services.store.write() as tx:
                    outcome = hand.release(tx, other, by())
                yield Done(other, outcome, because_of=event)
