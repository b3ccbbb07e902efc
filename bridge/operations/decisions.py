"""What can be decided of a held event, by the reason for which it is held: the same for commands and pages.

Each decision is one transaction; of many each is by itself, so that what cannot be done keeps back nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import Connection

from bridge.errors import Faults, TryLater
from bridge.hooks.revisions import By
from bridge.inbox import events
from bridge.model import Outcome
from bridge.operations.correct import Correcting
from bridge.operations.decide import Deciding
from bridge.operations.release import Decisions, NotDone
from bridge.operations.translate import Translating
from bridge.report.wording import sentence
from bridge.services import Services

Choice: TypeAlias = Literal[
    "same", "contact", "create", "put_right", "mapped", "once", "leave_out", "without_consent", "send", "only",
    "release", "look", "skip",
]  # fmt: skip

MEANS: Mapping[Choice, LazyString] = {
    "skip": lazy_gettext("Leave it out."),
    "release": lazy_gettext("Once that is put right in Qomon or in the webhook: try again."),
    "look": lazy_gettext("Look for it in Qomon again."),
    "send": lazy_gettext("Send it as it is: what is older than Qomon's only fills blanks."),
    "same": lazy_gettext("Same person: that name is not asked about again on this contact."),
    "contact": lazy_gettext("It is this contact's, by its Qomon number."),
    "create": lazy_gettext("Somebody new: a contact is created."),
    "put_right": lazy_gettext("Put an answer right, and send it."),
    "leave_out": lazy_gettext("That is not sent, the rest is."),
    "mapped": lazy_gettext("That choice is this one in Qomon, from now on."),
    "once": lazy_gettext("The same for this submission alone."),
    "without_consent": lazy_gettext("Send the rest, not the consent."),
    "only": lazy_gettext("Send only this field; --only may be repeated."),
}
_POSSIBLE: Mapping[str, Sequence[Choice]] = {
    "other_person": ("same", "create", "contact", "skip"),
    "several_contacts": ("contact", "create", "skip"),
    "missing_contact": ("create", "contact", "skip"),
    "contact_gone": ("contact", "create", "skip"),
    "no_identity": ("put_right", "contact", "skip"),
    "maybe_created": ("look", "contact", "skip"),
    "unknown_choice": ("once", "mapped", "leave_out", "release", "skip"),
    "unknown_field": ("leave_out", "release", "skip"),
    "do_not_contact": ("without_consent", "release", "skip"),
    "edited_since": ("send", "only", "skip"),
    "refused_by_qomon": ("put_right", "release", "skip"),
    "address_moved": ("send", "skip"),
    "approval": ("send", "skip"),
    "breaker": ("send", "skip"),
    "from_backup": ("send", "skip"),
}
"""What is held for another reason can be put right elsewhere and released, or left out."""


def possible(reason: str | None) -> Sequence[Choice]:
    return _POSSIBLE.get(reason or "", ("release", "skip"))


@dataclass(frozen=True, slots=True)
class Done:
    """`after`: what it is now, None where nothing was done, and `why`."""

    event: str
    after: str | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Deciders:
    """Raises NotDone, TryLater and Faults."""

    services: Services
    deciding: Deciding

    @classmethod
    def of(cls, services: Services) -> "Deciders":
        hand = Decisions(services.vault, services.hooks, services.settings.writing)
        return cls(services, Deciding(services.context, hand))

    def decide(self, choice: str, value: Any, event: str, by: By) -> str:
        """What it is after that. `value`: a contact's number, a choice or question, both sides of a translation, or
        names of fields, as the decision needs it."""
        deciding = self.deciding
        if choice == "contact":
            return deciding.onto(event, value, by)
        if choice == "leave_out":
            return Correcting(deciding).leave_out(event, value, by)
        if choice == "once":
            what, to = value
            return Translating(deciding).once(event, what, to, by)
        if choice == "only":
            return deciding.only(event, value, by)
        by_name: dict[str, Callable[[str, By], str]] = {
            "same": deciding.same,
            "create": deciding.create,
            "without_consent": deciding.without_consent,
            "skip": self._skip,
        }
        return by_name.get(choice, self._send)(event, by)

    def one(self, decide: Callable[[str, By], str], event: str, by: By, *, sends: bool = False) -> list[Done]:
        """What became of it, first, and of what is held because of this one and of nothing else: that goes with it.
        `sends`: also what is held because its webhook stopped by itself; whoever sends one has decided about all."""
        hand = self.deciding.hand
        with self.services.store.read() as tx:
            others = [*hand.behind(tx, event), *(hand.stopped_with(tx, event) if sends else ())]
        done = [Done(event, decide(event, by))]
        for other in others:
            with suppress(NotDone, Faults), self.services.store.write() as tx:
                done.append(Done(other, hand.release(tx, other, by)))
        return done

    def each(self, choice: str, value: Any, ids: Sequence[str], by: By) -> list[Done]:
        """Of all of these, each by itself; then whoever crosses is told."""
        done, sends = list[Done](), choice == "send"
        for id_ in dict.fromkeys(ids):
            if any(one.event == id_ for one in done):
                continue  # it went with another one
            try:
                done += self.one(partial(self.decide, choice, value), id_, by, sends=sends)
            except (NotDone, Faults, TryLater) as refusal:
                done.append(Done(id_, None, sentence(refusal)))
        self.services.engine.sweep()
        return done

    def _skip(self, event: str, by: By) -> str:
        with self.services.store.write() as tx:
            return self.deciding.hand.skip(tx, event, by)

    def _send(self, event: str, by: By) -> str:
        """What was given up after days of tries is tried again."""
        hand = self.deciding.hand
        with self.services.store.write() as tx:
            return hand.retry(tx, event, by) if _given_up(tx, event) else hand.release(tx, event, by)


def _given_up(tx: Connection, event: str) -> bool:
    row = events.find_event(tx, event)
    return row is not None and row.outcome is Outcome.FAILED
