"""`flask work`: a worker process. The worker line of the Procfile runs it."""

from flask_babel import gettext as _

from bridge.commands.command import Refused, command, unopened
from bridge.engine import procrastinate
from bridge.engine.engine import THREADS
from bridge.services import Services

CONNECTIONS = 2
"""To the store, and one for the jobs: 8 with the web process's 5 (docs/ledger.md 24). No thread holds one during a
call.
"""

_JOBS = THREADS // 2
"""Threads for jobs; the others take what the sweep finds."""


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
    services.start(THREADS - _JOBS)
    procrastinate.work(services.settings.database_url, services.engine.drain, services.engine.halt, _JOBS)
    services.stop()
