"""What tests and people see and set outside Qomon's paths (`/_sandbox`): no key, no tokens, no latency."""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from bridge.qomon.sandbox.faults import fault_asked
from bridge.qomon.sandbox.state import here

inspection = Blueprint("inspection", __name__, url_prefix="/_sandbox")


def _asked() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


@inspection.errorhandler(ValueError)
def refused(fault: ValueError) -> ResponseReturnValue:
    return {"detail": str(fault)}, 400


@inspection.route("/switches", methods=["GET", "PATCH"])
def switches() -> ResponseReturnValue:
    with here.lock:
        here.set(_asked() if request.method == "PATCH" else {})
        return here.switches.shown()


@inspection.post("/faults")
def plan_fault() -> ResponseReturnValue:
    with here.lock:
        here.faults.append(fault_asked(_asked()))
    return {"planned": len(here.faults)}


@inspection.get("/calls")
def calls() -> ResponseReturnValue:
    return jsonify(here.calls)


@inspection.get("/contacts")
def everybody() -> ResponseReturnValue:
    return jsonify(list(here.contacts.all))


@inspection.route("/contacts/<int:contact_id>", methods=["GET", "PUT", "DELETE"])
def contact(contact_id: int) -> ResponseReturnValue:
    with here.lock:
        if request.method == "PUT":
            return here.contacts.put(contact_id, _asked())
        if request.method == "DELETE":
            here.contacts.remove(contact_id)
            return {}
        return here.contacts.all.get(contact_id) or ({"detail": "no such contact"}, 404)


@inspection.post("/reset")
def reset() -> ResponseReturnValue:
    with here.lock:
        here.reset()
    return {}
