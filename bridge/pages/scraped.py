"""`/metrics`, for Prometheus: with METRICS_TOKEN as a Bearer token, and nobody logged in."""

import hmac
from typing import Any, cast

from flask import Response, request
from flask_babel import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST

from bridge.door.problems import problem
from bridge.operations import metrics
from bridge.pages import session
from bridge.pages.page import pages


def scrape() -> Response:
    mine = session.services()
    token = mine.settings.metrics_token
    if not token:
        return problem(404, _("There are no metrics: METRICS_TOKEN is not set."))
    scheme, _space, said = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(said.strip().encode(), token.encode()):
        told = _("Bring METRICS_TOKEN as a Bearer token in the header Authorization.")
        return problem(401, told, **{"WWW-Authenticate": "Bearer"})
    return Response(metrics.text(mine.open()), content_type=CONTENT_TYPE_LATEST)


cast("Any", scrape).open = "metrics have a token of their own"
pages.add_url_rule("/metrics", "metrics", scrape, methods=["GET"])
