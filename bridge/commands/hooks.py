"""`flask hooks`: the hooks of the store, and the files they come from. What a hook means is not here."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from bridge.commands.opened import catalogues, parsed, refuse, stored, the_parts, url
from bridge.errors import Faults
from bridge.hooks import revisions
from bridge.hooks.diff import differences
from bridge.hooks.registry import Hook, Listed, check
from bridge.hooks.revisions import Revision
from bridge.hooks.warnings import warnings
from bridge.hooks.yaml import read_yaml
from bridge.operations.authoring.drift import Moved
from bridge.operations.authoring.publishing import Press, questions_of
from bridge.operations.authoring.publishing import faults as faults_of
from bridge.operations.authoring.watching import Watch, plain, told
from bridge.qomon.catalogue import Catalogue
from schemas import normal

_COLUMNS = ("hook", "mode", "source", "proof", "revision", "url")


@click.group("hooks")
def hooks_command() -> None:
    """Where a form's answers go: make a hook, map its questions, try it, put it in service.

    From a file: check, import. From what a form sent: new, suggest, rehearse, publish.

    \b
    Example:
      flask hooks import hooks/benevoles.yaml
      flask hooks new adhesions --source typeform --secret '$TYPEFORM_SECRET'
    """


@hooks_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@with_appcontext
def list_command(*, as_json: bool) -> None:
    """Every hook with its address, its tool and its mode.

    \b
    Example:
      flask hooks list --json
    """
    parts = the_parts()
    with parts.store.read() as tx:
        found = parts.hooks.listed(tx)
    told = [_plain(listed) for listed in found]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for line in told:
        click.echo("  ".join(str(line[key] or "-") for key in _COLUMNS))
    for listed in found:
        for fault in listed.faults:
            click.echo(f"{listed.name} does not load: {fault}", err=True)


@hooks_command.command("show")
@click.argument("name")
@click.option("--versions", is_flag=True, help="Its versions instead: when, by whom, why, and what each changed.")
@with_appcontext
def show_command(name: str, *, versions: bool) -> None:
    """Print the hook NAME as it is in service. A draft beside it is told.

    \b
    Example:
      flask hooks show benevoles
      flask hooks show benevoles --versions
    """
    hook, parts = stored(name), the_parts()
    with parts.store.read() as tx:
        begun = parts.hooks.draft(tx, name)
        past = revisions.history(tx, hook.id) if versions else []
    if begun is not None:
        click.echo(f"There is a draft too, begun from version {begun[1].base}: flask hooks rehearse {name}", err=True)
    if not versions:
        click.echo(hook.text, nl=False)
    for before, version in pairwise([None, *past]):
        for line in _version(before, version):
            click.echo(line)


def _version(before: Revision | None, version: Revision | None) -> Iterator[str]:
    """What a version changed, in words. One that does not load any more says so."""
    if version is None:
        return
    said = [normal.to_ms(version.by.at), *(f"by {who}" for who in [version.by.who] if who)]
    yield f"version {version.number}  {'  '.join(said)}{f'  “{version.by.why}”' if version.by.why else ''}"
    parts = the_parts()
    try:
        hook = parts.hooks.parse(version.text)
        old = parts.hooks.parse(before.text) if before is not None else None
    except Faults as failure:
        yield from (f"  does not load: {fault}" for fault in failure.faults)
        return
    yield from (f"  {line}" for line in (differences(old, hook) if old else [f"{len(hook.rules)} rules"]))


@hooks_command.command("export")
@click.argument("name")
@with_appcontext
def export_command(name: str) -> None:
    """Write the file of the hook NAME to stdout, byte for byte as it was imported: to be kept, or imported elsewhere.

    Secrets stay $NAMEs and form numbers stay here. A hook that does not load any more is written too.

    \b
    Example:
      flask hooks export benevoles > hooks/benevoles.yaml
    """
    parts = the_parts()
    with parts.store.read() as tx:
        found: tuple[str, str] | None = parts.hooks.exported(tx, name)
    if found is None:
        raise click.ClickException(f"There is no hook {name}. See: flask hooks list")
    text, address = found
    said = read_yaml(text).plain
    if not isinstance(said, dict) or "address" not in said:
        click.echo(
            f"The file does not say the address. To keep it in another store, add:\naddress: {address}", err=True
        )
    click.echo(text.encode(), nl=False)


@hooks_command.command("check")
@click.argument("hook", metavar="FILE|NAME")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def check_command(hook: str, *, as_json: bool) -> None:
    """Tell every fault of a hook, alone and against Qomon's forms. Nothing is stored. `-` is stdin.

    Of a hook in service it also tells what has moved since its version was made: questions that are new, renamed or not
    asked any more, choices, Qomon's fields, how many are held, silence. Exit 0 when there is nothing to tell; what is
    only dangerous is a warning.

    \b
    Example:
      flask hooks check hooks/benevoles.yaml
      flask hooks check benevoles
    """
    of_file = hook == "-" or Path(hook).is_file()
    found = parsed(hook) if of_file else stored(hook)
    forms = catalogues([found]).get(found.space)
    if forms is None:
        raise click.ClickException(f"{hook}: alone it is right, but Qomon could not be read to check the rest.")
    faults, moved = _looked_at(found, forms, in_service=not of_file)
    dangers = warnings(found, forms)
    if as_json:
        said = {"faults": faults, "moved": [plain(one) for one in moved], "warnings": dangers}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        raise SystemExit(1 if faults or moved else 0)
    for line in told(moved):
        click.echo(line)
    for line in dangers:
        click.echo(f"{hook}: warning: {line}", err=True)
    refuse(hook, faults)
    if moved:
        raise SystemExit(1)
    click.echo(f"{hook}: right." + ("" if of_file else f" Nothing moved since version {found.revision}."))


def _looked_at(hook: Hook, forms: Catalogue, *, in_service: bool) -> tuple[list[str], list[Moved]]:
    if not in_service:
        return check(hook, forms), []
    parts = the_parts()
    watch, press = Watch(parts.vault, parts.now()), Press(parts.vault)
    with parts.store.read() as tx:
        moved = watch.moved(tx, hook, forms)
        questions = questions_of(press.past(tx, hook))
    return faults_of(hook, forms, questions), moved


def _plain(listed: Listed) -> dict[str, Any]:
    """One line of the list; what a hook that does not load would say is null."""
    hook = listed.hook
    return {
        "hook": listed.name,
        "address": listed.address,
        "url": url(listed.address),
        "source": hook.source if hook else None,
        "space": hook.space if hook else None,
        "mode": hook.mode if hook else None,
        "revision": listed.revision,
        "proof": hook.proof.scheme if hook else None,
    }
