"""`flask catalogue`: Qomon's forms."""

from typing import Any

import click
from flask_babel import gettext as _

from bridge.commands.command import AS_JSON, SPACE, Whom, by_whom, command, remark, show
from bridge.commands.opened import space_of
from bridge.operations import forms
from bridge.qomon.catalogue import Form
from bridge.services import Services
from schemas import normal


@command("catalogue")
@click.argument("action", type=click.Choice(["refresh"]), required=False)
@SPACE
@AS_JSON
@click.option("--force", is_flag=True, help="With refresh: adopt what Qomon says even if much of it is gone.")
@by_whom
def catalogue_command(
    services: Services, *, action: str | None, space: str, as_json: bool, force: bool, by: Whom
) -> bool:
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
    qomon = space_of(space)
    if refresh:
        catalogue = forms.refresh(services, space, by(), forced=force)
    else:
        catalogue = services.catalogues.current(space, qomon.visit(), services.now())
    listed = catalogue.forms.values()
    show([_plain(form) for form in listed], map(_line, listed), as_json=as_json)
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
