"""`flask hooks import`: hook files into the store. One that would lose answers waits as a draft for somebody's yes."""

from collections.abc import Sequence
from dataclasses import dataclass

import click
from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.commands.command import Whom, about, by_whom, command, refuse, remark
from bridge.commands.hooks import hooks_command
from bridge.commands.opened import catalogues, files, kept, parsed, url
from bridge.hooks.registry import Hook, Imported, check
from bridge.hooks.revisions import By
from bridge.inbox import captured
from bridge.operations import importing, proving
from bridge.operations.authoring.in_service import SENDING
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.authoring.rehearsal import Rehearsal
from bridge.qomon.catalogue import Catalogue
from bridge.services import Services


@dataclass(frozen=True, slots=True)
class _File:
    """A file, what it says, and what of Qomon's fields could be read for it."""

    path: str
    hook: Hook
    catalogue: Catalogue | None


@command("import", hooks_command)
@click.argument("path", type=click.Path(exists=True, allow_dash=True))
@click.option("--force", is_flag=True, help="Also overwrite a hook that is kept on the pages.")
@by_whom
def import_command(services: Services, *, path: str, force: bool, by: Whom) -> bool:
    """Put a hook file into the store, or every .yaml and .yml of a folder: all or none. `-` is stdin.

    The same text again changes nothing; another text is a new revision. The last submissions are tried on it first: if
    some of their answers would not be sent any more, the file is kept as a draft, and `flask hooks publish` asks.

    \b
    Example:
      flask hooks import hooks/benevoles.yaml
      flask hooks import hooks/
    """
    hooks = {file: parsed(file) for file in files(path)}
    forms = catalogues(hooks.values())
    for file, hook in hooks.items():
        refuse(file, check(hook, forms[hook.space]) if hook.space in forms else [])
    press = Publisher(services.vault)  # it may have to write once: not within a write
    with services.store.write() as tx:
        said = [_File(file, hook, forms.get(hook.space)) for file, hook in hooks.items()]
        done = [(one, _imported(tx, services, press, one, by(), force=force)) for one in said]
        waits = {
            one.hook.name: captured.waiting(tx, ended.hook.id) for one, ended in done if isinstance(ended, Imported)
        }
    for one, ended in done:
        click.echo(
            told(ended, checked=one.catalogue is not None) if isinstance(ended, Imported) else lost(ended, one.hook)
        )
        if waits.get(one.hook.name) and one.hook.mode in SENDING:
            click.echo(kept(one.hook.name, len(waits[one.hook.name])))
    _warn(services, [one.hook for one, ended in done if isinstance(ended, Imported) and ended.new])
    return all(isinstance(ended, Imported) for one, ended in done)


def _warn(services: Services, hooks: Sequence[Hook]) -> None:
    """Beside the answer: a file is put in service by a release that nobody watches, so it is not refused."""
    spaces = [hook.space for hook in hooks if hook.mode in SENDING]
    with services.store.read() as tx:
        lacking = proving.lacking(tx, spaces, services.now())
    for proof in lacking:
        again = {"sentence": proof.sentence, "probe": proving.command(proof.space)}
        remark(_("%(sentence)s Try it: %(probe)s", **again))


def _imported(
    tx: Connection, services: Services, press: Publisher, said: _File, by: By, *, force: bool
) -> Imported | Rehearsal:
    with about(said.path):
        return importing.put(tx, services.hooks, press, said.hook, said.catalogue, by, force=force)


def told(done: Imported, *, checked: bool = True) -> str:
    """In words, with the address to paste into the tool. `checked`: against Qomon's fields."""
    hook = done.hook
    facts = {"hook": hook.name, "revision": hook.revision, "mode": hook.mode, "url": url(hook.address)}
    line = (
        _("%(hook)s: revision %(revision)s, %(mode)s, %(url)s", **facts)
        if done.new
        else _("%(hook)s: unchanged, revision %(revision)s, %(mode)s, %(url)s", **facts)
    )
    if checked:
        return line
    later = _("Not checked against Qomon, which could not be read. Later: flask hooks check %(hook)s", hook=hook.name)
    return f"{line}\n{later}"


def lost(tried: Rehearsal, hook: Hook) -> str:
    """That it waits as a draft, and what to do about it."""
    return _(
        "%(hook)s: kept as a draft, not in service: of the last %(submissions)s submissions, %(lost)s answers would "
        "not be sent any more.\nSee them: flask hooks rehearse %(hook)s\n"
        "If that is meant: flask hooks publish %(hook)s --lose %(lost)s --why '...'",
        hook=hook.name,
        submissions=tried.submissions,
        lost=tried.lost,
    )
