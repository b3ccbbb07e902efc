"""What gunicorn does beside the flags of the Procfile: our log, its worker, and the threads of the bridge.

It listens where PORT says (gunicorn's own rule), else on 127.0.0.1:8000. No access log: paths hold secrets.
"""

import gc
from typing import Any

from gunicorn.glogging import Logger

from bridge.log import logging_config
from bridge.settings import environment


class NoAccessLog(Logger):
    """With a log of our own, gunicorn would make up each call's line before nobody prints it."""

    def access(self, *_call: Any) -> None:
        """Nothing."""


worker_class = "bridge.door.worker.Worker"
worker_connections = 512
"""Callers at once, slow ones included: a worker may hold 1,024 files on many machines."""

forwarded_allow_ips, secure_scheme_headers, forwarder_headers = "*", dict[str, str](), ""
"""gunicorn believes no header of a proxy: the application does, as PROXIES says. So it need not ask who is calling."""

logconfig_dict = logging_config(environment().get("LOG_FORMAT", "").strip())
logger_class = NoAccessLog
graceful_timeout = 20
"""Seconds for the calls in hand: platforms kill after 30, and lanes are given back after (docs/ledger.md 27)."""


def post_worker_init(worker: Any) -> None:
    """After the fork and with the application loaded: threads do not survive a fork.

    What is loaded stays: the garbage collector, which stops everybody meanwhile, need not look through it again.
    """
    gc.freeze()
    worker.app.wsgi().extensions["bridge"].start()


def worker_exit(_server: Any, worker: Any) -> None:
    """Stops what the hook above started; a worker that never loaded the application has nothing to stop."""
    if worker.booted:
        worker.app.wsgi().extensions["bridge"].stop()
