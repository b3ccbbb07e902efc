"""Answers that go wrong after the work was done: the caller cannot know that it was."""

import json
from http import HTTPStatus

from flask import Response

_HTML = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"


def spoiled(fault: str, answer: Response) -> Response:
    """`cut` announces more bytes than it sends; `other_contact` answers with somebody else's id."""
    body = answer.get_data()
    if fault == "error_after":
        return Response(b"", 500)
    if fault == "html":
        return Response(_HTML, 200, content_type="text/html; charset=utf-8")
    if fault in ("truncated", "cut"):
        half = Response(body[: len(body) // 2], 200, content_type="application/json")
        half.content_length = len(body) if fault == "cut" else half.content_length
        return half
    told = json.loads(body)
    if answer.status_code != HTTPStatus.OK:
        return answer
    contact = told["data"].get("contact", told["data"])
    contact["id"] = contact.get("id", 0) + 1
    return Response(json.dumps(told), 200, content_type="application/json")
