"""`flask read` and `flask send`: a payload in the common shape, or posted to a hook as the tool would, signed."""

from dataclasses import replace
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import quote

import click
import requests
from flask_babel import gettext as _

from bridge.commands.command import HEADERS, Refused, command, remark, show, unopened
from bridge.commands.opened import call_of, stored
from bridge.errors import Unreadable
from bridge.proofs.verify import as_sent
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


SECONDS = 30


@command("send")
@click.argument("hook")
@click.argument("file", type=click.File("rb"))
@click.option("--to", "url", help="The bridge's address, when it is not PUBLIC_URL.")
@HEADERS
def send_command(services: Services, *, hook: str, file: BinaryIO, url: str | None, headers: tuple[str, ...]) -> bool:
    """Sign FILE as HOOK's tool would, post it, print the answer. FILE - is standard input.

    \b
    Example:
      flask send benevoles tests/payloads/tally/composed_french_volunteer_nulls.json
    """
    chosen, ours = stored(hook), services.settings.public_url
    path = f"/hooks/{chosen.address}"
    call = as_sent(replace(call_of(file, headers), url=ours + path), chosen.proof, services.now())
    secret = f"/{quote(call.path_secret, safe='')}" if call.path_secret else ""
    address = f"{(url or ours).rstrip('/')}{path}{secret}"
    try:
        answer = requests.post(address, data=call.body, headers=call.headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as failure:  # its text would quote the address, secret included
        why = type(failure).__name__
        raise Refused(_("No answer (%(why)s). Is the bridge running?", why=why)) from None
    try:
        show(answer.json(), (), as_json=True)
    except requests.JSONDecodeError:
        click.echo(f"{answer.status_code} {answer.reason}")
    return answer.status_code == HTTPStatus.OK
