"""What every answer says to a browser, whoever wrote it: a page, a problem, a file, /health. What an answer says of
itself stays.
"""

from typing import cast

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


@headers.after_app_request
def _said(answer: Response) -> Response:
    for name, value in _ALWAYS.items():
        answer.headers.setdefault(name, value)
    if _over_https():
        answer.headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
    if not (request.endpoint or "").endswith("static"):
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _over_https() -> bool:
    """As forms and people reach us: whether a proxy in front tells us so is not asked."""
    settings = cast("Services", current_app.extensions["bridge"]).settings
    return request.is_secure or settings.public_url.startswith("https://")
