"""`flask doctor`: what the bridge knows of a Qomon account, and what it must learn there before it may trust a read."""

from typing import cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.errors import BridgeError, Gone
from bridge.qomon import account
from bridge.qomon.profile import Learned, NotATest, NotPutBack, learn
from bridge.report.wording import stopped
from bridge.services import Parts


@click.command("doctor")
@click.option("--probe", "contact", type=int, metavar="CONTACT", help="Try on this contact, called Test, and learn.")
@click.option("--space", default="default", show_default=True, help="Which Qomon account.")
@with_appcontext
def doctor_command(*, contact: int | None, space: str) -> None:
    """Say what is known of a Qomon account; with --probe, learn whether its reads leave empty lists out.

    Until that is proved, a contact whose read lacks a list is held, because writing it might erase the list. Make a
    contact named Test Pont in Qomon and give its number: a tag, a note and two answers are put on it and taken away
    again. A tag's name may stay in Qomon's list of tags.

    \b
    Example:
      flask doctor --probe 9000017
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    if parts.faults:
        raise click.ClickException("\n".join(parts.faults))
    if space not in parts.spaces:
        raise click.ClickException(f"No Qomon account is called {space}. Known: {', '.join(parts.spaces)}.")
    learned = _learned(parts, space, contact) if contact is not None else None
    with parts.store.read() as tx:
        stop, omitted = account.stops(tx).get(space), account.omitted(tx, space)
    if stop is not None:
        click.echo(stopped(space, stop.reason, stop.since))
    click.echo(
        f"{space}: lists that a read leaves out when they are empty: {', '.join(sorted(omitted)) or 'none known'}."
    )
    if learned is not None and learned.unproved - omitted:
        lists = ", ".join(sorted(learned.unproved - omitted))
        raise click.ClickException(
            f"Not proved: {lists}. Contacts whose read lacks them stay held. Put something there on the contact by "
            "hand, see whether Qomon's read shows it, and tell us."
        )


def _learned(parts: Parts, space: str, contact: int) -> Learned:
    if not parts.settings.writing:
        raise click.ClickException("WRITING=off: nothing is written, and this would write.")
    visit = parts.spaces[space].visit()
    try:
        catalogue = parts.catalogues.current(space, visit, parts.now())
        learned = learn(visit, contact, catalogue, parts.settings.region)
    except (NotATest, NotPutBack, Gone) as failure:
        raise click.ClickException(str(failure)) from None
    except BridgeError as failure:
        raise click.ClickException(
            f"It did not end ({failure}), and nothing was learned. Look at contact {contact} in Qomon, then try again."
        ) from None
    with parts.store.write() as tx:
        account.learn(tx, space, learned.omitted, learned.shown)
    return learned
