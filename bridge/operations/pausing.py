"""The brakes, pulled and let go by people: of Qomon accounts, or of one webhook.

Everything is received and kept meanwhile; a write in hand is finished.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bridge.errors import Faults
from bridge.hooks import brakes, breaker
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.operations.release import Decisions, NotDone
from bridge.qomon import account
from bridge.qomon.account import Stop
from bridge.services import Services
from bridge.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Resumed:
    """`was`: which of them were paused. `waited`: the submissions that were held because a webhook had stopped by
    itself, and are sent now. `stops`: the Qomon accounts in which still nothing is written."""

    was: Mapping[str, bool]
    waited: Sequence[str] = ()
    stops: Mapping[str, Stop] = field(default_factory=dict)


def pause(services: Services, vault: Vault | None, spaces: Iterable[str], by: By) -> dict[str, datetime]:
    """These Qomon accounts, and since when each is paused. Without the vault too: what is noted then says less."""
    with services.store.write() as tx:
        since = {}
        for one in spaces:
            audit.note(tx, vault, by, "paused", one)
            since[one] = account.pause(tx, one, by.at)
    return since


def pause_hook(services: Services, vault: Vault | None, hook: str, by: By) -> datetime:
    """One webhook by its id, and since when it is paused."""
    with services.store.write() as tx:
        audit.note(tx, vault, by, "paused", hook)
        return brakes.pause(tx, hook, by.at)


def resume(services: Services, spaces: Iterable[str], by: By) -> Resumed:
    """What waits in these Qomon accounts crosses, oldest first."""
    vault = services.vault  # it may have to write once: not within a transaction
    with services.store.write() as tx:
        was = {one: account.resume(tx, one) for one in spaces}
        for one in (one for one, paused in was.items() if paused):
            audit.note(tx, vault, by, "resumed", one)
        stops = account.stops(tx)
    services.engine.sweep()
    return Resumed(was, stops=stops)


def resume_hook(services: Services, hook: str, by: By) -> Resumed:
    """One webhook by its id. If it had stopped by itself, somebody looked and it is right: what it held is sent, and
    what stopped it is allowed for a day."""
    vault = services.vault
    with services.store.write() as tx:
        stopped_itself = breaker.let_go(tx, hook, by.at)
        waited = breaker.held(tx, hook)
        was = brakes.resume(tx, hook, by.at)
        if stopped_itself or was:
            audit.note(tx, vault, by, "resumed", hook)
        stops = account.stops(tx)
    hand = Decisions(vault, services.hooks, services.settings.writing)
    for event in waited:  # one cause, one decision
        with suppress(NotDone, Faults), services.store.write() as tx:
            hand.release(tx, event, by)
    services.engine.sweep()
    return Resumed({hook: was}, waited, stops)
