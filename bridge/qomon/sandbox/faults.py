"""What goes wrong after the work was done: answers that do not say so, and colleagues who come in between."""

import json
from http import HTTPStatus

from flask import Response

from bridge.qomon.sandbox.contacts import Contacts
from bridge.qomon.sandbox.switches import Fault

_HTML = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"


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


DRIBBLE = "X-Sandbox-Dribble"
"""For whoever serves the sandbox: milliseconds over which to hand out the head, byte by byte. It is not sent."""


def spoiled(fault: str, ms: float, answer: Response) -> Response:
    """`cut` announces more bytes than it sends; `other_contact` answers with somebody else's id."""
    body = answer.get_data()
    if fault == "dribble":
        answer.headers[DRIBBLE] = str(ms)
    if fault == "error_after":
        return Response(b"", 500)
    if fault == "timeout_after":
        return Response(_HTML, 504, content_type="text/html; charset=utf-8")
    if fault == "html":
        return Response(_HTML, 200, content_type="text/html; charset=utf-8")
    if fault in ("truncated", "cut"):
        half = Response(body[: len(body) // 2], 200, content_type="application/json")
        half.content_length = len(body) if fault == "cut" else half.content_length
        return half
    if fault != "other_contact":
        return answer
    told = json.loads(body)
    if answer.status_code != HTTPStatus.OK:
        return answer
    contact = told["data"].get("contact", told["data"])
    contact["id"] = type(contact.get("id", 0))(int(contact.get("id", 0)) + 1)  # `ids` may be texts
    return Response(json.dumps(told), 200, content_type="application/json")
