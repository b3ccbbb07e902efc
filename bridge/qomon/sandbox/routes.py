"""Qomon's own paths: contacts, search, forms. Every call pays tokens and shows them in its headers."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from bridge.qomon.sandbox import check, search
from bridge.qomon.sandbox.faults import meddle, spoiled
from bridge.qomon.sandbox.shapes import enveloped, shown, spelled
from bridge.qomon.sandbox.state import Sandbox
from bridge.qomon.sandbox.switches import AFTER, BEFORE, Fault

qomon = Blueprint("qomon", __name__)
_TITLES = {401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity", 429: "Too Many Requests"}


def sandbox() -> Sandbox:
    found: Sandbox = current_app.extensions["sandbox"]
    return found


def problem(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> tuple[Response, int]:
    """The error object of qomon-api.md 2.4; `status` is an integer here and a string in a success."""
    title = _TITLES.get(status, "Internal Server Error")
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": ""}
    answer = jsonify({**told, "errors": errors or []})
    answer.content_type = "application/problem+json"
    return answer, status


@qomon.before_request
def enter() -> ResponseReturnValue | None:
    """Wait, check the key, pay, and fail if that was planned."""
    here = sandbox()
    kind = _kind(request.path)
    g.cost = 5 if kind == "contacts" and request.method in ("PATCH", "POST") else 1
    if here.switches.latency_ms:
        here.sleep(here.switches.latency_ms / 1000)
    with here.lock:
        g.fault = here.next_fault(request.method, kind, _contact_id())
        if request.headers.get("Authorization") != f"Bearer {here.token}":
            return problem(401, "invalid token")
        if not here.bucket.pay(g.cost, here.switches, here.now()) or (g.fault and g.fault.name == "quota"):
            return _too_many(here)
    return problem(BEFORE[g.fault.name], "planned fault") if g.fault and g.fault.name in BEFORE else None


@qomon.after_request
def leave(answer: Response) -> Response:
    here = sandbox()
    if g.fault and g.fault.name in AFTER:
        answer = _struck(here, g.fault, answer)
    with here.lock:
        limit = f"burst:{here.switches.burst:.15g};rate:{here.switches.rate:.1f}"
        told = {"limit": limit, "cost": str(g.cost), "remaining": str(int(here.bucket.tokens))}
        call = {"method": request.method, "path": request.path, "cost": g.cost, "status": answer.status_code}
        here.calls.append(call)
    for name, value in told.items():
        answer.headers[f"x-ratelimit-{name}"] = value
    return answer


def _struck(here: Sandbox, fault: Fault, answer: Response) -> Response:
    """The work was done, if it was to be done at all. Nobody else waits while this one does."""
    with here.lock:
        meddle(fault, here.contacts, _contact_id())
    if fault.ms and fault.name != "dribble":
        here.sleep(fault.ms / 1000)
    return spoiled(fault.name, fault.ms, answer)


@qomon.get("/contacts/<int:contact_id>")
def read(contact_id: int) -> ResponseReturnValue:
    here = sandbox()
    with here.lock:
        if here.switches.touches:
            here.contacts.touch(contact_id)
        contact = here.contacts.all.get(contact_id)
        if contact is None:
            return problem(404, "contact not found")
        return jsonify(enveloped(shown(contact, here.switches), here.switches))


@qomon.patch("/contacts/<int:contact_id>")
def replace(contact_id: int) -> ResponseReturnValue:
    return _written(contact_id)


@qomon.post("/contacts")
def create() -> ResponseReturnValue:
    return _written(None)


@qomon.post("/contacts/upsert")
def upsert() -> ResponseReturnValue:
    """Taken, and applied later or dropped without a word (qomon-api.md 4.3): 202 says nothing of it."""
    here = sandbox()
    body = request.get_json(silent=True)
    record = body.get("data") if isinstance(body, dict) and body.get("kind") == "contact" else None
    if not isinstance(record, dict):
        return problem(422, "validation failed", [{"location": "body.data", "message": "expected object"}])
    with here.lock:
        here.upserts.append((here.now() + timedelta(milliseconds=here.switches.upsert_delay_ms), record))
    return Response(status=202)


@qomon.post("/search")
def find() -> ResponseReturnValue:
    here = sandbox()
    body = request.get_json(silent=True)
    if "busy@sandbox.test" in search.values(body):
        return _too_many(here)
    if "slow@sandbox.test" in search.values(body):
        here.sleep(5)
    with here.lock:
        try:
            page = search.page(body, _indexed(here))
        except search.BadQuery as fault:
            return _bad_query(fault)
        contacts = [shown(contact, here.switches) for contact in page]
        return jsonify({"status": "success", "data": {"contacts": contacts or None}})


@qomon.post("/kpi")
def number() -> ResponseReturnValue:
    here = sandbox()
    with here.lock:
        try:
            total = len(search.found(request.get_json(silent=True), _indexed(here)))
        except search.BadQuery as fault:
            return _bad_query(fault)
    return jsonify({"status": "success", "data": {"total": total}})


def _indexed(here: Sandbox) -> Iterable[Mapping[str, Any]]:
    """Everybody as search knows them."""
    return here.contacts.indexed(timedelta(milliseconds=here.switches.index_delay_ms))


def _bad_query(fault: search.BadQuery) -> ResponseReturnValue:
    return problem(422, "validation failed", [{"location": f"body.data.advanced_search.{fault}"}])


@qomon.get("/v1/forms/type/<category>")
@qomon.get("/forms/<category>")  # deprecated
def forms(category: str) -> ResponseReturnValue:
    known = sandbox().forms.get(category)
    if known is None:
        return problem(404, "no such type")
    return jsonify({"status": "success", "data": {"forms": known}})


@qomon.get("/forms/<int:form_id>")
def form(form_id: int) -> ResponseReturnValue:
    known = sandbox().form_by_id(form_id)
    if known is None:
        return problem(404, "form not found")
    return jsonify({"status": "success", "data": {"form": known}})


def _written(contact_id: int | None) -> ResponseReturnValue:
    """PATCH with an id, POST with None."""
    here = sandbox()
    switches = here.switches
    sent = spelled(_contact_sent(request.get_json(silent=True)), switches.spelling)
    with here.lock:
        if contact_id is not None and contact_id not in here.contacts.all:
            return problem(404, "contact not found")
        fitting = check.without_faulty_entries(sent, here.form_by_id)
        dropped = switches.unknown_entries == "drop" and fitting != sent
        sent = sent if switches.unknown_entries == "refuse" else fitting
        faults = check.errors(sent, here.form_by_id, strict=switches.unknown_keys == "refuse")
        if faults:
            return problem(422, "validation failed", faults)
        stored = here.contacts.all[contact_id] if dropped and contact_id else _stored(here, contact_id, sent)
        echo = shown(stored, switches, partial=switches.echo == "partial")
        return jsonify(enveloped(echo, switches))


def _stored(here: Sandbox, contact_id: int | None, sent: Mapping[str, Any]) -> dict[str, Any]:
    switches = here.switches
    sent = _normalised(sent) if switches.normalises else sent
    if contact_id is None:
        return here.contacts.create(sent)
    return here.contacts.replace(contact_id, sent, switches.drops, (switches.entries, switches.stamps))


def _contact_sent(body: Any) -> Any:
    inside = body.get("data") if isinstance(body, dict) else None
    return inside.get("contact") if isinstance(inside, dict) else None


def _normalised(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {**sent, "surname": sent["surname"].upper()} if sent.get("surname") else dict(sent)


def _too_many(here: Sandbox) -> ResponseReturnValue:
    answer, status = problem(429, "rate limit exceeded")
    seconds = max(1, ceil((g.cost - here.bucket.tokens) / max(here.switches.rate, 0.1)))
    if here.switches.retry_after == "seconds":
        answer.headers["Retry-After"] = str(seconds)
    elif here.switches.retry_after == "date":
        answer.headers["Retry-After"] = format_datetime(here.now() + timedelta(seconds=seconds), usegmt=True)
    return answer, status


def _contact_id() -> int | None:
    return (request.view_args or {}).get("contact_id")


def _kind(path: str) -> str:
    """Which of the paths that faults are planned for."""
    plain = {"/search": "search", "/kpi": "kpi", "/contacts/upsert": "upsert"}
    return plain.get(path) or ("contacts" if path.startswith("/contacts") else "forms")
