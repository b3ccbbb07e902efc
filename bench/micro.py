"""Processor time of one event of twelve answers: reading, mapping, merging and reporting it. No store, no network."""

import time
from datetime import UTC, datetime
from typing import Any, cast

from app import create_app
from bench import typeform
from bench.scene import Store
from bridge.crossing.preview import preview_offline, unstored
from bridge.door.split import split
from bridge.inbox import records
from bridge.model import Delivery, Submission, Who

_TIMES = 300


def milliseconds(store: Store, read: dict[str, Any]) -> float:
    """Of one event for the contact that was read; the median of many."""
    services = create_app(store.environ).extensions["bridge"].open()
    now = datetime.now(UTC)
    with services.store.read() as tx:
        hook = services.hooks.by_address(tx, "typeform-id-0")
    scales = services.plans.offline(hook)
    (call,) = typeform.events(range(1), 1)
    delivery = Delivery(call.method, {key.lower(): value for key, value in call.headers.items()}, call.body, "", None)
    took = []
    for _ in range(_TIMES):
        began = time.thread_time()
        (incoming,) = split(delivery, hook, now, None)
        submission, who = cast("tuple[Submission, Who]", records.read(cast("dict[str, Any]", incoming.record)))
        told = {**incoming.report, "event": "bench", "notes": []}
        preview_offline(scales, read, unstored(hook, submission, who, told))
        took.append(time.thread_time() - began)
    services.store.close()
    return sorted(took)[_TIMES // 2] * 1000
