"""Builds the parts from the settings and joins them: `app:app` for gunicorn, `flask ...` for the commands."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic

import requests
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from bridge import log, pages
from bridge.commands import COMMANDS
from bridge.door.headers import headers
from bridge.door.health import Verdict, health
from bridge.door.limits import Limits
from bridge.door.problems import LARGEST, problems
from bridge.door.receive import door
from bridge.door.request_ids import RequestIds
from bridge.operations import causes, figures, jobs
from bridge.operations.alerts import heartbeat, tick
from bridge.operations.retention import Days, Retention
from bridge.qomon import line
from bridge.qomon.pace import Pace
from bridge.services import Services
from bridge.settings import Settings, environment, read_settings
from bridge.translations import speak


def create_app(
    environ: Mapping[str, str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    http: Callable[[], requests.Session] = line.session,
    pace: Callable[[], Pace] | None = None,
    clock: Callable[[], float] | None = None,
) -> Flask:
    """Opens nothing: faults of the settings are told by `flask settings`, and stop whoever starts to serve."""
    settings = read_settings(environ)[0]
    made = Flask(__name__)
    made.config["MAX_CONTENT_LENGTH"] = LARGEST
    minute = timedelta(minutes=1)
    tasks = [("retention", timedelta(hours=1), _retaining(settings)), ("jobs", minute, jobs.feed)]
    tasks += [("figures", minute, figures.make), ("causes", minute, causes.each_minute)]
    tasks += [("alerts", minute, _spoken(made, tick.tick)), ("heartbeat", 5 * minute, _beating)]
    made.extensions["bridge"] = Services(settings, now, http, pace, tasks, clock)
    speak(made, settings.language, settings.timezone)
    made.extensions["limits"] = Limits(now)  # counts of this process: who has nothing to say is worth no write
    made.extensions["verdict"] = Verdict()
    # a redirect on a hook counts as a failure with several tools (docs/tools.md 1.1)
    made.url_map.merge_slashes = False
    made.register_blueprint(headers)
    made.register_blueprint(problems)
    made.register_blueprint(door)
    made.register_blueprint(health)
    pages.install(made)
    if settings.proxies:
        hops = settings.proxies
        made.wsgi_app = ProxyFix(made.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    made.wsgi_app = RequestIds(made.wsgi_app)  # type: ignore[method-assign]
    for command in COMMANDS:
        made.cli.add_command(command)
    log.configure(settings.log_format)
    return made


def _retaining(settings: Settings) -> Callable[[Services], None]:
    """What goes each hour of what had its days."""
    kept: list[Retention] = []

    def retain(services: Services) -> None:
        if not kept:
            kept.append(Retention(services.store, services.now, Days.of(settings), Event().wait))
        kept[0].hourly()

    return retain


def _spoken(made: Flask, do: Callable[[Services], None]) -> Callable[[Services], None]:
    """Where no request is, texts are spoken by the application."""

    def spoken(services: Services) -> None:
        with made.app_context():
            do(services)

    return spoken


def _beating(services: Services) -> None:
    heartbeat.beat(services)


app = create_app(environment(), clock=monotonic)
