"""`flask catalogue`: Qomon's forms, as hooks may name them."""

import json
from datetime import datetime
from typing import Any, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.errors import TryLater
from bridge.qomon.catalogue import Catalogue, Form
from bridge.services import Parts
from schemas import normal


@click.command("catalogue")
@click.argument("action", type=click.Choice(["refresh"]), required=False)
@click.option("--space", default="default", show_default=True, help="Which Qomon account.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.option("--force", is_flag=True, help="With refresh: adopt what Qomon says even if much of it is gone.")
@with_appcontext
def catalogue_command(action: str | None, space: str, *, as_json: bool, force: bool) -> None:
    """Category, type, id, label and choices of each form. `refresh` reads them from Qomon now.

    When more than a fifth is gone at once, the old list stays until a refresh with --force.

    \b
    Example:
        flask catalogue
        flask catalogue refresh --json
    """
    parts, refresh = cast("Parts", current_app.extensions["bridge"]), action == "refresh"
    if force and not refresh:
        raise click.UsageError("--force goes with refresh: flask catalogue refresh --force")
    found = _read(parts, space, refresh=refresh, force=force)
    _show(found, as_json=as_json)
    doubted = parts.catalogues.doubted(space)
    if doubted:
        click.echo(_doubt(*doubted), err=True)
    raise SystemExit(1 if refresh and doubted else 0)


def _show(found: Catalogue, *, as_json: bool) -> None:
    if as_json:
        told = [_plain(form) for form in found.forms.values()]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for form in found.forms.values():
        click.echo(_line(form))


def _doubt(lost: str, at: datetime) -> str:
    return (
        f"Not adopted, read {normal.to_ms(at)}: {lost}. This is the last good list. If the fields really were "
        "deleted in Qomon: flask catalogue refresh --force"
    )


def _read(parts: Parts, space: str, *, refresh: bool, force: bool) -> Catalogue:
    if parts.faults:
        raise click.ClickException("\n".join(parts.faults))
    if space not in parts.spaces:
        raise click.ClickException(f"No Qomon account is called {space}. Known: {', '.join(parts.spaces)}.")
    visit, now = parts.spaces[space].visit(), parts.now()
    try:
        if refresh:
            return parts.catalogues.refresh(space, visit, now, force=force)
        return parts.catalogues.current(space, visit, now)
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
