"""A dead bridge cannot warn: while all is well, whoever waits at HEARTBEAT_URL is called, and misses us when not."""

import logging
from collections.abc import Callable
from typing import Any

import requests

from bridge.services import Services

log = logging.getLogger(__name__)

_SECONDS = (3.05, 5)
"""To connect, and for each piece of the answer."""


def beat(services: Services, get: Callable[..., Any] = requests.get) -> bool:
    """Whether it was called: only while the store takes a write and all threads of this process live."""
    url = services.settings.heartbeat_url
    if not url:
        return False
    if not services.store.writable() or not services.engine.alive():
        log.warning("no heartbeat: the store or a thread does not work")
        return False
    try:
        answer = get(url, timeout=_SECONDS, allow_redirects=False, stream=True)
        answer.close()
    except (requests.RequestException, ValueError) as failure:  # its message quotes the address
        log.warning("the heartbeat failed", extra={"reason": type(failure).__name__})
        return False
    if not answer.ok:
        log.warning("the heartbeat failed", extra={"reason": answer.status_code})
    return bool(answer.ok)
