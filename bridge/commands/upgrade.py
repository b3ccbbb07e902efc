"""`flask upgrade`: brings the store's tables up to this code. The release phase of the Procfile runs it."""

import click
from flask_babel import gettext as _

from bridge.commands.command import command, unopened
from bridge.errors import Faults
from bridge.services import Services
from bridge.store.store import Store


@command("upgrade", opened=unopened)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when there is something to do")
def upgrade_command(services: Services, *, check: bool) -> bool:
    """Bring the store's tables up to this code, all or nothing.

    \b
    Example:
      flask upgrade
      flask upgrade --check
    """
    if services.faults:
        raise Faults(services.faults)
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
    return not (check and pending)
