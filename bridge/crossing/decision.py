"""What a person said of one event: whose it is, and what its answers mean. Sealed beside it; the crossing obeys it.

A version that does not know it judges the event as if nobody had said anything, and holds it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, cast

from bridge.hooks.revisions import By
from bridge.mapping.amend import Amendments
from bridge.model import Change, Event, Json, Value
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal


@dataclass(frozen=True, slots=True)
class Amendment:
    """What counts in the place of one answer, None for nothing; what was said stays beside it."""

    label: str
    value: Value
    original: Value
    by: By
    confirmed: bool = False
    """The person themselves told whoever wrote it down: a consent may be put right no other way."""

    def plain(self) -> dict[str, Json]:
        said: dict[str, Json] = {"label": self.label, "value": _json(self.value), "original": _json(self.original)}
        return {**said, **_plain(self.by), "confirmed": self.confirmed}


@dataclass(frozen=True, slots=True)
class Decision:
    """`contact`: whose it is, in the account `space`. `create`: a new contact's, whoever of `others` has the address.
    `answers`: by key, what counts in their place. `without_consent`: no consent that it gives crosses. `only`: nothing
    else than these fields, by their names for people, and what it takes back. `came`: what the tool sent, where nobody
    could read that and a person wrote it anew.
    """

    contact: int | None = None
    create: bool = False
    others: tuple[int, ...] = ()
    answers: Mapping[str, Amendment] = field(default_factory=dict[str, Amendment])
    without_consent: bool = False
    only: tuple[str, ...] | None = None
    by: By | None = None
    space: str | None = None
    came: Json = None

    @property
    def values(self) -> Amendments:
        return {key: one.value for key, one in self.answers.items()}

    @property
    def decides(self) -> bool:
        """Whether it says whose the event is."""
        return self.contact is not None or self.create

    @property
    def confirmed(self) -> list[Amendment]:
        """What the person themselves told us to put right."""
        return [one for one in self.answers.values() if one.confirmed]

    def told(self) -> dict[str, Json]:
        """For the event's report (`report.mapped`): which answers are not as they were given."""
        if not self.answers:
            return {}
        corrected: dict[str, Json] = {
            key: {
                "label": one.label,
                "original": _json(one.original),
                "corrected_by": one.by.who,
                "why": one.by.why,
            }
            for key, one in self.answers.items()
        }
        return {"corrected": corrected}

    def within(self, space: str) -> Self:
        """The same for an event whose hook leads into this account: a contact's number means nothing in another one."""
        if not self.decides or self.space == space:
            return self
        return replace(self, contact=None, create=False, others=())

    def leads_to(self, contact: int) -> bool | None:
        """Whether it is this contact's because somebody said so; None: that is judged as of every event."""
        if self.contact is not None:
            return self.contact == contact
        return False if self.create and contact in self.others else None

    def lets(self, change: Change) -> bool:
        """Whether this may cross: what takes back always."""
        if change.withdraws:
            return True
        named = self.only is None or bool({change.target.name, change.target.field} & {*self.only})
        return named and not (self.without_consent and change.grants)

    def plain(self) -> dict[str, Json]:
        """For the vault; `read` reads it back."""
        answers: dict[str, Json] = {key: one.plain() for key, one in self.answers.items()}
        only: list[Json] | None = None if self.only is None else [*self.only]
        whose: dict[str, Json] = {
            "contact": self.contact,
            "create": self.create,
            "others": [*self.others],
            "space": self.space,
        }
        by = _plain(self.by) if self.by else {}
        kept: dict[str, Json] = {"answers": answers, "without_consent": self.without_consent, "only": only}
        return {**whose, **kept, "came": self.came, **by}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """Raises LookupError, TypeError and ValueError for what is none."""
        answers = {key: _amendment(one) for key, one in said["answers"].items()}
        only = None if said["only"] is None else tuple(said["only"])
        by = _by(said) if "at" in said else None
        whose = (said["contact"], said["create"], tuple(said["others"]))
        return cls(*whose, answers, said["without_consent"], only, by, said["space"], said["came"])


NOTHING = Decision()


def decision_within(vault: Vault, event: Event) -> Decision | None:
    """What was decided of the event, if anything; None where that does not open."""
    if event.decision is None:
        return NOTHING
    try:
        return Decision.read(cast("dict[str, Any]", vault.unseal(event.decision))).within(event.space)
    except (BrokenSeal, LookupError, TypeError, ValueError, AttributeError):
        return None


def _amendment(said: Mapping[str, Any]) -> Amendment:
    value, original = (tuple(one) if isinstance(one, list) else one for one in (said["value"], said["original"]))
    return Amendment(said["label"], value, original, _by(said), said["confirmed"])


def _json(value: Value) -> Json:
    return cast("Json", [*value] if isinstance(value, tuple) else value)


def _plain(by: By) -> dict[str, Json]:
    return {"at": normal.epoch_ms(by.at), "who": by.who, "why": by.why}


def _by(said: Mapping[str, Any]) -> By:
    return By(normal.from_epoch_ms(said["at"]), said["who"], said["why"])
