"""Why something may not be written now: the one place that says so, for the door, the crossing and people's releases.

What comes waits (`waits`) while people or a setting say so, or the whole account is stopped. What is about to be
written is held (`Gate.why_not`) while its hook is stopped or its version is still to be agreed to, and where the person
must not be contacted; and it may stop its hook itself (`Gate.stops`).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bridge.crossing.opened import Opened
from bridge.hooks import brakes, breaker
from bridge.hooks.breaker import Free
from bridge.hooks.registry import Hook
from bridge.merge.merge import grants
from bridge.model import Change
from bridge.qomon import account
from bridge.qomon.contact import Body
from bridge.store.store import Store

log = logging.getLogger(__name__)


def waits(tx: Connection, hook: Hook, *, writing: bool) -> str | None:
    """Why nothing of this hook is written now, if so: a reason of the report. `writing`: the setting, which is stronger
    than all else; then people's pause, of the hook or of its account, then Qomon's trouble.
    """
    if hook.paused or not writing:
        return "paused"
    found = account.stop(tx, hook.space)
    return found.reason if found else None


def do_not_contact(body: Body, wanted: Sequence[Change]) -> bool:
    """Whether a consent would be given to somebody who is on the black list (docs/laws.md 7)."""
    return bool(body["black_list"] and grants(wanted))


@dataclass(slots=True)
class Gate:
    """What a run asks before it writes: a hook that stops by itself does so for the whole run."""

    store: Store
    now: Callable[[], datetime]
    once: bool = False
    """Of a dry run, whose transactions are taken back: what they stopped is not looked at again."""
    stopped: set[str] | None = field(default=None)

    def look(self, tx: Connection) -> None:
        """See which hooks have stopped by themselves, before anything is merged."""
        if self.stopped is None or not self.once:
            self.stopped = breaker.pulled(tx)

    def why_not(self, event: Opened) -> str | None:
        """Why a write of this event waits for somebody's yes, if so: its hook stopped, or too few writes of its version
        have been agreed to.
        """
        hook, decided = event.hook, event.stored.decided
        if self.stopped is None:
            with self.store.read() as tx:
                self.look(tx)
        if hook.id in (self.stopped or ()) and "breaker" not in decided:
            return "breaker"
        if not hook.approve or "approval" in decided:
            return None
        with self.store.read() as tx:
            return "approval" if brakes.agreed(tx, hook.id, hook.revision) < hook.approve else None

    def stops(
        self,
        tx: Connection,
        said: Sequence[tuple[Opened, Sequence[tuple[str, str]]]],
        contact: int,
        name: Callable[[str], str],
        finger: Callable[[str], str],  # not kept: the run that has it would hold itself, and all of its events
    ) -> bool:
        """Whether what is about to be written stops a hook: then nothing of it may be, and all is merged anew.

        `said`: of each event the free values that it changes; `contact` is negative for one not made yet. It is the
        first that the transaction does which says what will be sent.
        """
        counted = [(event, values) for event, values in said if values and "breaker" not in event.stored.decided]
        breaker.alone(tx, {event.hook.id for event, _ in counted})
        for event, values in counted:
            free = [
                Free(field_, name(field_), finger(f"written {field_}"), finger(f"{field_} {text}"))
                for field_, text in values
            ]
            cause = breaker.spreads(tx, event.hook.id, contact, free, self.now())
            if cause is not None:
                breaker.pull(tx, event.hook.id, cause, self.now())
                log.warning("hook stopped", extra={"hook": event.hook.name, "reason": cause.code})
                return True
        return False
