"""The try on a contact called Test: what of a Qomon account has to be known before one of its reads is trusted."""

from dataclasses import dataclass

from flask_babel import gettext as _

from bridge.errors import BridgeError, Gone
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.operations.release import NotDone
from bridge.qomon import account
from bridge.qomon.account import Stop
from bridge.qomon.profile import Learned, NotATest, NotPutBack, learn
from bridge.services import Services


@dataclass(frozen=True, slots=True)
class Tried:
    """`open`: lists of which it is still not proved what it means when a read lacks them. `stop`: what stops the
    account now."""

    learned: Learned
    open: frozenset[str]
    stop: Stop | None

    @property
    def why_open(self) -> str:
        return _(
            "Not proved: %(lists)s. Contacts whose read lacks them stay held. Put something there on the contact "
            "by hand, see whether Qomon's read shows it, and tell us.",
            lists=", ".join(sorted(self.open)),
        )


def attempt(services: Services, space: str, contact: int, by: By) -> Tried:
    """Write to the contact, put it back, and remember what that proved. Raises NotATest and NotDone before anything is
    written; NotPutBack; NotDone where it did not end.
    """
    if not services.settings.writing:
        raise NotDone(_("WRITING=off: nothing is written, and this would write."))
    visit = services.spaces[space].visit()
    try:
        catalogue = services.catalogues.current(space, visit, services.now())
        learned = learn(visit, contact, catalogue, services.settings.region)
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
        account.learn(tx, space, learned.omitted, learned.shown, services.now())
        audit.note(tx, services.vault, by, "probed", space, contact=contact)
    with services.store.read() as tx:
        return Tried(learned, learned.unproved - account.omitted(tx, space), account.stops(tx).get(space))
