"""`flask read`: what a tool says, in the common shape. Nothing is stored and nothing is sent."""

import json
from collections.abc import Iterable
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.errors import Unreadable
from bridge.model import Delivery
from bridge.sources import SOURCES, shown
from bridge.sources.kit import from_file
from schemas import codes


@click.command("read")
@click.argument("source", type=click.Choice(sorted(SOURCES)))
@click.argument("file", type=click.File("rb"))
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="As the tool sent it")
@with_appcontext
def read_command(source: str, file: BinaryIO, headers: tuple[str, ...]) -> None:
    """Print what FILE, a body as SOURCE sends it, says: a JSON list, one element per person.

    \b
    Example:
      flask read tally tests/payloads/tally/composed_french_volunteer_nulls.json
      curl -s https://example.org/form | flask read json - -H 'Idempotency-Key: 42'
    """
    delivery = _delivery(file.read(), headers)
    settings = current_app.extensions["bridge"].settings
    tool = SOURCES[source]
    try:
        records = tool.split(delivery) if delivery.body or not tool.handshake else []
        read = [(record, tool.read(record, settings.timezone)) for record in records]
    except Unreadable as fault:
        raise click.ClickException(f"{source} does not send this. {fault}") from None
    if not delivery.body and tool.handshake:
        click.echo("No body: a call that sets the webhook up. It holds no answers.", err=True)
    said = [shown(record, submission, settings.region) for record, submission in read]
    if any(submission.thin for _, submission in read):
        click.echo(codes.HELD["thin_ping"], err=True)
    click.echo(json.dumps(said, ensure_ascii=False, indent=2))


def _delivery(body: bytes, headers: Iterable[str]) -> Delivery:
    try:
        return from_file.delivery(body, headers)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="-H") from None
