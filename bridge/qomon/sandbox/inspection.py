"""What tests and people see and set outside Qomon's paths (`/_sandbox`): no key, no tokens, no latency."""

from typing import Any

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from bridge.qomon.sandbox.state import Sandbox
from bridge.qomon.sandbox.switches import fault_asked

inspection = Blueprint("inspection", __name__, url_prefix="/_sandbox")


def _sandbox() -> Sandbox:
    found: Sandbox = current_app.extensions["sandbox"]
    return found


def _asked() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


@inspection.errorhandler(ValueError)
def refused(fault: ValueError) -> ResponseReturnValue:
    return {"detail": str(fault)}, 400


@inspection.get("/switches")
def switches() -> ResponseReturnValue:
    return _sandbox().switches.shown()


@inspection.patch("/switches")
def set_switches() -> ResponseReturnValue:
    with _sandbox().lock:
        _sandbox().set(_asked())
        return _sandbox().switches.shown()


@inspection.post("/faults")
def plan_fault() -> ResponseReturnValue:
    with _sandbox().lock:
        _sandbox().faults.append(fault_asked(_asked()))
    return {"planned": len(_sandbox().faults)}


@inspection.get("/calls")
def calls() -> ResponseReturnValue:
    return jsonify(_sandbox().calls)


@inspection.get("/contacts")
def everybody() -> ResponseReturnValue:
    return jsonify(list(_sandbox().contacts.all))


@inspection.get("/contacts/<int:contact_id>")
def stored(contact_id: int) -> ResponseReturnValue:
    contact = _sandbox().contacts.all.get(contact_id)
    return ({"detail": "no such contact"}, 404) if contact is None else contact


@inspection.put("/contacts/<int:contact_id>")
def edit(contact_id: int) -> ResponseReturnValue:
    with _sandbox().lock:
        return _sandbox().contacts.put(contact_id, _asked())


@inspection.delete("/contacts/<int:contact_id>")
def merge_away(contact_id: int) -> ResponseReturnValue:
    with _sandbox().lock:
        _sandbox().contacts.remove(contact_id)
    return {}


@inspection.post("/reset")
def reset() -> ResponseReturnValue:
    with _sandbox().lock:
        _sandbox().reset()
    return {}
