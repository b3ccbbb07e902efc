"""`flask send`: posts a payload to a hook as the tool would, signed. It goes through the door like any other call."""

import json
from dataclasses import replace
from typing import IO, cast
from urllib.parse import quote

import click
import requests
from flask import current_app
from flask.cli import with_appcontext

from bridge.errors import Faults, NotProven
from bridge.hooks.registry import Hook
from bridge.proofs.verify import as_sent
from bridge.services import Parts
from bridge.sources.kit import from_file

SECONDS = 30


@click.command("send")
@click.argument("hook")
@click.argument("file", type=click.File("rb"))
@click.option("--to", "url", help="The bridge's address, when it is not PUBLIC_URL.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'Name: value'", help="A header of the call.")
@with_appcontext
def send_command(*, hook: str, file: IO[bytes], url: str | None, headers: tuple[str, ...]) -> None:
    """Sign FILE as HOOK's tool would, post it, print the answer. FILE - is standard input.

    \b
    Example:
      flask send benevoles tests/payloads/tally/composed_french_volunteer_nulls.json
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    try:
        chosen = _hook(parts, hook)
        read = from_file.delivery(file.read(), headers)
        path = f"/hooks/{chosen.address}"
        call = as_sent(replace(read, url=parts.settings.public_url + path), chosen.proof, parts.now())
    except (Faults, NotProven, ValueError) as failure:
        raise click.ClickException(str(failure)) from None
    secret = f"/{quote(call.path_secret, safe='')}" if call.path_secret else ""
    address = f"{(url or parts.settings.public_url).rstrip('/')}{path}{secret}"
    try:
        answer = requests.post(address, data=call.body, headers=call.headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as failure:  # its text would quote the address, secret included
        raise click.ClickException(f"No answer ({type(failure).__name__}). Is the bridge running?") from None
    click.echo(_shown(answer))
    raise SystemExit(0 if answer.status_code == requests.codes.ok else 1)


def _hook(parts: Parts, named: str) -> Hook:
    with parts.store.read() as tx:
        found = parts.hooks.by_name(tx, named)
    if found is None:
        raise Faults([f"No hook is named {named}. `flask hooks list` shows them."])
    return found


def _shown(answer: requests.Response) -> str:
    try:
        return json.dumps(answer.json(), indent=2, ensure_ascii=False)
    except requests.JSONDecodeError:
        return f"{answer.status_code} {answer.reason}"
