"""`flask preview`: what a submission would do to its contact. Nothing is stored and nothing is written."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.crossing.opened import Opened
from bridge.crossing.preview import Previewed, preview, preview_offline, unstored
from bridge.door.split import fate
from bridge.errors import Faults, Gone, TryLater, Unreadable
from bridge.hooks.registry import Hook, parse
from bridge.inbox import events
from bridge.mapping.compile import who_is_it
from bridge.merge import addressed
from bridge.model import Delivery, Outcome, Record, Submission
from bridge.qomon import contact
from bridge.qomon.catalogue import read_catalogue
from bridge.report import report
from bridge.report.wording import told
from bridge.services import Parts
from bridge.sources.kit import from_file
from schemas.report import staff_view

_ANY_SECRET = "whsec_bm9ib2R5IGNhbGxzIGhlcmU="  # noqa: S105 - reads as a key too, and opens nothing


@click.command("preview")
@click.argument("hook")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--event", help="A submission that was received, by its number, instead of FILE.")
@click.option("--contact", "contact_id", type=int, help="This contact, by its Qomon number, instead of finding one.")
@click.option("--draft", is_flag=True, help="By the draft of the webhook.")
@click.option("--offline", is_flag=True, help="No call to Qomon: a blank contact and the stored catalogue.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'Name: value'", help="A header of the call.")
@click.option("--words", is_flag=True, help="For reading, instead of JSON.")
@with_appcontext
def preview_command(
    *,
    hook: str,
    file: IO[bytes] | None,
    event: str | None,
    contact_id: int | None,
    draft: bool,
    offline: bool,
    headers: tuple[str, ...],
    words: bool,
) -> None:
    """The staff's report of what FILE would do through HOOK (a name, or a YAML file), with the whole contact before and
    after. One search and one read of a contact at most, no write. FILE - is standard input.

    \b
    Example:
      flask preview benevoles answer.json --contact 9000017
      flask preview benevoles --event 4f0c1d2e3a4b5c6d7e8f --draft --words
      flask preview hooks/benevoles.yaml answer.json --offline
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    if (file is None) == (event is None):
        raise click.UsageError("One of FILE and --event.")
    try:
        chosen = _hook(parts, hook, draft=draft)
        cases = _stored(parts, chosen, event) if event is not None else _sent(parts, chosen, file, headers)
        made = [_previewed(parts, one, contact_id, offline=offline) for one in cases]
    except (Faults, Unreadable, TryLater, Gone, ValueError) as failure:
        raise click.ClickException(str(failure)) from None
    views = [_view(parts, one) for one in made]
    if words:
        click.echo("\n\n".join("\n".join(_in_words(view)) for view in views))
    else:
        click.echo(json.dumps(views[0] if len(views) == 1 else views, indent=2, ensure_ascii=False))


def _view(parts: Parts, made: Previewed) -> dict[str, Any]:
    return {**staff_view(made.report, parts.settings.public_url), "before_after": list(made.before_after)}


def _in_words(view: dict[str, Any]) -> Iterator[str]:
    yield from told(view)
    lines = view["before_after"]
    if not lines:
        return
    changes = [line for line in lines if line["changed"]]
    yield (
        f"Fields that would change: {len(changes)}; that stay: {len(lines) - len(changes)}. "
        f"A plain webhook would have erased {len(view['protected'])} of them."
    )
    for line in lines:
        after = f" -> {_said(line['after'])}" if line["changed"] else ""
        yield f"  {line['field']}: {_said(line['before'])}{after}"


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _hook(parts: Parts, named: str, *, draft: bool) -> Hook:
    """A YAML file needs no store, and no secret either: nobody calls here. A name needs the store."""
    if named.endswith((".yaml", ".yml")) and draft:
        raise Faults([f"{named} is a file: only a hook of the store has a draft."])
    if named.endswith((".yaml", ".yml")):
        if not Path(named).is_file():
            raise Faults([f"{named}: no such file."])
        text = Path(named).read_text(encoding="utf-8")
        said = parts.settings
        return parse(text, lambda _name: _ANY_SECRET, said.qomon, said.timezone, said.region)
    with parts.store.read() as tx:
        found = parts.hooks.by_name(tx, named)
        begun = parts.hooks.draft(tx, named) if draft else None
    if found is None:
        raise Faults([f"No hook is named {named}. `flask hooks list` shows them; a file ends in .yaml."])
    if draft and begun is None:
        raise Faults([f"{named} has no draft."])
    return begun[0] if begun is not None else found


def _sent(parts: Parts, hook: Hook, file: IO[bytes] | None, headers: tuple[str, ...]) -> list[Opened]:
    delivery: Delivery = from_file.delivery(file.read() if file is not None else b"", headers)
    said = [hook.tool.read(record, hook.timezone) for record in hook.tool.split(delivery)]
    return [_case(hook, one, parts.now()) for one in said]


def _stored(parts: Parts, hook: Hook, event: str) -> list[Opened]:
    """A submission of the store in its place among the others, as this hook reads it now."""
    with parts.store.read() as tx:
        row = events.find_event(tx, event)
    sealed = cast("dict[str, Any]", parts.vault.unseal(row.record)) if row is not None else {}
    if row is None or "body" not in sealed:
        raise Faults([f"{event}: no such submission, or it could not be read as it came."])
    record = Record(sealed["body"], sealed["key"], frozenset(sealed["volatile"]))
    case = _case(hook, hook.tool.read(record, hook.timezone), row.received_at)
    return [replace(case, stored=row)]


def _case(hook: Hook, submission: Submission, received: datetime) -> Opened:
    start = report.start(hook.name, hook.revision, Outcome.PREVIEWED, None, submission.submitted_at, received)
    who = addressed.concerned(submission, who_is_it(hook, submission))
    return unstored(hook, submission, who, {**start, "event": None})


def _previewed(parts: Parts, case: Opened, contact_id: int | None, *, offline: bool) -> Previewed:
    outcome, reason = fate(case.hook, case.submission, None)
    if outcome in (Outcome.IGNORED, Outcome.HELD):
        return Previewed(report.ended(case.report, outcome, reason))
    if not offline:
        return preview(parts.context, case, contact_id)
    plan = parts.plans.offline(case.hook)
    if plan is None:
        click.echo("Qomon's fields were never read here: `flask catalogue refresh` does.", err=True)
        plan = parts.plans.of(case.hook, read_catalogue({}))
    return preview_offline(plan, contact.NOBODY, case)
