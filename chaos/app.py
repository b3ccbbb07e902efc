"""The bridge as gunicorn serves it in a campaign: the real application on the campaign's clock."""

import threading
from contextlib import suppress
from inspect import signature
from typing import TYPE_CHECKING, Any, cast

import requests

from app import create_app
from bridge.errors import StoreDown
from bridge.qomon.line import Line
from bridge.settings import environment
from chaos.clock import Clock

if TYPE_CHECKING:
    from bridge.services import Services

_MINUTE = 60.0


class Hurried(Line):
    """Its patience passes as quickly as everything else: a call must end before the lease that it is made under."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = tuple(seconds / clock.speed for seconds in kwargs["timeout"])
        return super().send(*args, **kwargs)


def hurried() -> requests.Session:
    session = requests.Session()
    session.mount("http://", Hurried())
    return session


def hurry() -> None:
    """Procrastinate's own clock, by which jobs are swept each minute, is nobody's to make faster."""
    services = cast("Services", app.extensions["bridge"])
    while True:
        clock.sleep(_MINUTE)
        sweep = getattr(getattr(services, "engine", None), "sweep", None)  # the version before has none
        with suppress(StoreDown):
            if sweep is not None:
                sweep()


def watched() -> dict[str, Any]:
    """What the version before does not know: a watch beside the clock; and heartbeats come by our own time."""
    if "clock" not in signature(create_app).parameters:
        return {}
    from bridge.engine import procrastinate

    procrastinate.STALLED *= clock.speed
    return {"clock": lambda: clock.right().timestamp()}


clock = Clock.told(environment())
clock.end_this_process()
app = create_app(environment(), clock, hurried, **watched())
threading.Thread(target=hurry, daemon=True).start()
