"""The bridge as gunicorn serves it, but for the pace: the sandbox sets no limit here, and so must not the client."""

from app import create_app
from bridge.qomon.pace import Pace
from bridge.settings import environment

app = create_app(environment(), pace=lambda: Pace(burst=1e9, rate=1e9))
