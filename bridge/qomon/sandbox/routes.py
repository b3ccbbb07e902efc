"""Qomon's own paths: contacts, search, forms. Every call pays tokens and shows them in its headers."""

from datetime import timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from bridge.qomon.sandbox import check, search
from bridge.qomon.sandbox.faults import AFTER, BEFORE, meddle, spoiled
from bridge.qomon.sandbox.shapes import enveloped, shown, spelled
from bridge.qomon.sandbox.state import here

qomon = Blueprint("qomon", __name__)
_TITLES = {401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity", 429: "Too Many Requests"}


def problem(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> tuple[Response, int]:
    """The error object of docs/qomon.md 2.4; `status` is an integer here and a string in a success."""
    title = _TITLES.get(status, "Internal Server Error")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": ""}
    answer = jsonify({**body, "errors": errors or []})
    answer.content_type = "application/problem+json"
    return answer, status


@qomon.errorhandler(search.BadQuery)
def refuse(fault: search.BadQuery) -> ResponseReturnValue:
    return problem(422, "validation failed", [{"location": f"body.data.advanced_search.{fault}"}])


@qomon.before_request
def enter() -> ResponseReturnValue | None:
    """Wait, check the key, pay, and fail if that was planned."""
    plain = {"/search": "search", "/kpi": "kpi", "/contacts/upsert": "upsert"}
    kind = plain.get(request.path) or ("contacts" if request.path.startswith("/contacts") else "forms")
    g.cost = 5 if kind == "contacts" and request.method in ("PATCH", "POST") else 1
    if here.switches.latency_ms:
        here.sleep(here.switches.latency_ms / 1000)
    with here.lock:
        g.fault = here.next_fault(request.method, kind, _contact_id())
        if request.headers.get("Authorization") != f"Bearer {here.token}":
            return problem(401, "invalid token")
        if not here.bucket.pay(g.cost, here.switches, here.now()) or (g.fault and g.fault.name == "quota"):
            return _too_many()
    return problem(BEFORE[g.fault.name], "planned fault") if g.fault and g.fault.name in BEFORE else None


@qomon.after_request
def leave(answer: Response) -> Response:
    """The work was done, if it was to be done at all. Nobody else waits while this one does."""
    if g.fault and g.fault.name in AFTER:
        with here.lock:
            meddle(g.fault, here.contacts, _contact_id())
        if g.fault.ms and g.fault.name != "dribble":
            here.sleep(g.fault.ms / 1000)
        answer = spoiled(g.fault.name, g.fault.ms, answer)
    with here.lock:
        answer.headers["x-ratelimit-limit"] = f"burst:{here.switches.burst:.15g};rate:{here.switches.rate:.1f}"
        answer.headers["x-ratelimit-cost"] = str(g.cost)
        answer.headers["x-ratelimit-remaining"] = str(int(here.bucket.tokens))
        call = {"method": request.method, "path": request.path, "cost": g.cost, "status": answer.status_code}
        here.calls.append(call)
    return answer


@qomon.get("/contacts/<int:contact_id>")
def read(contact_id: int) -> ResponseReturnValue:
    with here.lock:
        if here.switches.touches:
            here.contacts.touch(contact_id)
        contact = here.contacts.all.get(contact_id)
        if contact is None:
            return problem(404, "contact not found")
        return jsonify(enveloped(shown(contact, here.switches), here.switches))


@qomon.patch("/contacts/<int:contact_id>")
@qomon.post("/contacts")
def write(contact_id: int | None = None) -> ResponseReturnValue:
    switches = here.switches
    sent = spelled(_inside(_inside(request.get_json(silent=True), "data"), "contact"), switches.spelling)
    with here.lock:
        if contact_id is not None and contact_id not in here.contacts.all:
            return problem(404, "contact not found")
        fitting = check.without_faulty_entries(sent, here.form_by_id)
        dropped = switches.unknown_entries == "drop" and fitting != sent
        sent = sent if switches.unknown_entries == "refuse" else fitting
        faults = check.errors(sent, here.form_by_id, strict=switches.unknown_keys == "refuse")
        if faults:
            return problem(422, "validation failed", faults)
        if switches.normalises:
            sent = {**sent, "surname": (sent.get("surname") or "").upper()}
        if contact_id is None:
            stored = here.contacts.create(sent)
        elif dropped:
            stored = here.contacts.all[contact_id]
        else:
            stored = here.contacts.replace(contact_id, sent, switches.drops, (switches.entries, switches.stamps))
        echo = shown(stored, switches, partial=switches.echo == "partial")
        return jsonify(enveloped(echo, switches))


@qomon.post("/contacts/upsert")
def upsert() -> ResponseReturnValue:
    """Taken, and applied later or dropped without a word (docs/qomon.md 4.3): 202 says nothing of it."""
    body = request.get_json(silent=True)
    record = _inside(body, "data")
    if _inside(body, "kind") != "contact" or not isinstance(record, dict):
        return problem(422, "validation failed", [{"location": "body.data", "message": "expected object"}])
    with here.lock:
        here.upserts.append((here.now() + timedelta(milliseconds=here.switches.upsert_delay_ms), record))
    return Response(status=202)


@qomon.post("/search")
def find() -> ResponseReturnValue:
    body = request.get_json(silent=True)
    if "busy@sandbox.test" in search.values(body):
        return _too_many()
    if "slow@sandbox.test" in search.values(body):
        here.sleep(5)
    with here.lock:
        page = search.page(body, here.contacts.indexed(here.switches.index_delay_ms))
        contacts = [shown(contact, here.switches) for contact in page]
        return jsonify({"status": "success", "data": {"contacts": contacts or None}})


@qomon.post("/kpi")
def number() -> ResponseReturnValue:
    with here.lock:
        everybody = here.contacts.indexed(here.switches.index_delay_ms)
        total = len(search.found(request.get_json(silent=True), everybody))
    return jsonify({"status": "success", "data": {"total": total}})


@qomon.get("/v1/forms/type/<category>")
@qomon.get("/forms/<category>")  # deprecated
def forms(category: str) -> ResponseReturnValue:
    known = here.forms.get(category)
    if known is None:
        return problem(404, "no such type")
    return jsonify({"status": "success", "data": {"forms": known}})


@qomon.get("/forms/<int:form_id>")
def form(form_id: int) -> ResponseReturnValue:
    known = here.form_by_id(form_id)
    if known is None:
        return problem(404, "form not found")
    return jsonify({"status": "success", "data": {"form": known}})


def _inside(body: Any, key: str) -> Any:
    return body.get(key) if isinstance(body, dict) else None


def _too_many() -> ResponseReturnValue:
    answer, status = problem(429, "rate limit exceeded")
    seconds = max(1, ceil((g.cost - here.bucket.tokens) / max(here.switches.rate, 0.1)))
    if here.switches.retry_after == "seconds":
        answer.headers["Retry-After"] = str(seconds)
    elif here.switches.retry_after == "date":
        answer.headers["Retry-After"] = format_datetime(here.now() + timedelta(seconds=seconds), usegmt=True)
    return answer, status


def _contact_id() -> int | None:
    return (request.view_args or {}).get("contact_id")
