"""`flask preview`: what a submission would do to its contact. Nothing is stored and nothing is written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask_babel import gettext as _

from bridge.commands.command import HEADERS, Refused, command, remark, show
from bridge.commands.opened import call_of
from bridge.crossing.opened import Opened
from bridge.crossing.preview import Previewed
from bridge.hooks.registry import Hook, parse
from bridge.operations import dry_run
from bridge.qomon.catalogue import read_catalogue
from bridge.report.wording import told
from bridge.services import Services
from schemas.report import staff_view

_ANY_SECRET = "whsec_bm9ib2R5IGNhbGxzIGhlcmU="  # noqa: S105 - reads as a key too, and opens nothing


@command("preview")
@click.argument("hook")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--event", help="A submission that was received, by its number, instead of FILE.")
@click.option("--contact", "contact_id", type=int, help="This contact, by its Qomon number, instead of finding one.")
@click.option("--draft", is_flag=True, help="By the draft of the webhook.")
@click.option("--offline", is_flag=True, help="No call to Qomon: a blank contact and the stored catalogue.")
@HEADERS
@click.option("--words", is_flag=True, help="For reading, instead of JSON.")
def preview_command(
    services: Services,
    *,
    hook: str,
    file: BinaryIO | None,
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
    if (file is None) == (event is None):
        raise click.UsageError(_("One of FILE and --event."))
    chosen = _hook(services, hook, draft=draft)
    if file is not None:
        split = chosen.tool.split(call_of(file, headers))
        opened = [dry_run.case(chosen, chosen.tool.read(record, chosen.timezone), services.now()) for record in split]
    else:
        opened = [_stored(services, chosen, str(event))]
    made = [_previewed(services, one, contact_id, offline=offline) for one in opened]
    url = services.settings.public_url
    views = [{**staff_view(one.report, url), "before_after": list(one.before_after)} for one in made]
    told = "\n\n".join("\n".join(_in_words(view)) for view in views)
    show(views[0] if len(views) == 1 else views, [told], as_json=not words)


def _in_words(view: dict[str, Any]) -> Iterator[str]:
    yield from told(view)
    lines = view["before_after"]
    if not lines:
        return
    changes = [line for line in lines if line["changed"]]
    yield _(
        "Fields that would change: %(changed)s; that stay: %(kept)s. "
        "A plain webhook would have erased %(erased)s of them.",
        changed=len(changes),
        kept=len(lines) - len(changes),
        erased=len(view["protected"]),
    )
    for line in lines:
        after = f" -> {_said(line['after'])}" if line["changed"] else ""
        yield f"  {line['field']}: {_said(line['before'])}{after}"


def _said(value: Any) -> str:
    if value is None:
        return _("nothing")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _hook(services: Services, named: str, *, draft: bool) -> Hook:
    """A YAML file needs no store, and no secret either: nobody calls here. A name needs the store."""
    if named.endswith((".yaml", ".yml")) and draft:
        raise Refused(_("%(hook)s is a file: only a hook of the store has a draft.", hook=named))
    if named.endswith((".yaml", ".yml")):
        if not Path(named).is_file():
            raise Refused(_("%(hook)s: no such file.", hook=named))
        text = Path(named).read_text(encoding="utf-8")
        said = services.settings
        return parse(text, lambda _name: _ANY_SECRET, said.qomon, said.timezone, said.region)
    with services.store.read() as tx:
        found = services.hooks.by_name(tx, named)
        begun = services.hooks.draft(tx, named) if draft else None
    if found is None:
        raise Refused(_("No hook is named %(hook)s. `flask hooks list` shows them; a file ends in .yaml.", hook=named))
    if draft and begun is None:
        raise Refused(_("%(hook)s has no draft.", hook=named))
    return begun[0] if begun is not None else found


def _stored(services: Services, hook: Hook, event: str) -> Opened:
    with services.store.read() as tx:
        return dry_run.stored(tx, services, hook, event)


def _previewed(services: Services, case: Opened, contact_id: int | None, *, offline: bool) -> Previewed:
    if not offline:
        return dry_run.tried(services, case, contact_id)
    found = dry_run.tried_offline(services, case)
    if found is None:
        remark(_("Qomon's fields were never read here: `flask catalogue refresh` does."))
        found = dry_run.tried_offline(services, case, read_catalogue({}))
    assert found is not None  # noqa: S101 - there were fields, if none
    return found
