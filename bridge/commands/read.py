"""`flask read`: what a tool says, in the common shape. Nothing is stored and nothing is sent."""

from typing import BinaryIO

import click
from flask_babel import gettext as _

from bridge.commands.command import HEADERS, Refused, command, remark, show, unopened
from bridge.commands.opened import call_of
from bridge.errors import Unreadable
from bridge.services import Services
from bridge.sources import SOURCES, shown
from schemas import codes


@command("read", opened=unopened)
@click.argument("source", type=click.Choice(sorted(SOURCES)))
@click.argument("file", type=click.File("rb"))
@HEADERS
def read_command(services: Services, *, source: str, file: BinaryIO, headers: tuple[str, ...]) -> None:
    """Print what FILE, a body as SOURCE sends it, says: a JSON list, one element per person.

    \b
    Example:
      flask read tally tests/payloads/tally/composed_french_volunteer_nulls.json
      curl -s https://example.org/form | flask read json - -H 'Idempotency-Key: 42'
    """
    delivery, tool, settings = call_of(file, headers), SOURCES[source], services.settings
    try:
        records = tool.split(delivery) if delivery.body or not tool.handshake else []
        read = [(record, tool.read(record, settings.timezone)) for record in records]
    except Unreadable as fault:
        raise Refused(_("%(source)s does not send this. %(fault)s", source=source, fault=fault)) from None
    if not delivery.body and tool.handshake:
        remark(_("No body: a call that sets the webhook up. It holds no answers."))
    if any(submission.thin for record, submission in read):
        remark(str(codes.HELD["thin_ping"]))
    show([shown(record, submission, settings.region) for record, submission in read], (), as_json=True)
