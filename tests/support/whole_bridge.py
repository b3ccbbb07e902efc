"""A whole bridge in front of a whole sandbox, in one process: what tests of the flow live in."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self, cast

from flask.testing import FlaskClient

from app import create_app
from bridge.inbox import events
from bridge.operations import retention
from bridge.operations.retention import Days
from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.services import Services
from bridge.store.store import Store
from schemas.report import staff_view
from tests.support.postgres import Server, ServerClock
from tests.support.wsgi_adapter import mounted

if TYPE_CHECKING:
    from bridge.qomon.sandbox.state import Sandbox

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[1] / "payloads"
QOMON = "https://qomon.example.org"
SECRET = "test-secret-do-not-use"
KEY = "an invented key of thirty-two or more"
BENEVOLES_FILE = Path(__file__).parents[2] / "hooks" / "benevoles.yaml"
BENEVOLES = BENEVOLES_FILE.read_text(encoding="utf-8")


class Clock:
    """Time stands still until it is moved; `told` hears of it."""

    def __init__(self, told: Callable[[datetime], None] = lambda _at: None) -> None:
        self.at = NOW
        self._told = told
        told(self.at)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)
        self._told(self.at)


@dataclass
class Places:
    """Where houses keep their stores: a file in their folder, or with a server a database of it for each folder."""

    server: Server | None = None
    open: ExitStack = field(default_factory=ExitStack)
    urls: dict[Path, str] = field(default_factory=dict[Path, str])

    def url(self, folder: Path) -> str:
        if self.server is None:
            return f"sqlite:///{_upgraded(folder / 'bridge.db')}"
        if folder not in self.urls:
            self.urls[folder] = self.open.enter_context(self.server.fresh())
        return self.urls[folder]

    def clock(self, folder: Path) -> Clock:
        """The server's time moves with the house's."""
        if self.server is None:
            return Clock()
        return Clock(self.open.enter_context(closing(ServerClock(self.url(folder)))).set)


def _upgraded(path: Path) -> Path:
    """A file that is up to date, unless there is one: a copy, because to upgrade each takes as long as most tests."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_bytes(_template())
    return path


@cache
def _template() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "upgraded.db")
        store = Store(f"sqlite:///{path}")
        store.upgrade()
        store.close()
        return path.read_bytes()


class House:
    """`drain` runs what is due in this thread: nothing happens behind a test's back."""

    places = Places()

    def __init__(self, folder: Path, hooks: tuple[str, ...] = (BENEVOLES,), **environ: str) -> None:
        self.clock = self.places.clock(folder)
        self.qomon = create_sandbox({}, now=self.clock, sleep=lambda seconds: self.clock.move(seconds=seconds))
        settings = {
            "LANG": "en",
            "QOMON_URL": QOMON,
            "QOMON_TOKEN": TOKEN,
            "DATABASE_URL": self.places.url(folder),
            **({"BRIDGE_KEY": KEY} if self.places.server else {}),
            "TALLY_SECRET": SECRET,
            "PUBLIC_URL": "https://bridge.example.org",
            **environ,
        }
        self.app = create_app(settings, self.clock, lambda: mounted(self.qomon, QOMON))
        self.unopened.wait = lambda seconds: self.clock.move(seconds=seconds)
        self.sandbox = cast("Sandbox", self.qomon.extensions["sandbox"])
        if self.places.server:
            self.places.open.callback(self.close)
        for text in hooks:
            self.import_hook(text)

    @property
    def services(self) -> Services:
        """The services, opened."""
        return self.unopened.open()

    @property
    def unopened(self) -> Services:
        return cast("Services", self.app.extensions["bridge"])

    def import_hook(self, text: str) -> None:
        with self.services.store.write() as tx:
            self.services.hooks.import_text(tx, text, pinned=None, now=self.clock())

    def read_catalogue(self) -> Self:
        """Know Qomon's forms from now on: a contact then crosses in three calls, none of which was made yet."""
        self.services.catalogues.refresh("default", self.services.spaces["default"].visit(), self.clock())
        self.sandbox.calls.clear()
        return self

    def close(self) -> None:
        """Give the connections back; nothing to do where no store was opened."""
        if "store" in vars(self.unopened):
            self.unopened.store.close()

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
        self.services.engine.drain_all()

    def prune(self) -> None:
        """What had its days goes."""
        retention.prune(self.services.store, self.clock, Days.of(self.services.settings), lambda _seconds: None)

    def report(self, event: str) -> dict[str, Any]:
        """The staff's view, as stored."""
        with self.services.store.read() as tx:
            row = events.find_event(tx, event)
        assert row is not None
        return staff_view(cast("Any", self.services.vault.unseal(row.report)), "https://bridge.example.org")

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
