"""`flask work`: a worker process. The worker line of the Procfile runs it."""

from typing import TYPE_CHECKING, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.engine import procrastinate
from bridge.engine.engine import THREADS
from bridge.errors import Faults, StoreDown

if TYPE_CHECKING:
    from bridge.services import Parts

CONNECTIONS = 2
"""To the store, and one for the jobs: 8 with the web process's 5 (ledger.md 24). No thread holds one during a call."""

_JOBS = THREADS // 2
"""Threads for jobs; the others take what the sweep finds."""


@click.command("work")
@with_appcontext
def work_command() -> None:
    """Drain what the web process leaves, until SIGTERM: then the calls in hand are finished and no more are made.

    For a Postgres store. The web process drains by itself too; a worker takes the load of the crossings off it, and
    goes on while it is down. Several may run. With a SQLite file there is nothing to run: the web process drains all.

    \b
    Example:
      flask work
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    if not parts.settings.database_url.startswith("postgresql"):
        raise click.ClickException("A store in a file has no worker: the web process drains everything.")
    parts.connections = CONNECTIONS
    try:
        parts.start(THREADS - _JOBS)
    except Faults as wrong:
        raise click.ClickException("\n".join(wrong.faults)) from None
    except StoreDown:
        raise click.ClickException("The database does not answer. Is DATABASE_URL right, and is it up?") from None
    procrastinate.work(parts.settings.database_url, parts.engine.drain, parts.engine.halt, _JOBS)
    parts.stop()
