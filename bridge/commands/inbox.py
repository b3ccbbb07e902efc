"""`flask inbox`: what came, and what became of it."""

import json
from typing import TYPE_CHECKING, Any, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge import inbox, spaces
from bridge.sentences import stopped, told
from schemas import codes, normal
from schemas.report import staff_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridge.parts import Parts


@click.group("inbox")
def inbox_command() -> None:
    """What came, and what became of it."""


@inbox_command.command("list")
@click.option("--outcome", type=click.Choice(sorted(codes.OUTCOMES)), help="Only these.")
@click.option("--most", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def list_command(*, outcome: str | None, most: int, as_json: bool) -> None:
    """The newest submissions, without what people answered.

    \b
    Example:
      flask inbox list --outcome held
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    with parts.store.read() as tx:
        rows = inbox.latest(tx, most, outcome)
        brakes = [stopped(name, stop.reason, stop.since) for name, stop in sorted(spaces.stops(tx).items())]
    lines = [
        {
            "event": row.id,
            "hook": row.hook_name,
            "revision": row.revision,
            "kind": row.kind,
            "outcome": row.outcome,
            "reason": row.reason,
            "submitted_at": normal.to_ms(normal.from_epoch_ms(row.submitted_at)),
            "received_at": normal.to_ms(normal.from_epoch_ms(row.received_at)),
        }
        for row in rows
    ]
    for brake in brakes:
        click.echo(brake, err=True)
    if as_json:
        click.echo(json.dumps(lines, indent=2, ensure_ascii=False))
        return
    for line in lines:
        said = line["outcome"] + (f" ({line['reason']})" if line["reason"] else "")
        click.echo(f"{line['event']}  {line['received_at']}  {line['hook']:<20} {said}")
    if not lines:
        click.echo("Nothing has arrived yet.")


@inbox_command.command("show")
@click.argument("event")
@click.option("--json", "as_json", is_flag=True, help="The staff's report as JSON.")
@with_appcontext
def show_command(*, event: str, as_json: bool) -> None:
    """What became of one submission, answer by answer and field by field.

    \b
    Example:
      flask inbox show 4f0c1d2e3a4b5c6d7e8f
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    with parts.store.read() as tx:
        row = inbox.find_event(tx, event)
    if row is None:
        raise click.ClickException("No such submission.")
    report = staff_view(cast("Mapping[str, Any]", parts.vault.unseal(row.report)), parts.settings.public_url)
    click.echo(json.dumps(report, indent=2, ensure_ascii=False) if as_json else "\n".join(told(report)))
