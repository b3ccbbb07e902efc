"""`flask pause` and `flask resume`: the brakes. Everything is received and kept meanwhile; the door stays open."""

from collections.abc import Iterator
from contextlib import suppress
from typing import cast

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection

from bridge.errors import Faults
from bridge.hooks import brakes, breaker
from bridge.hooks.registry import Hook
from bridge.operations.release import Hand, NotDone
from bridge.qomon import account
from bridge.report.wording import stopped
from bridge.services import Parts
from schemas import normal


@click.command("pause")
@click.option("--space", help="Only this Qomon account, instead of all.")
@click.option("--hook", "name", help="Only this webhook.")
@with_appcontext
def pause_command(space: str | None, name: str | None) -> None:
    """Write nothing to Qomon any more. Forms are still received and kept; a write in hand is finished.

    \b
    Example:
      flask pause
      flask pause --space lyon
      flask pause --hook benevoles
    """
    parts = _parts(space, name)
    with parts.store.write() as tx:
        for called, since in _pulled(parts, tx, space, name):
            click.echo(f"{called}: paused since {since}. Forms are still received and kept.")


def _pulled(parts: Parts, tx: Connection, space: str | None, name: str | None) -> Iterator[tuple[str, str]]:
    if name is not None:
        yield name, normal.to_ms(brakes.pause(tx, _hook(parts, tx, name).id, parts.now()))
        return
    for one in _named(parts, space):
        yield one, normal.to_ms(account.pause(tx, one, parts.now()))


@click.command("resume")
@click.option("--space", help="Only this Qomon account, instead of all.")
@click.option("--hook", "name", help="Only this webhook.")
@with_appcontext
def resume_command(space: str | None, name: str | None) -> None:
    """Write again: what waits crosses, oldest first. Another reason to wait, if there is one, is told.

    A webhook that stopped by itself goes on, because somebody looked and it is right: what it held is sent, and what
    stopped it is allowed for a day.

    \b
    Example:
      flask resume
      flask resume --space lyon
      flask resume --hook benevoles
    """
    parts = _parts(space, name)
    waits: list[str] = []
    with parts.store.write() as tx:
        if name is not None:
            hook = _hook(parts, tx, name).id
            breaker.let_go(tx, hook, parts.now())
            waits = breaker.held(tx, hook)
        for called, was in _let_go(parts, tx, space, name):
            click.echo(f"{called}: {'resumed' if was else 'was not paused'}.")
        for one, stop in sorted(account.stops(tx).items()):
            click.echo(stopped(one, stop.reason, stop.since), err=True)
    _release(parts, waits)
    if not parts.settings.writing:
        raise click.ClickException("WRITING=off is stronger: nothing is written until it is on again.")


def _release(parts: Parts, waits: list[str]) -> None:
    """What a hook held because it had stopped: one cause, one decision."""
    hand = Hand(parts.vault, parts.hooks, parts.settings.writing)
    for event in waits:
        with suppress(NotDone, Faults), parts.store.write() as tx:
            hand.release(tx, event, parts.now())
    if waits:
        click.echo(f"{len(waits)} submissions that were held because of it are sent.")


def _let_go(parts: Parts, tx: Connection, space: str | None, name: str | None) -> Iterator[tuple[str, bool]]:
    if name is not None:
        yield name, brakes.resume(tx, _hook(parts, tx, name).id, parts.now())
        return
    for one in _named(parts, space):
        yield one, account.resume(tx, one)


def _parts(space: str | None, name: str | None) -> Parts:
    if space is not None and name is not None:
        raise click.UsageError("One of --space and --hook.")
    return cast("Parts", current_app.extensions["bridge"])


def _hook(parts: Parts, tx: Connection, name: str) -> Hook:
    found = parts.hooks.by_name(tx, name)
    if found is None or found.deleted:
        raise click.ClickException(f"There is no hook {name}. See: flask hooks list")
    return found


def _named(parts: Parts, space: str | None) -> list[str]:
    known = list(parts.settings.qomon)
    if space is not None and space not in known:
        raise click.ClickException(f"No Qomon account is called {space}. Known: {', '.join(known)}.")
    return known if space is None else [space]
