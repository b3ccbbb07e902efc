"""`flask doctor`: what the bridge knows of a Qomon account, and what it must learn there before it may trust a read."""

import click
from flask_babel import gettext as _

from bridge.commands.command import SPACE, Refused, command
from bridge.commands.opened import space_of
from bridge.errors import BridgeError, Gone
from bridge.qomon import account
from bridge.qomon.profile import Learned, NotATest, NotPutBack, learn
from bridge.report.wording import stopped
from bridge.services import Services


@command("doctor")
@click.option("--probe", "contact", type=int, metavar="CONTACT", help="Try on this contact, called Test, and learn.")
@SPACE
def doctor_command(services: Services, *, contact: int | None, space: str) -> None:
    """Say what is known of a Qomon account; with --probe, learn whether its reads leave empty lists out.

    Until that is proved, a contact whose read lacks a list is held, because writing it might erase the list. Make a
    contact named Test Pont in Qomon and give its number: a tag, a note and two answers are put on it and taken away
    again. A tag's name may stay in Qomon's list of tags.

    \b
    Example:
      flask doctor --probe 9000017
    """
    space_of(space)
    learned = _learned(services, space, contact) if contact is not None else None
    with services.store.read() as tx:
        stop, omitted = account.stops(tx).get(space), account.omitted(tx, space)
    if stop is not None:
        click.echo(stopped(space, stop.reason, stop.since))
    lists = ", ".join(sorted(omitted)) or _("none known")
    click.echo(_("%(space)s: lists that a read leaves out when they are empty: %(lists)s.", space=space, lists=lists))
    if learned is not None and learned.unproved - omitted:
        raise Refused(
            _(
                "Not proved: %(lists)s. Contacts whose read lacks them stay held. Put something there on the contact "
                "by hand, see whether Qomon's read shows it, and tell us.",
                lists=", ".join(sorted(learned.unproved - omitted)),
            )
        )


def _learned(services: Services, space: str, contact: int) -> Learned:
    if not services.settings.writing:
        raise Refused(_("WRITING=off: nothing is written, and this would write."))
    visit = space_of(space).visit()
    try:
        catalogue = services.catalogues.current(space, visit, services.now())
        learned = learn(visit, contact, catalogue, services.settings.region)
    except (NotATest, NotPutBack, Gone):
        raise
    except BridgeError as failure:
        raise Refused(
            _(
                "It did not end (%(failure)s), and nothing was learned. Look at contact %(contact)s in Qomon, then try "
                "again.",
                failure=failure,
                contact=contact,
            )
        ) from None
    with services.store.write() as tx:
        account.learn(tx, space, learned.omitted, learned.shown)
    return learned
