"""How tests read a body: as a call to one source, in Paris; and the calls that were recorded. No rules of any tool."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.model import Delivery, Record, Submission
from bridge.sources import SOURCES, Source, shown

PARIS = ZoneInfo("Europe/Paris")
FORM = "application/x-www-form-urlencoded"
PAYLOADS = Path(__file__).parents[1] / "payloads"


class Payload:
    """One recorded call. `.meta.json` has its headers, `.said.json` what `flask read` must say of it; `plumbing.txt`
    beside them names the places where the tool writes what nobody typed."""

    def __init__(self, meta: Path) -> None:
        self.folder, self.name = meta.parent, meta.name.removesuffix(".meta.json")
        self.source = self.folder.name
        self.meta: dict[str, Any] = json.loads(meta.read_text(encoding="utf-8"))
        (body,) = (path for end in ("json", "txt", "xml") if (path := self.folder / f"{self.name}.{end}").exists())
        self.body = body.read_bytes()

    @cached_property
    def said(self) -> Any:
        return json.loads((self.folder / f"{self.name}.said.json").read_text(encoding="utf-8"))

    @property
    def delivery(self) -> Delivery:
        return self.with_body(self.body)

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.meta["headers"].items()}

    def with_body(self, body: bytes) -> Delivery:
        said = self.meta.get
        return Delivery(said("method", "POST"), self.headers, body, said("query", ""), url=said("url", ""))

    @property
    def is_json(self) -> bool:
        return self.body.lstrip()[:1] in (b"{", b"[")


def recorded(names: Iterator[str] | list[str]) -> list[Payload]:
    """Other tests may keep payloads of their own in these folders; ours are those with an expected reading."""
    said = sorted(path for name in names for path in (PAYLOADS / name).glob("*.said.json"))
    return [Payload(path.with_name(path.name.replace(".said.", ".meta."))) for path in said]


ALL = recorded(sorted(SOURCES))

each_payload = pytest.mark.parametrize("payload", ALL, ids=lambda payload: f"{payload.source}-{payload.name}")
each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)


def reading(source: Source, delivery: Delivery) -> list[dict[str, Any]]:
    """What `flask read` prints."""
    return [shown(record, source.read(record, PARIS), "FR") for record in source.split(delivery)]


def post(source: str, body: Any, content_type: str = "application/json", **headers: str) -> list[Record]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SOURCES[source].split(Delivery("POST", {"content-type": content_type, **named}, raw))


def read(source: str, body: Any, content_type: str = "application/json") -> Submission:
    (record,) = post(source, body, content_type)
    return SOURCES[source].read(record, PARIS)


def pairs(submission: Submission) -> list[tuple[str, str, Any]]:
    return [(answer.key, answer.label, answer.value) for answer in submission.answers]
