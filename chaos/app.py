"""The bridge as gunicorn serves it in a campaign: the real application on the campaign's clock."""

from typing import Any

import requests

from app import create_app
from bridge.settings import environment
from chaos.clock import Clock


class Hurried(requests.Session):
    """Its patience passes as quickly as everything else: a call must end before the lease that it is made under."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        connect, read = kwargs["timeout"]
        kwargs["timeout"] = (connect / clock.speed, read / clock.speed)
        return super().send(request, **kwargs)


clock = Clock.told(environment())
clock.end_this_process()
app = create_app(environment(), clock, Hurried)
