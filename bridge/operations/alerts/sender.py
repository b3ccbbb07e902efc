"""A process of its own that sends alerts: `python -m bridge.operations.alerts.sender`.

Apprise and its plug-ins take memory that a web process would keep for good; here it is given back. What it is to do
comes on its standard input, a line of JSON for each piece of work: an address is a secret, and is no word of a command.
For each address it answers a line of JSON at once, so that what went is known though it be ended in the middle.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import apprise

SECONDS = 15
"""That one channel may take."""


def main() -> None:
    """Until nothing more comes. A plug-in that hangs is left behind in its thread, and nobody waits for that."""
    answers = _alone_with_its_output()
    logging.disable(logging.CRITICAL)  # lines of Apprise and of what it uses hold addresses
    for line in sys.stdin:
        work = json.loads(line)
        for address in work["addresses"]:
            answers.write(json.dumps(_done(address, work)) + "\n")
            answers.flush()
    os._exit(0)


def _done(address: str, work: Mapping[str, Any]) -> bool:
    """Whether the message was sent; where there is none, whether Apprise understands the address."""
    try:
        to = apprise.Apprise(asset=_asset())
        if not to.add(address):
            return False
        subject = work.get("subject")
        return subject is None or bool(to.notify(body=work["body"], title=subject, body_format="text", timeout=SECONDS))
    except Exception:  # noqa: BLE001 - whatever a plug-in raises, told to nobody: it may quote the address
        return False


def _asset() -> apprise.AppriseAsset:
    asset = apprise.AppriseAsset(storage_mode="memory", secure_logging=True, service_timeout=SECONDS)
    asset.app_id, asset.app_desc, asset.app_url, asset.async_mode = "Qomon bridge", "Qomon bridge", "", False
    return asset


def _alone_with_its_output() -> TextIO:
    """What a plug-in prints goes nowhere, and is no answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


if __name__ == "__main__":
    main()
