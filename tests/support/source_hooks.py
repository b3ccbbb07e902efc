"""The door as a tool meets it: a hook per source, calls proven as its scheme asks, and what was stored of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from werkzeug.test import TestResponse

from bridge.proofs.verify import Proof, sign
from bridge.sources import Source
from bridge.store import tables
from tests.support.json_hook import rows
from tests.support.recorded_calls import Payload
from tests.support.whole_bridge import House

NEW, OLD, OTHER = (
    "00112233445566778899aabbccddeeff",
    "ffeeddccbbaa99887766554433221100",
    "0123456789abcdef0123456789abcdef",
)
"""Text, base64 and hex at once: every scheme can make a key of them."""

PUBLIC_URL = "https://bridge.example.org"

HOOK = """
hook: {name}
address: {name}
source: {source}
proof: {{{proof}}}
mode: capture
wait: 0
reply: report
"""
"""Every call is answered with its events, also where the tool itself wants to hear something else."""
EXTRAS: Mapping[str, str] = {"header": ", header: X-Token", "basic": ", user: bridge", "body": ", field: {field}"}
_NAMES = (f"s-{number}" for number in count(1000))


@dataclass
class Doorway:
    """One hook of a source in a house."""

    house: House
    source: Source
    name: str = field(default_factory=lambda: next(_NAMES))

    def __post_init__(self) -> None:
        extra = EXTRAS.get(self.source.proof, "").format(field=self.source.proof_field)
        proof = f"scheme: {self.source.proof}, secret: [$NEW, $OLD]{extra}"
        self.house.import_hook(HOOK.format(name=self.name, source=self.source.name, proof=proof))

    def proof(self, secret: str) -> Proof:
        return Proof(self.source.proof, (secret,), "X-Token", "bridge")

    def call(
        self, payload: Payload, body: bytes | None = None, secret: str = NEW, ago: timedelta = timedelta()
    ) -> TestResponse:
        """As the tool would call, `ago` before now, with what proves it."""
        sent = self.with_secret(payload, payload.body if body is None else body, secret)
        return self.send(payload, sent, self.proven(payload, sent, secret, ago), secret)

    def proven(self, payload: Payload, body: bytes, secret: str, ago: timedelta = timedelta()) -> dict[str, str]:
        """The headers that prove a call."""
        said = {name.lower(): value for name, value in payload.headers.items()}
        return sign(body, self.proof(secret), self.house.clock() - ago, said, f"{PUBLIC_URL}/hooks/{self.name}")

    def send(self, payload: Payload, body: bytes, proof: Mapping[str, str], secret: str = "") -> TestResponse:
        """Only `proof` proves: recorded headers of the same names are not sent."""
        taken = {name.lower() for name in self.proven(payload, payload.body, NEW)}
        headers = {name: value for name, value in payload.headers.items() if name not in taken}
        in_path = f"/{secret}" if secret and self.source.proof == "url" else ""
        address = f"/hooks/{self.name}{in_path}"
        return self.house.door.post(address, data=body, headers={**headers, **proof})

    def with_secret(self, payload: Payload, body: bytes, secret: str) -> bytes:
        """Where the secret travels in the body, this one instead of the recorded one."""
        if self.source.proof != "body":
            return body
        return body.replace(payload.meta["test_secret"].encode(), secret.encode())

    def events(self, answer: TestResponse) -> list[dict[str, Any]]:
        assert answer.status_code == 200, answer.get_data(as_text=True)
        events: list[dict[str, Any]] = answer.get_json()["events"]
        return events

    def stored(self) -> str:
        """Everything that the store keeps of this hook's events, unsealed, as JSON."""
        hook = {row.id for row in rows(self.house, tables.hook) if row.name == self.name}
        held = [row for row in rows(self.house, tables.event) if row.hook in hook]
        unseal = self.house.services.vault.unseal
        return json.dumps([[unseal(row.record), unseal(row.report)] for row in held], ensure_ascii=False)

    def report(self, event: str) -> dict[str, Any]:
        return self.house.report(event)
