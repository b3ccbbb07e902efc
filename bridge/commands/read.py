"""`flask read`: what a tool says, in the common shape. Nothing is stored and nothing is sent."""

import json
from collections.abc import Iterable
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.errors import Unreadable
from bridge.sources import SOURCES, shown
from bridge.words import Delivery
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
    body = file.read()
    delivery = Delivery("POST", {"content-type": _content_type(body), **_named(headers)}, body)
    settings = current_app.extensions["bridge"].settings
    tool = SOURCES[source]
    try:
        read = [(record, tool.read(record, settings.timezone)) for record in tool.split(delivery)]
    except Unreadable as fault:
        raise click.ClickException(f"{source} does not send this. {fault}") from None
    said = [shown(record, submission, settings.region) for record, submission in read]
    if any(submission.thin for _, submission in read):
        click.echo(codes.HELD["thin_ping"][0], err=True)
    click.echo(json.dumps(said, ensure_ascii=False, indent=2))


def _named(headers: Iterable[str]) -> dict[str, str]:
    pairs = [header.partition(":") for header in headers]
    if not all(colon and name.strip() for name, colon, _ in pairs):
        raise click.BadParameter("write a header as 'Name: value'.", param_hint="-H")
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _content_type(body: bytes) -> str:
    """The content type that a body of this look would have, for a file that came without its headers."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"--"):
        boundary = start.splitlines()[0].removeprefix(b"--").decode("ascii", "replace").strip()
        return f'multipart/form-data; boundary="{boundary}"'
    return "application/json" if start[:1] in (b"{", b"[") else "application/x-www-form-urlencoded"
