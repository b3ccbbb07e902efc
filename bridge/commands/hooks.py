"""`flask hooks`: the hooks of the store, and the files they come from. What a hook means is not here."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection

from bridge.catalogue import Catalogue
from bridge.errors import Faults, TryLater
from bridge.hook_yaml import read_yaml
from bridge.hooks import Hook, Imported, Listed, check, pin

_LARGEST = 400_000
"""Bytes of a hook file that are read at all."""
_COLUMNS = ("hook", "mode", "source", "proof", "revision", "url")


@click.group("hooks")
def hooks_command() -> None:
    """List, show, check, import and export hooks: where a form's answers go.

    \b
    Example:
      flask hooks check hooks/benevoles.yaml
      flask hooks import hooks/benevoles.yaml
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
    parts = _parts()
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
@with_appcontext
def show_command(name: str) -> None:
    """Print the hook NAME as it was imported last.

    \b
    Example:
      flask hooks show benevoles
    """
    click.echo(_stored(name).text, nl=False)


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
    parts = _parts()
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
@with_appcontext
def check_command(hook: str) -> None:
    """Tell every fault of a hook, alone and against Qomon's forms. Nothing is stored. `-` is stdin.

    \b
    Example:
      flask hooks check hooks/benevoles.yaml
      flask hooks check benevoles
    """
    found = _parsed(hook) if hook == "-" or Path(hook).is_file() else _stored(hook)
    catalogue = _catalogues([found]).get(found.space)
    if catalogue is None:
        raise click.ClickException(f"{hook}: alone it is right, but Qomon could not be read to check the rest.")
    _refuse(hook, check(found, catalogue))
    click.echo(f"{hook}: right.")


@hooks_command.command("import")
@click.argument("path", type=click.Path(exists=True, allow_dash=True))
@click.option("--force", is_flag=True, help="Also overwrite a hook that is kept on the pages.")
@with_appcontext
def import_command(path: str, *, force: bool) -> None:
    """Put a hook file into the store, or every .yaml and .yml of a folder: all or none. `-` is stdin.

    The same text again changes nothing; another text is a new revision.

    \b
    Example:
      flask hooks import hooks/benevoles.yaml
      flask hooks import hooks/
    """
    files = _files(path)
    hooks = {file: _parsed(file) for file in files}
    catalogues = _catalogues(hooks.values())
    for file, hook in hooks.items():
        _refuse(file, check(hook, catalogues[hook.space]) if hook.space in catalogues else [])
    parts = _parts()
    with parts.store.write() as tx:
        done = [_imported(tx, file, hook, catalogues.get(hook.space), force=force) for file, hook in hooks.items()]
    for one in done:
        click.echo(_told(one, checked=one.hook.space in catalogues))


def _imported(tx: Connection, file: str, hook: Hook, catalogue: Catalogue | None, *, force: bool) -> Imported:
    parts = _parts()
    pinned = pin(hook, catalogue) if catalogue is not None else None
    try:
        done: Imported = parts.hooks.import_text(tx, hook.text, pinned=pinned, now=parts.now(), force=force)
    except Faults as failure:
        _refuse(file, failure.faults)
        raise
    return done


def _told(done: Imported, *, checked: bool) -> str:
    hook = done.hook
    what = f"revision {hook.revision}" if done.new else f"unchanged, revision {hook.revision}"
    unsure = (
        ""
        if checked
        else (f"\nNot checked against Qomon, which could not be read. Later: flask hooks check {hook.name}")
    )
    return f"{hook.name}: {what}, {hook.mode}, {_url(hook.address)}{unsure}"


def _parts() -> Any:
    return current_app.extensions["bridge"]


def _url(address: str) -> str:
    return f"{_parts().settings.public_url}/hooks/{address}"


def _plain(listed: Listed) -> dict[str, Any]:
    """One line of the list; what a hook that does not load would say is null."""
    hook = listed.hook
    return {
        "hook": listed.name,
        "address": listed.address,
        "url": _url(listed.address),
        "source": hook.source if hook else None,
        "space": hook.space if hook else None,
        "mode": hook.mode if hook else None,
        "revision": listed.revision,
        "proof": hook.proof.scheme if hook else None,
    }


def _refuse(name: str, faults: Sequence[str]) -> None:
    if faults:
        raise click.ClickException("\n".join(f"{name}: {fault}" for fault in faults))


def _files(path: str) -> list[str]:
    if not Path(path).is_dir():
        return [path]
    files = sorted(str(file) for file in Path(path).iterdir() if file.suffix in (".yaml", ".yml"))
    _refuse(path, [] if files else ["no .yaml or .yml file is in this folder."])
    return files


def _parsed(path: str) -> Hook:
    with click.open_file(path, "rb") as file:
        body = file.read(_LARGEST)
    try:
        hook: Hook = _parts().hooks.parse(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: this is not UTF-8 text. Save the file as UTF-8.") from None
    except Faults as failure:
        _refuse(path, failure.faults)
        raise
    return hook


def _stored(name: str) -> Hook:
    parts = _parts()
    with parts.store.read() as tx:
        try:
            hook: Hook | None = parts.hooks.by_name(tx, name)
        except Faults as failure:
            _refuse(name, failure.faults)
            raise
    if hook is None or hook.deleted:
        raise click.ClickException(f"There is no hook {name} and no such file. See: flask hooks list")
    return hook


def _catalogues(hooks: Iterable[Hook]) -> dict[str, Catalogue]:
    """Qomon's forms as they are now, by space; without those that cannot be read."""
    parts, found = _parts(), {}
    for space in dict.fromkeys(hook.space for hook in hooks):
        with suppress(TryLater):
            found[space] = parts.catalogues.refresh(space, parts.spaces[space].visit(), parts.now())
    return found
