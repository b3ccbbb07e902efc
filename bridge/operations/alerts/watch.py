"""All that is so now and that somebody should know, read from the store by its indices."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from bridge.operations.alerts import watch_calls, watch_keeping, watch_writing
from bridge.operations.alerts.kinds import Facts, Found
from bridge.operations.alerts.preferences import Preferences
from bridge.operations.alerts.watch_calls import Memory
from bridge.services import Services


def everything(
    tx: Connection, services: Services, chosen: Preferences, memory: Memory, known: Mapping[str, Facts]
) -> Iterator[Found]:
    """`known`: what was found before, by cause."""
    now = services.now()
    yield from watch_writing.qomon(tx, services)
    yield from watch_writing.stopped_hooks(tx, services)
    yield from watch_writing.to_decide(tx, services)
    if chosen.reminder:
        yield from watch_writing.reminder(tx, services, now)
    yield from watch_writing.to_be_erased(tx, services, now)
    yield from watch_calls.refused_calls(tx, services)
    yield from watch_calls.silence(tx, services, chosen, memory, now)
    yield from watch_calls.drift(tx, services, memory, now)
    yield from watch_calls.stopped(tx, services, now)
    yield from watch_keeping.store(tx, services, now)
    yield from watch_keeping.told_nowhere(tx, services)
    yield from watch_keeping.people(tx, services, now)
    if chosen.weekly:
        yield from watch_keeping.weekly(tx, services, now, known)
