"""`flask send`: posts a payload to a hook as the tool would, signed. It goes through the door like any other call."""

from dataclasses import replace
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import quote

import click
import requests
from flask_babel import gettext as _

from bridge.commands.command import HEADERS, Refused, command, show
from bridge.commands.opened import call_of, stored
from bridge.proofs.verify import as_sent
from bridge.services import Services

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
