"""What every answer says to a browser, whoever wrote it: a page, a problem, a file, /health. What an answer says of
itself stays. And of a call whether a proxy stood before us of which nobody told us, and under which host it came.
"""

from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request

from bridge.services import Services

headers = Blueprint("headers", __name__)

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",  # an answer that is no page loads nothing
}
_HTTPS_ONLY = "max-age=31536000"
_RECEIVE = "door.receive"


@headers.after_app_request
def _said(answer: Response) -> Response:
    for name, value in _ALWAYS.items():
        answer.headers.setdefault(name, value)
    if _over_https():
        answer.headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
    if not (request.endpoint or "").endswith("static"):
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


@headers.before_app_request
def _seen() -> None:
    """Told in the check-up: behind a proxy that is not believed all callers count as one."""
    services = _services()
    if not services.settings.proxies and "X-Forwarded-For" in request.headers:
        services.forwarded = True


@headers.after_app_request
def _elsewhere(answer: Response) -> Response:
    """Told in the check-up: an address of before goes on working, in a tool into which nobody pasted the new one. Of
    calls that were let in: before that anybody may say any host."""
    services = _services()
    if request.endpoint == _RECEIVE and answer.status_code == HTTPStatus.OK and request.view_args:
        told = urlsplit(services.settings.public_url)
        host = request.host.lower().removesuffix(":443")  # with the port where a proxy ended the https
        if host and host not in (told.netloc.lower(), told.hostname):
            services.called_elsewhere[request.view_args["address"]] = services.now()
    return answer


def _over_https() -> bool:
    """As forms and people reach us: whether a proxy in front tells us so is not asked."""
    return request.is_secure or _services().settings.public_url.startswith("https://")


def _services() -> Services:
    return cast("Services", current_app.extensions["bridge"])
