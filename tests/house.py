"""A whole bridge on a SQLite file in front of a whole sandbox, in one process: what tests of the flow live in."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask.testing import FlaskClient

from app import create_app
from bridge import inbox
from bridge.qomon.sandbox import TOKEN, create_sandbox
from schemas.report import staff_view
from tests.mount import mounted

if TYPE_CHECKING:
    from bridge.parts import Parts
    from bridge.qomon.sandbox.state import Sandbox

PAYLOADS = Path(__file__).parent / "payloads"
QOMON = "https://qomon.example.org"
SECRET = "test-secret-do-not-use"
BENEVOLES = (Path(__file__).parents[1] / "hooks" / "benevoles.yaml").read_text(encoding="utf-8")


class Clock:
    """Time stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


class House:
    """`drain` runs what is due in this thread: nothing happens behind a test's back."""

    def __init__(self, folder: Path, hooks: tuple[str, ...] = (BENEVOLES,), **environ: str) -> None:
        self.clock = Clock()
        self.qomon = create_sandbox({}, now=self.clock, sleep=lambda seconds: self.clock.move(seconds=seconds))
        settings = {
            "QOMON_URL": QOMON,
            "QOMON_TOKEN": TOKEN,
            "DATABASE_URL": f"sqlite:///{folder}/bridge.db",
            "TALLY_SECRET": SECRET,
            "PUBLIC_URL": "https://bridge.example.org",
            **environ,
        }
        self.app = create_app(settings, self.clock, lambda: mounted(self.qomon, QOMON))
        self.parts = cast("Parts", self.app.extensions["bridge"])
        self.sandbox = cast("Sandbox", self.qomon.extensions["sandbox"])
        for text in hooks:
            self.import_hook(text)

    def import_hook(self, text: str) -> None:
        with self.parts.store.write() as tx:
            self.parts.hooks.import_text(tx, text, pinned=None, now=self.clock())

    @property
    def door(self) -> FlaskClient:
        return self.app.test_client()

    def post(self, body: bytes, address: str = "k3f9x2m7", headers: Mapping[str, str] | None = None) -> Any:
        """A signed Tally call; the answer's JSON."""
        signed = {"Content-Type": "application/json", **tally_signature(body), **(headers or {})}
        answer = self.door.post(f"/hooks/{address}", data=body, headers=signed)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def drain(self) -> None:
        self.parts.dispatch.drain_all()

    def report(self, event: str) -> dict[str, Any]:
        """The staff's view, as stored."""
        with self.parts.store.read() as tx:
            row = inbox.find_event(tx, event)
        assert row is not None
        return staff_view(cast("Any", self.parts.vault.unseal(row.report)), "https://bridge.example.org")

    def cross(self, body: bytes, address: str = "k3f9x2m7") -> dict[str, Any]:
        """Post, drain, and the staff's report of the first event."""
        event = self.post(body, address)["events"][0]["event"]
        self.drain()
        return self.report(event)


def tally_signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"Tally-Signature": b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()}


def sample(**changes: Any) -> bytes:
    """The French volunteer's Tally payload; `changes` by label, None takes the question out."""
    payload = json.loads((PAYLOADS / "tally" / "composed_french_volunteer_nulls.json").read_bytes())
    for label, value in changes.items():
        for question in payload["data"]["fields"]:
            if question["label"] == label:
                question["value"] = value
    return json.dumps(payload, ensure_ascii=False).encode()
