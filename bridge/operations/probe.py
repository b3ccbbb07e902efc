"""The try on a contact called Test: what of a Qomon account has to be known before one of its reads is trusted, and all
else that it shows of what Qomon does, kept as the account's profile and held against docs/qomon.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from bridge.errors import BridgeError, Gone
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.operations.release import NotDone
from bridge.qomon import account, facts, trial
from bridge.qomon.account import Stop
from bridge.qomon.facts import Seen
from bridge.qomon.profile import Learned, learned
from bridge.qomon.trial import NotATest, NotPutBack
from bridge.services import Services


@dataclass(frozen=True, slots=True)
class Tried:
    """`open`: lists of which it is still not proved what it means when a read lacks them. `seen`: every fact, tried or
    not. `stop`: what stops the account now."""

    learned: Learned
    open: frozenset[str]
    seen: Sequence[Seen]
    stop: Stop | None

    @property
    def why_open(self) -> str:
        return _(
            "Not proved: %(lists)s. Contacts whose read lacks them stay held. Put something there on the contact "
            "by hand, see whether Qomon's read shows it, and tell us.",
            lists=", ".join(sorted(self.open)),
        )

    @property
    def known(self) -> dict[str, str]:
        """Codes by fact, as they are kept."""
        return {one.fact.key: one.code for one in self.seen if one.code is not None}


def attempt(services: Services, space: str, contact: int, by: By) -> Tried:
    """Write to the contact, put it back, and remember what that showed.

    Raises NotATest and NotDone before anything is written; NotPutBack; NotDone where it did not end.
    """
    if not services.settings.writing:
        raise NotDone(_("WRITING=off: nothing is written, and this would write."))
    visit = services.spaces[space].visit()
    try:
        catalogue = services.catalogues.current(space, visit, services.now())
        evidence = trial.run(visit, contact, catalogue, services.settings.region, services.wait)
        found = learned(evidence)
        tried = Tried(found, found.unproved, facts.seen(evidence), None)
    except (NotATest, NotPutBack, Gone):
        raise
    except BridgeError as failure:
        raise NotDone(
            _(
                "It did not end (%(failure)s), and nothing was learned. Look at contact %(contact)s in Qomon, then try "
                "again.",
                failure=failure,
                contact=contact,
            )
        ) from None
    with services.store.write() as tx:
        account.learn(tx, space, found.omitted, found.shown, services.now(), tried.known, evidence.shape)
        audit.note(tx, services.vault, by, "probed", space, contact=contact)
    services.spaces[space].shape = None  # what was read before is measured by what is known now
    with services.store.read() as tx:
        still = found.unproved - account.omitted(tx, space)
        return Tried(found, still, tried.seen, account.stops(tx).get(space))
