"""The bridge as gunicorn serves it in a campaign: the real application on the campaign's clock."""

from typing import Any

import requests

from app import create_app
from bridge.qomon.line import Line
from bridge.settings import environment
from chaos.clock import Clock


class Hurried(Line):
    """Its patience passes as quickly as everything else: a call must end before the lease that it is made under."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = tuple(seconds / clock.speed for seconds in kwargs["timeout"])
        return super().send(*args, **kwargs)


def hurried() -> requests.Session:
    session = requests.Session()
    session.mount("http://", Hurried())
    return session


clock = Clock.told(environment())
clock.end_this_process()
app = create_app(environment(), clock, hurried)
