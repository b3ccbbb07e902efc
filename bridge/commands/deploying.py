"""`flask settings`, `flask upgrade` and `flask work`: what a deployer and the lines of the Procfile run.

The first works when the settings do not, and the bridge could not start.
"""

import signal
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import AS_JSON, Refused, command, show, unopened
from bridge.commands.importing import lost, told
from bridge.commands.opened import kept
from bridge.errors import Faults
from bridge.hooks.registry import Imported
from bridge.hooks.revisions import By
from bridge.operations import hooks_folder
from bridge.operations.hooks_folder import Brought, HookFile, Left
from bridge.services import Services
from bridge.settings import Described, described
from bridge.store.store import Store

CONNECTIONS = 2
"""To the store, and one for the jobs: 8 with the web process's 5 (docs/ledger.md 24). No thread holds one during a
call.
"""


@command("settings", opened=unopened)
@AS_JSON
def settings_command(services: Services, *, as_json: bool) -> bool:
    """Show what is set, secrets masked, and every fault. Exit 1 when there is a fault.

    \b
    Example:
      flask settings
      flask settings --json
    """
    shown, faults = described(services.settings), services.faults
    said = {"settings": [asdict(one) for one in shown], "faults": faults}
    show(said, _table(shown, faults), as_json=as_json)
    return not faults


def _table(shown: Sequence[Described], faults: Sequence[str]) -> Iterator[str]:
    width = max(len(one.name) for one in shown)
    for one in shown:
        value = one.value if one.given else _("%(value)s (default)", value=one.value) if one.value else _("not set")
        yield f"{one.name:<{width}}  {value}"
        yield f"{'':<{width}}  {one.purpose}"
    if faults:
        yield ""
    yield from (_("FAULT  %(fault)s", fault=fault) for fault in faults)


@command("upgrade", opened=unopened)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when there is something to do")
def upgrade_command(services: Services, *, check: bool) -> bool:
    """Bring the store's tables up to this code, all or nothing; then import the hook files of HOOKS_FOLDER, if set.

    A fault in a file, or a Qomon that does not answer, ends it before any hook was changed: exit 1, so that the version
    before goes on. What people decided here since is left as it is, and told.

    \b
    Example:
      flask upgrade
      flask upgrade --check
    """
    if services.faults:
        raise Faults(services.faults)
    files = hooks_folder.read(services.settings) if services.settings.hooks_folder else []
    store = Store(services.settings.database_url)
    try:
        pending = store.pending()
        if pending and not check:
            store.upgrade()
    finally:
        store.close()
    for name in pending:
        click.echo(_("to do: %(name)s", name=name) if check else _("done: %(name)s", name=name))
    if not pending:
        click.echo(_("The store is up to date."))
    if files and check and pending:
        click.echo(_("Each hook file is right by itself; what it would change is seen once the store is up to date."))
    changed = _brought(services, files, check=check) if files and not (check and pending) else False
    return not (check and (pending or changed))


def _brought(services: Services, files: Sequence[HookFile], *, check: bool) -> bool:
    """Whether any file changed, or would change, something."""
    services.connections = CONNECTIONS  # beside those of the version that serves
    found = hooks_folder.bring(services.open(), files, By(services.now(), hooks_folder.WHO), only_look=check)
    for one in found:
        for line in _about(one, check=check):
            click.echo(line)
    return any(isinstance(one, Brought) for one in found)


def _about(one: Brought | Left, *, check: bool) -> Iterator[str]:
    """An address that only a look would have made is not told, nor is a draft that nobody can look at."""
    path, hook = one.file
    if isinstance(one, Left):
        if one.why:
            yield _("%(file)s: left out: %(why)s", file=path, why=one.why)
        return
    if not check:
        yield told(one.done) if isinstance(one.done, Imported) else lost(one.done, hook)
        if one.waits:
            yield kept(hook.name, one.waits)
    elif isinstance(one.done, Imported):
        yield _("to do: %(name)s", name=f"{path}: {hook.name}, {hook.mode}")
    else:
        yield ngettext(
            "to do: %(file)s would wait as a draft: %(num)s answer would not be sent any more.",
            "to do: %(file)s would wait as a draft: %(num)s answers would not be sent any more.",
            one.done.lost,
            file=path,
        )


_ENDS = (signal.SIGTERM, signal.SIGINT)
_LOOK = 30.0
"""Seconds between two looks whether the threads live."""
_GONE = 22
"""Seconds after SIGTERM when what is still in hand is left to the sweep: the platform would end it a little later."""


@command("work", opened=unopened)
def work_command(services: Services) -> None:
    """Drain what the web process leaves, until SIGTERM: then the calls in hand are finished and no more are made.

    For a Postgres store. The web process drains by itself too; a worker takes the load of the crossings off it, and
    goes on while it is down. Several may run. With a SQLite file there is nothing to run: the web process drains all.

    \b
    Example:
      flask work
    """
    if not services.settings.database_url.startswith("postgresql"):
        raise Refused(_("A store in a file has no worker: the web process drains everything."))
    services.connections = CONNECTIONS
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)  # waited for below: a handler may come too late
    services.start(0)
    while signal.sigtimedwait(_ENDS, _LOOK) is None:
        services.revive()
    signal.alarm(_GONE)
    services.stop()
