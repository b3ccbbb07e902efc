"""`flask upgrade`: brings the store's tables up to this code. The release phase of the Procfile runs it."""

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.errors import StoreDown
from bridge.store.store import Store


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when there is something to do")
@with_appcontext
def upgrade_command(*, check: bool) -> None:
    """Bring the store's tables up to this code, all or nothing.

    \b
    Example:
      flask upgrade
      flask upgrade --check
    """
    parts = current_app.extensions["bridge"]
    if parts.faults:
        raise click.ClickException("\n".join(parts.faults))
    store = Store(parts.settings.database_url)
    try:
        pending = store.pending()
        if pending and not check:
            store.upgrade()
    except StoreDown:
        raise click.ClickException("The database does not answer. Is DATABASE_URL right, and is it up?") from None
    finally:
        store.close()
    for name in pending:
        click.echo(f"{'to do' if check else 'done'}: {name}")
    if not pending:
        click.echo("The store is up to date.")
    raise SystemExit(1 if check and pending else 0)
