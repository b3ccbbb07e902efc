"""`flask catalogue` and `flask doctor`: Qomon's forms, and what to know of an account before a read is trusted."""

from typing import Any

import click
from flask_babel import gettext as _

from bridge.commands.command import AS_JSON, SPACE, Refused, command, remark, show
from bridge.commands.opened import space_of
from bridge.errors import BridgeError, Gone
from bridge.qomon import account
from bridge.qomon.catalogue import Form
from bridge.qomon.profile import Learned, NotATest, NotPutBack, learn
from bridge.report.wording import stopped
from bridge.services import Services
from schemas import normal


@command("catalogue")
@click.argument("action", type=click.Choice(["refresh"]), required=False)
@SPACE
@AS_JSON
@click.option("--force", is_flag=True, help="With refresh: adopt what Qomon says even if much of it is gone.")
def catalogue_command(services: Services, *, action: str | None, space: str, as_json: bool, force: bool) -> bool:
    """Category, type, id, label and choices of each form. `refresh` reads them from Qomon now.

    When more than a fifth is gone at once, the old list stays until a refresh with --force.

    \b
    Example:
        flask catalogue
        flask catalogue refresh --json
    """
    refresh = action == "refresh"
    if force and not refresh:
        raise click.UsageError(_("--force goes with refresh: flask catalogue refresh --force"))
    visit, now = space_of(space).visit(), services.now()
    if refresh:
        forms = services.catalogues.refresh(space, visit, now, force=force).forms.values()
    else:
        forms = services.catalogues.current(space, visit, now).forms.values()
    show([_plain(form) for form in forms], map(_line, forms), as_json=as_json)
    doubted = services.catalogues.doubted(space)
    if doubted:
        lost, at = doubted
        remark(
            _(
                "Not adopted, read %(at)s: %(lost)s. This is the last good list. If the fields really were "
                "deleted in Qomon: flask catalogue refresh --force",
                at=normal.to_ms(at),
                lost=lost,
            )
        )
    return not (refresh and doubted)


def _plain(form: Form) -> dict[str, Any]:
    choices = [{"id": choice.id, "value": choice.value, "label": choice.label} for choice in form.choices]
    shown = [] if form.free else choices
    return {
        "category": form.category,
        "label": form.label,
        "type": form.kind,
        "id": form.id,
        "choices": shown,
    }


def _line(form: Form) -> str:
    choices = "" if form.free else ", ".join(f"{choice.label} ({choice.value})" for choice in form.choices)
    return f"{form.category:<16}  {form.kind:<8}  {form.id:>6}  {form.label}{': ' if choices else ''}{choices}"


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
