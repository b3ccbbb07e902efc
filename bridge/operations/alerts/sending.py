"""Has alerts sent by a process of its own (`sender`), which ends with its work, or is ended when it hangs.

It is told nothing that it need not know: no setting of ours is in its environment.
"""

import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "bridge.operations.alerts.sender")
_START, _EACH = timedelta(seconds=20), timedelta(seconds=17)
"""That it may take to load all plug-ins on a slow machine, and for one address: `sender` gives up after 15."""
_ITS = re.compile(
    r"PATH|HOME|LANG|LC_.*|TZ|TMPDIR|LD_LIBRARY_PATH|PYTHONPATH|PYTHONHOME|SSL_CERT_.*|(REQUESTS|CURL)_CA_BUNDLE"
    r"|(?i:(https?|all|no)_proxy)"
)
"""What Python and a call through the network need of the environment."""


_ANSWERS = (b"true", b"false")


def longest(addresses: int) -> timedelta:
    """After which it is ended."""
    return _START + addresses * _EACH


def sent(environ: Mapping[str, str], addresses: Sequence[str], subject: str, body: str) -> list[bool]:
    """For each address whether it took the message."""
    went = answers(environ, {"addresses": [*addresses], "subject": subject, "body": body})
    return [*went, *[False] * (len(addresses) - len(went))]


def understood(environ: Mapping[str, str], addresses: Sequence[str]) -> list[bool | None]:
    """For each address whether Apprise knows what it means; None where nobody could be asked."""
    known = answers(environ, {"addresses": [*addresses]})
    return [*known, *[None] * (len(addresses) - len(known))]


def answers(environ: Mapping[str, str], work: Mapping[str, str | Sequence[str]]) -> list[bool]:
    """As far as it came."""
    limit = longest(len(work["addresses"])).total_seconds()
    try:
        with subprocess.Popen(  # noqa: S603 - nothing of the command comes from anybody
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={name: value for name, value in environ.items() if _ITS.fullmatch(name)},
            start_new_session=True,  # it is ended with all that a plug-in started
        ) as process:
            try:
                said, _ = process.communicate(json.dumps(work).encode() + b"\n", limit)
            except subprocess.TimeoutExpired:
                log.warning("the process that sends alerts hung, and was ended", extra={"seconds": limit})
                os.killpg(process.pid, signal.SIGKILL)
                said, _ = process.communicate()
    except OSError as failure:
        log.warning("no process that sends alerts could be started", extra={"reason": failure.errno})
        return []
    return [line == b"true" for line in takewhile(_ANSWERS.__contains__, said.splitlines())]
