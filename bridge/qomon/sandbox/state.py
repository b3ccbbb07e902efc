"""What the sandbox remembers: contacts, forms, switches, faults, calls, tokens. One lock for all."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import current_app
from werkzeug.local import LocalProxy

from bridge.qomon.sandbox import upsert
from bridge.qomon.sandbox.contacts import Contacts
from bridge.qomon.sandbox.faults import Fault
from bridge.qomon.sandbox.switches import Switches


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


class Sandbox:
    def __init__(
        self,
        token: str,
        forms: Mapping[str, Sequence[dict[str, Any]]],
        people: Sequence[dict[str, Any]],
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self.token = token
        self.forms = forms
        self.now = now
        self.sleep = sleep
        self.lock = threading.RLock()
        self._people = people
        self.reset()

    def reset(self) -> None:
        self.switches = Switches()
        self.faults: list[Fault] = []
        self.calls: list[dict[str, Any]] = []
        self.bucket = Bucket(self.switches.burst, self.now())
        self.upserts: list[tuple[datetime, dict[str, Any]]] = []
        self.contacts = Contacts(self._people, self.form_by_id, self.now)

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
