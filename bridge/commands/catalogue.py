"""`flask catalogue`: Qomon's forms, as hooks may name them."""

import json
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.catalogue import Catalogue, Form
from bridge.errors import TryLater
from bridge.parts import Parts


@click.command("catalogue")
@click.argument("action", type=click.Choice(["refresh"]), required=False)
@click.option("--space", default="default", show_default=True, help="Which Qomon account.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@with_appcontext
def catalogue_command(action: str | None, space: str, *, as_json: bool) -> None:
    """Category, type, id, label and choices of each form. `refresh` reads them from Qomon now.

    \b
    Example:
        flask catalogue
        flask catalogue refresh --json
    """
    found = _read(current_app.extensions["bridge"], space, refresh=action == "refresh")
    if as_json:
        told = [_plain(form) for form in found.forms.values()]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for form in found.forms.values():
        click.echo(_line(form))


def _read(parts: Parts, space: str, *, refresh: bool) -> Catalogue:
    if parts.faults:
        raise click.ClickException("\n".join(parts.faults))
    if space not in parts.spaces:
        raise click.ClickException(f"No Qomon account is called {space}. Known: {', '.join(parts.spaces)}.")
    ask = parts.catalogues.refresh if refresh else parts.catalogues.current
    try:
        return ask(space, parts.spaces[space].visit(), parts.now())
    except TryLater as failure:
        seconds = round(failure.after.total_seconds())
        raise click.ClickException(f"{failure} Try again in {seconds} s.") from None


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
