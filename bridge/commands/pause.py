"""`flask pause` and `flask resume`: the brake. Everything is received and kept meanwhile; the door stays open."""

from typing import cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge import spaces
from bridge.parts import Parts
from bridge.sentences import stopped
from schemas import normal


@click.command("pause")
@click.option("--space", help="Only this Qomon account, instead of all.")
@with_appcontext
def pause_command(space: str | None) -> None:
    """Write nothing to Qomon any more. Forms are still received and kept; a write in hand is finished.

    \b
    Example:
      flask pause
      flask pause --space lyon
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    with parts.store.write() as tx:
        for name in _named(parts, space):
            since = normal.to_ms(spaces.pause(tx, name, parts.now()))
            click.echo(f"{name}: paused since {since}. Forms are still received and kept.")


@click.command("resume")
@click.option("--space", help="Only this Qomon account, instead of all.")
@with_appcontext
def resume_command(space: str | None) -> None:
    """Write again: what waits crosses, oldest first. Another reason to wait, if there is one, is told.

    \b
    Example:
      flask resume
      flask resume --space lyon
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    with parts.store.write() as tx:
        for name in _named(parts, space):
            was = spaces.resume(tx, name)
            click.echo(f"{name}: {'resumed' if was else 'was not paused'}.")
        for name, stop in sorted(spaces.stops(tx).items()):
            click.echo(stopped(name, stop.reason, stop.since), err=True)
    if not parts.settings.writing:
        raise click.ClickException("WRITING=off is stronger: nothing is written until it is on again.")


def _named(parts: Parts, space: str | None) -> list[str]:
    known = list(parts.settings.qomon)
    if space is not None and space not in known:
        raise click.ClickException(f"No Qomon account is called {space}. Known: {', '.join(known)}.")
    return known if space is None else [space]
