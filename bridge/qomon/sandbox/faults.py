"""What goes wrong once, checked when it is planned: calls that are refused, answers that do not say what was done, and
colleagues who come in between. The package's table explains them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Response

from bridge.qomon.sandbox.contacts import Contacts

_HTML = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"
BEFORE = {"error_before": 500, "refused": 401, "rejected": 422, "missing": 404, "quota": 429}
AFTER = (
    *("error_after", "html", "truncated", "cut", "other_contact", "slow", "timeout_after", "dribble"),
    *("edited", "added", "removed", "merged_away"),
)
EDITS = ("edited", "added", "removed")
PATHS = ("contacts", "upsert", "search", "kpi", "forms")
_LASTS = {"slow": 5_000, "timeout_after": 25_000, "dribble": 25_000}
"""Milliseconds: below and above what the bridge waits for an answer."""
DRIBBLE = "X-Sandbox-Dribble"
"""For whoever serves the sandbox: milliseconds over which to hand out the head, byte by byte. It is not sent."""


@dataclass(slots=True)
class Fault:
    """`times` calls of this method and kind of path, about this contact if one is named, meet `name`."""

    method: str
    path: str
    name: str
    times: int = 1
    contact: int | None = None
    ms: float = 0
    edit: Mapping[str, Any] = field(default_factory=dict[str, Any])


def fault_asked(asked: Mapping[str, Any]) -> Fault:
    """Raises ValueError for what is no fault."""
    name, contact, edit = str(asked.get("fault")), asked.get("contact"), asked.get("edit", {})
    times, ms = asked.get("times", 1), asked.get("ms", _LASTS.get(name, 0))
    fault = Fault(str(asked.get("method")), str(asked.get("path")), name, times, contact, ms, edit)
    fine = (
        asked.keys() <= {"method", "path", "fault", "times", "contact", "ms", "edit"}
        and name in (*BEFORE, *AFTER)
        and (fault.path in PATHS and fault.method in ("GET", "POST", "PATCH"))
        and (type(times) is int and times >= 1 and type(contact) in (int, type(None)))
        and (type(ms) in (int, float) and ms >= 0 and isinstance(edit, dict) and bool(edit) == (name in EDITS))
    )
    if not fine:
        raise ValueError("no such fault")
    return fault


def meddle(fault: Fault, contacts: Contacts, contact_id: int | None) -> None:
    """The answer is made: what a colleague does to the contact now, nobody who reads it will see."""
    if contact_id is None or contact_id not in contacts.all:
        return
    if fault.name == "edited":
        contacts.put(contact_id, fault.edit)
    elif fault.name in ("added", "removed"):
        contacts.answer(contact_id, fault.edit, gone=fault.name == "removed")
    elif fault.name == "merged_away":
        contacts.remove(contact_id)


def spoiled(fault: str, ms: float, answer: Response) -> Response:
    """`cut` announces more bytes than it sends; `other_contact` answers with somebody else's id."""
    body = answer.get_data()
    if fault == "dribble":
        answer.headers[DRIBBLE] = str(ms)
    if fault == "error_after":
        return Response(b"", 500)
    if fault in ("timeout_after", "html"):
        return Response(_HTML, 504 if fault == "timeout_after" else 200, content_type="text/html; charset=utf-8")
    if fault in ("truncated", "cut"):
        half = Response(body[: len(body) // 2], 200, content_type="application/json")
        half.content_length = len(body) if fault == "cut" else half.content_length
        return half
    if fault != "other_contact" or answer.status_code != HTTPStatus.OK:
        return answer
    other = json.loads(body)
    contact = other["data"].get("contact", other["data"])
    contact["id"] = type(contact.get("id", 0))(int(contact.get("id", 0)) + 1)  # `ids` may be texts
    return Response(json.dumps(other), 200, content_type="application/json")
