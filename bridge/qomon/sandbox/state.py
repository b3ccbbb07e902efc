"""What the sandbox remembers: contacts, forms, switches, faults, calls, tokens. One lock for all. The package's table
explains the switches.

Tests and people see and set it outside Qomon's paths (`/_sandbox`): no key, no tokens, no latency.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.local import LocalProxy

from bridge.qomon.sandbox import upsert
from bridge.qomon.sandbox.contacts import Contacts
from bridge.qomon.sandbox.faults import Fault, fault_asked


@dataclass(slots=True)
class Switches:
    """The types say what may be set; no number is negative."""

    shape: Literal["seed", "newer"] = "seed"
    envelope: Literal["contact", "bare"] = "contact"
    lists: Literal["shown", "omit_empty", "omit_all"] = "shown"
    soft_deleted: bool = True
    echo: Literal["full", "partial"] = "full"
    drops: list[str] = field(default_factory=list[str])
    normalises: bool = False
    unknown_entries: Literal["refuse", "ignore", "drop"] = "refuse"
    unknown_keys: Literal["ignore", "refuse"] = "ignore"
    spelling: Literal["newer", "seed"] = "newer"
    entries: Literal["replaced", "appended", "literal"] = "replaced"
    alive: Literal["null", "zero", "go", "empty", "invalid"] = "null"
    ids: Literal["number", "text", "spaced"] = "number"
    refs: Literal["shown", "missing"] = "shown"
    empty: Literal["list", "null", "text", "zero", "false", "object"] = "list"
    remains: bool = False
    stamps: Literal["act", "row"] = "act"
    touches: bool = False
    upsert_id: Literal["drop", "match"] = "drop"
    upsert_delay_ms: float = 2000
    latency_ms: float = 0
    index_delay_ms: float = 0
    burst: float = 100
    rate: float = 10
    retry_after: Literal["seconds", "date", "none"] = "seconds"

    def set(self, asked: Mapping[str, Any]) -> None:
        """All of them or, on a ValueError, none."""
        for name, value in asked.items():
            if not _fits(value, _TYPES.get(name)):
                raise ValueError(f"no such switch or value: {name}")
        for name, value in asked.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        return asdict(self)


_TYPES = get_type_hints(Switches)


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind == list[str]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind is float:
        return type(value) in (int, float) and value >= 0  # type: ignore[operator]
    return kind is bool and isinstance(value, bool)


@dataclass(slots=True)
class Bucket:
    """Qomon's own count; the client keeps another one and corrects it from the headers."""

    tokens: float
    at: datetime

    def pay(self, cost: float, switches: Switches, now: datetime) -> bool:
        passed = (now - self.at).total_seconds()
        self.tokens, self.at = min(switches.burst, self.tokens + passed * switches.rate), now
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True


@dataclass(eq=False)
class Sandbox:
    token: str
    forms: Mapping[str, Sequence[dict[str, Any]]]
    people: Sequence[dict[str, Any]]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        self.switches = Switches()
        self.faults: list[Fault] = []
        self.calls: list[dict[str, Any]] = []
        self.bucket = Bucket(self.switches.burst, self.now())
        self.upserts: list[tuple[datetime, dict[str, Any]]] = []
        self.contacts = Contacts(self.people, self.form_by_id, self.now)

    def set(self, asked: Mapping[str, Any]) -> None:
        """Set switches; a new burst or rate starts with a full bucket. Raises ValueError."""
        self.switches.set(asked)
        self.contacts.lagging = self.switches.index_delay_ms > 0
        if "burst" in asked or "rate" in asked:
            self.bucket = Bucket(self.switches.burst, self.now())

    def catch_up(self) -> None:
        """Apply the upserts whose time has come, in their order."""
        if not self.upserts:
            return
        with self.lock:
            while self.upserts and self.upserts[0][0] <= self.now():
                at, record = self.upserts.pop(0)
                upsert.apply(self.contacts, self.forms, record, at, unknown_id=self.switches.upsert_id)

    def form_by_id(self, form_id: int) -> dict[str, Any] | None:
        return next((f for forms in self.forms.values() for f in forms if f.get("id") == form_id), None)

    def next_fault(self, method: str, path: str, contact: int | None) -> Fault | None:
        """Use up one fault planned for this kind of call."""
        for fault in self.faults:
            meant = (fault.method, fault.path) == (method, path) and fault.contact in (None, contact)
            if meant and fault.times > 0:
                fault.times -= 1
                return fault
        return None


here = cast("Sandbox", LocalProxy(lambda: current_app.extensions["sandbox"]))
"""The one that the request is for."""

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
