"""`flask settings`: what is set, secrets masked, and every fault at once.

It works when the settings do not, and the bridge could not start.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.settings import Described, described


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help='{"settings": [...], "faults": [...]}')
@with_appcontext
def settings_command(*, as_json: bool) -> None:
    """Show what is set, secrets masked, and every fault. Exit 1 when there is a fault.

    \b
    Example:
      flask settings
      flask settings --json
    """
    parts = current_app.extensions["bridge"]
    shown, faults = described(parts.settings), parts.faults
    if as_json:
        click.echo(json.dumps({"settings": [asdict(one) for one in shown], "faults": faults}, indent=2))
    else:
        click.echo(_table(shown, faults))
    raise SystemExit(1 if faults else 0)


def _table(shown: Sequence[Described], faults: Sequence[str]) -> str:
    width = max(len(one.name) for one in shown)
    lines = [
        f"{one.name:<{width}}  {one.value or 'not set'}{'' if one.given or not one.value else ' (default)'}\n"
        f"{'':<{width}}  {one.purpose}"
        for one in shown
    ]
    return "\n".join([*lines, "", *(f"FAULT  {fault}" for fault in faults)]).rstrip()
