"""How tests read a body: as a call to one source, in Paris. No rules of any tool."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from bridge.sources import SOURCES
from bridge.words import Delivery, Record, Submission

PARIS = ZoneInfo("Europe/Paris")


def post(source: str, body: Any, content_type: str = "application/json", **headers: str) -> list[Record]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SOURCES[source].split(Delivery("POST", {"content-type": content_type, **named}, raw))


def read(source: str, body: Any, content_type: str = "application/json") -> Submission:
    (record,) = post(source, body, content_type)
    return SOURCES[source].read(record, PARIS)


def pairs(submission: Submission) -> list[tuple[str, str, Any]]:
    return [(answer.key, answer.label, answer.value) for answer in submission.answers]
