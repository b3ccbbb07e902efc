"""`flask preview`: what a submission would do to its contact. Nothing is stored and nothing is written."""

import json
from pathlib import Path
from typing import IO, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge import mapping, report
from bridge.catalogue import read_catalogue
from bridge.crossing import weigh_only
from bridge.errors import Faults, Gone, TryLater, Unreadable
from bridge.hooks import Hook, parse
from bridge.parts import Parts
from bridge.qomon import contact
from bridge.report import Report
from bridge.sentences import told
from bridge.sources import from_file
from bridge.split import fate
from bridge.words import Delivery, Submission
from schemas.report import staff_view

_ANY_SECRET = "whsec_bm9ib2R5IGNhbGxzIGhlcmU="  # noqa: S105 - reads as a key too, and opens nothing


@click.command("preview")
@click.argument("hook")
@click.argument("file", type=click.File("rb"))
@click.option("--contact", "contact_id", type=int, help="This contact, by its Qomon number, instead of finding one.")
@click.option("--offline", is_flag=True, help="No call to Qomon: a blank contact and the stored catalogue.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'Name: value'", help="A header of the call.")
@click.option("--words", is_flag=True, help="For reading, instead of JSON.")
@with_appcontext
def preview_command(
    *, hook: str, file: IO[bytes], contact_id: int | None, offline: bool, headers: tuple[str, ...], words: bool
) -> None:
    """The staff's report of what FILE would do through HOOK (a name, or a YAML file). FILE - is standard input.

    \b
    Example:
      flask preview benevoles answer.json --contact 9000017
      flask preview hooks/benevoles.yaml answer.json --offline
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    try:
        chosen = _hook(parts, hook)
        views = [
            staff_view(_report(parts, chosen, submission, contact_id, offline=offline), parts.settings.public_url)
            for submission in _submissions(chosen, from_file.delivery(file.read(), headers))
        ]
    except (Faults, Unreadable, TryLater, Gone, ValueError) as failure:
        raise click.ClickException(str(failure)) from None
    if words:
        click.echo("\n\n".join("\n".join(told(view)) for view in views))
    else:
        click.echo(json.dumps(views[0] if len(views) == 1 else views, indent=2, ensure_ascii=False))


def _hook(parts: Parts, named: str) -> Hook:
    """A YAML file needs no store, and no secret either: nobody calls here. A name needs the store."""
    if named.endswith((".yaml", ".yml")):
        if not Path(named).is_file():
            raise Faults([f"{named}: no such file."])
        text = Path(named).read_text(encoding="utf-8")
        return parse(text, lambda _name: _ANY_SECRET, parts.settings.qomon, parts.settings.timezone)
    with parts.store.read() as tx:
        found = parts.hooks.by_name(tx, named)
    if found is None:
        raise Faults([f"No hook is named {named}. `flask hooks list` shows them; a file ends in .yaml."])
    return found


def _submissions(hook: Hook, delivery: Delivery) -> list[Submission]:
    return [hook.tool.read(record, hook.timezone) for record in hook.tool.split(delivery)]


def _report(parts: Parts, hook: Hook, submission: Submission, contact_id: int | None, *, offline: bool) -> Report:
    start = report.start(hook.name, hook.revision, "previewed", None, submission.submitted_at, parts.now())
    started = {**start, "event": None}
    outcome, reason = fate(hook, submission, None)
    if outcome in ("ignored", "held"):
        return report.ended(started, outcome, reason)
    if not offline:
        who = mapping.who(hook, submission, parts.settings.region)
        return parts.crossing.preview(hook, submission, who, started, contact_id)
    scales = parts.weighing.offline(hook)
    if scales is None:
        click.echo("Qomon's fields were never read here: `flask catalogue refresh` does.", err=True)
        scales = parts.weighing.of(hook, read_catalogue({}))
    return weigh_only(scales, contact.NOBODY, submission, started)
