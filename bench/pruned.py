"""The bridge of `bench.fast`, in which what had its days goes at once and not by the hour; PRUNED is written when it
went."""

import json
import threading
import time
from pathlib import Path

from bench.fast import app
from bridge.operations import retention
from bridge.operations.retention import Days
from bridge.services import Services
from bridge.settings import environment

__all__ = ["app"]


def _prune(services: Services, told: Path) -> None:
    began = time.monotonic()
    gone = retention.prune(services.store, services.now, Days.of(services.settings), time.sleep)
    told.write_text(json.dumps({"gone": gone, "seconds": time.monotonic() - began}), encoding="utf-8")


threading.Thread(
    target=_prune, args=(app.extensions["bridge"].open(), Path(environment()["PRUNED"])), daemon=True
).start()
