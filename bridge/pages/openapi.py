"""`/openapi.json`: every address that programs call, from the schemas that make the answers and the routes that are.

The words in it are for developers: English, as codes are. It tells nothing of what is stored.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from flask import Flask, Response, current_app
from marshmallow import Schema
from werkzeug.routing import Rule

from bridge.door.problems import LARGEST, RETRY, as_json
from bridge.operations import checkup
from bridge.pages.page import open_page
from schemas.outputs.calls import Problem, Stored, Well
from schemas.report import ReportSchema

_KIND = "application/problem+json"
_EVENT = "evt_01k9example"
_STORED = {
    "delivery": "dlv_01k9example",
    "events": [{"event": _EVENT, "hook": "benevoles", "outcome": "accepted", "reason": None}],
}
_SAID: Mapping[int, tuple[str, str, str]] = {
    400: ("Bad Request", "Fewer bytes came than were announced.", "What came cannot be read; nothing was stored."),
    401: ("Unauthorized", "Tally-Signature is missing.", "The proof or the login is missing, wrong or too old."),
    403: ("Forbidden", "Your account may not do this. Ask an admin.", "The account may not see this."),
    404: ("Not Found", "No webhook at this address.", "There is nothing at this address."),
    405: ("Method Not Allowed", "This webhook does not take answers this way.", "`Allow` says which methods it takes."),
    408: ("Request Timeout", "Request Timeout", "The call did not come to its end in time."),
    409: ("Conflict", "This was changed meanwhile.", "It cannot be done now, and the sentence says why."),
    413: ("Content Too Large", f"Larger than {LARGEST // 1_000_000} MB.", "The body is too large."),
    429: ("Too Many Requests", "Too many calls that nothing proves. Please try later.", "`Retry-After` says when."),
    503: ("Service Unavailable", f"Not stored. Please try again in {RETRY} s.", "Nothing was promised: send it again."),
}
"""Of each status: its name, an example of its sentence, what it means."""
_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
_DOOR = (400, 401, 404, 405, 408, 413, 429, 503)
_TWIN = (400, 401, 403, 404, 409, 503)
_LOGIN = [{"login": list[str]()}]
_PROOFS: list[dict[str, list[str]]] = [{}, {"header": []}, {"basic": []}, {"bearer": []}]
_ABOUT = (
    "Form tools call a webhook's address; programs of staff read the twin of each page, with the cookie of a login. "
    "Each webhook says how its calls are proven; most tools sign the body in a header of their own. Any answer other "
    "than 200 means that nothing was taken: after 408, 429 and 503 send the same call again with the same id "
    "(`Idempotency-Key`), as often as you like."
)


@open_page("/openapi.json", "it says how to call us, and nothing of anybody", methods=("GET",))
def openapi() -> Response:
    return as_json(_document(current_app._get_current_object()))  # type: ignore[attr-defined] # noqa: SLF001 - the key of the cache


@cache
def _document(app: Flask) -> dict[str, Any]:
    from apispec import APISpec  # only who asks for it pays for it
    from apispec.ext.marshmallow import MarshmallowPlugin

    plugin = MarshmallowPlugin(schema_name_resolver=_named)
    info = {"description": _ABOUT}
    spec = APISpec("Qomon bridge", checkup.version(), "3.1.0", plugins=[plugin], info=info, security=_LOGIN)
    spec.components.schema("Problem", schema=Problem)
    spec.components.security_scheme(
        "login", {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"]}
    )
    spec.components.security_scheme("header", {"type": "apiKey", "in": "header", "name": "X-Token"})
    spec.components.security_scheme("basic", {"type": "http", "scheme": "basic"})
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        if operations := _operations(app, rule):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            spec.path(path, operations=operations, parameters=[*_parameters(rule)])
    return spec.to_dict()


def _named(schema: Any) -> Any:
    """By file and class; a part of a schema stands where it is used."""
    if isinstance(schema, Schema):
        if schema.only is not None or schema.exclude:
            return None
        schema = type(schema)
    if schema is Problem:
        return "Problem"
    return f"{schema.__module__.rpartition('.')[2]}.{schema.__name__.removesuffix('Schema')}"


def _operations(app: Flask, rule: Rule) -> dict[str, Any]:
    shows = getattr(app.view_functions[rule.endpoint], "shows", None)
    if shows is not None:
        name = rule.endpoint.removeprefix("pages.").removesuffix("_json")
        told = f"The twin of the page {rule.rule.removesuffix('.json')}"
        return {"get": _get(name, told, shows, _TWIN)}
    match rule.endpoint:
        case "door.receive":
            return _door(with_secret="secret" in rule.arguments)
        case "health.alive":
            return {"get": {**_get("health", "Does the store take a row?", Well, (503,)), "security": []}}
        case "health.ready":
            return {"get": {**_get("ready", "Does the whole process work?", Well, (503,)), "security": []}}
        case "pages.submission":
            return {"get": _for_tool()}
        case "pages.metrics":
            return {"get": _for_prometheus()}
        case "pages.openapi":
            answer = {"description": "This document", "content": {"application/json": {"schema": {"type": "object"}}}}
            return {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document",
                    "security": [],
                    "responses": {"200": answer},
                }
            }
    return {}


def _get(name: str, summary: str, shows: type[Schema], statuses: tuple[int, ...]) -> dict[str, Any]:
    good = {"description": "As the schema says", "content": {"application/json": {"schema": shows}}}
    return {"operationId": name, "summary": summary, "responses": {"200": good, **dict(_problems(statuses))}}


def _problems(statuses: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status in statuses:
        title, detail, meaning = _SAID[status]
        example = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        told = {"description": meaning, "content": {_KIND: {"schema": Problem, "example": example}}}
        if name := _HEADERS.get(status):
            told["headers"] = {name: {"schema": {"type": "string"}}}
        yield str(status), told


def _door(*, with_secret: bool) -> dict[str, Any]:
    """`GET` and `HEAD` are handshakes, or bring answers in the query where the webhook says so."""
    suffix = "_with_secret" if with_secret else ""
    text = {"schema": {"type": "string"}}
    kinds = ("text/plain", "text/html", "text/xml", "application/xml")
    good = {
        "description": "Stored, whatever becomes of it; or the reply that the tool asks for",
        "content": {"application/json": {"schema": Stored, "example": _STORED}, **dict.fromkeys(kinds, text)},
    }
    answers = {"200": good, **dict(_problems(_DOOR))}
    body = {
        "content": {
            "application/json": {"schema": {}, "example": {"mail": "camille.exemple@example.org"}},
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        }
    }
    again = {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The same id and bytes are one event, for ever, where the proof lets the header count",
    }
    post = {"summary": "Bring answers of a form", "parameters": [again], "requestBody": body}
    return {
        "post": {"operationId": f"receive{suffix}", **post, "security": _PROOFS, "responses": answers},
        "get": {
            "operationId": f"shake{suffix}",
            "summary": "The handshake of a tool",
            "security": _PROOFS,
            "responses": answers,
        },
        "head": {
            "operationId": f"look{suffix}",
            "summary": "Is it there?",
            "security": _PROOFS,
            "responses": {status: {"description": told["description"]} for status, told in answers.items()},
        },
    }


def _for_tool() -> dict[str, Any]:
    told = _get(
        "report",
        "The report, for the tool that brought the answers; a page for people",
        ReportSchema,
        (400, 401, 404, 405, 503),
    )
    for status in ("200", "400", "404", "503"):
        told["responses"][status]["content"]["text/html"] = {"schema": {"type": "string"}}
    told["responses"]["303"] = {"description": "A person is to log in first"}
    return {**told, "security": _PROOFS}


def _for_prometheus() -> dict[str, Any]:
    text = {"text/plain": {"schema": {"type": "string"}, "example": "bridge_writing 1.0\n"}}
    good = {"description": "The text format of Prometheus", "content": text}
    told = {"operationId": "metrics", "summary": "Counts for Prometheus, with METRICS_TOKEN as a Bearer token"}
    return {**told, "security": [{"bearer": []}], "responses": {"200": good, **dict(_problems((401, 404, 503)))}}


def _parameters(rule: Rule) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        kind = "integer" if f"<int:{name}>" in rule.rule else "string"
        yield {"name": name, "in": "path", "required": True, "schema": {"type": kind}}
