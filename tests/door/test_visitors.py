"""What a visitor of the form can hold or has seen proves little and tells nothing (docs/door.md)."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.crossing.work import Due
from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.vendors import NAMED
from bridge.proofs.verify import Proof, sign, verify
from bridge.store import tables
from tests.support.json_hook import ESSAI, HEADER, count, plain_house, written
from tests.support.whole_bridge import NOW, House

KEYS = {
    "standard-webhooks-v1": "whsec_YWlydGFibGUtbWFjLXNlY3JldC0zMi1ieXRlcy14eCE=",
    "airtable-mac": "YWlydGFibGU=",
    "squarespace": "0011",
}
HELD = {
    "url": ("{scheme: url, secret: $JSON_TOKEN}", "/an-invented-token", {}),
    "body": ("{scheme: body, field: jeton, secret: $JSON_TOKEN}", "", {"jeton": "an-invented-token"}),
    "none": ("{scheme: none}", "", {}),
}


@pytest.mark.parametrize("scheme", sorted(name for name, ways in NAMED.items() if "url}" not in ways[0].signed))
def test_a_signature_of_the_body_never_proves_a_get(scheme: str) -> None:
    proof = Proof(scheme, (KEYS.get(scheme, "an-invented-token"),))
    headers = {name.lower(): value for name, value in sign(b"", proof, NOW).items()}
    seen = Delivery("POST", headers, b"")
    verify(seen, proof, NOW)

    with pytest.raises(NotProven, match="nothing is proven"):
        verify(replace(seen, method="GET", query="mail=zoe.lefevre@example.org"), proof, NOW)


def test_a_signature_of_the_address_covers_its_method_too() -> None:
    proof = Proof("hubspot-v3", ("an-invented-token",))
    call = Delivery("GET", {}, b"", "a=b", url="https://bridge.example.org/hooks/x?a=b")
    signed = {name.lower(): value for name, value in sign(b"", proof, NOW, url=call.url).items()}

    with pytest.raises(NotProven):  # signed as a POST
        verify(replace(call, headers=signed), proof, NOW)


@pytest.mark.parametrize("scheme", HELD)
def test_with_a_proof_that_visitors_hold_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    proof, secret, within = HELD[scheme]
    house = plain_house(tmp_path, ESSAI.replace(HEADER, proof).replace("wait: 0", "wait: 2s"))

    assert waits(house, monkeypatch, f"/hooks/essai234{secret}", within) == 0


def test_with_a_proof_of_the_tool_alone_the_call_waits_as_its_hook_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = plain_house(tmp_path, ESSAI.replace("wait: 0", "wait: 2s"))

    assert waits(house, monkeypatch, "/hooks/essai234", {}) == 2


def waits(house: House, monkeypatch: pytest.MonkeyPatch, path: str, within: dict[str, str]) -> float:
    """How long the door is ready to wait for a crossing."""
    said: list[float] = []
    engine = house.services.engine
    cross = engine.cross

    def seen(mine: Sequence[Due], events: Sequence[str], patience: float) -> Any:
        said.append(patience)
        return cross(mine, events, 0)

    monkeypatch.setattr(engine, "cross", seen)
    body = written(mail="zoe.lefevre@example.org", metier="Pilote", **within)
    headers = {"Content-Type": "application/json", "X-Token": "an-invented-token"}
    assert house.door.post(path, data=body, headers=headers).status_code == 200
    return said[0]


SIGNED = {
    "a body signature": ("{scheme: tally-v1, secret: $JSON_TOKEN}", "tally-v1", 1),
    "its own id": ("{scheme: standard-webhooks-v1, secret: $WHSEC}", "standard-webhooks-v1", 2),
    "netlify": ("{scheme: netlify-jws, secret: $JSON_TOKEN}", "netlify-jws", 1),
}


@pytest.mark.usefixtures("both_stores")
@pytest.mark.parametrize("which", SIGNED)
def test_an_id_in_a_header_names_an_event_only_where_the_proof_covers_it(tmp_path: Path, which: str) -> None:
    """Who saw one signed call could send it for ever, each time under another name."""
    proof, scheme, events = SIGNED[which]
    key = KEYS["standard-webhooks-v1"]
    house = plain_house(tmp_path, ESSAI.replace(HEADER, proof), WHSEC=key)
    body = written(mail="zoe.lefevre@example.org", metier="Pilote")
    for number in range(3):
        secret = key if "standard" in scheme else "an-invented-token"
        of = {"webhook-id": f"msg_{min(number, 1)}"} if "standard" in scheme else {"webhook-id": f"m{number}"}
        headers = {**of, "Idempotency-Key": f"k{number}", "svix-id": f"s{number}"}
        headers |= sign(body, Proof(scheme, (secret,)), house.clock(), of)
        assert house.door.post("/hooks/essai234", data=body, headers=headers).status_code == 200

    assert count(house, tables.event) == events


@pytest.mark.usefixtures("both_stores")
@pytest.mark.parametrize(("proof", "events"), [("hmac", 1), ("header", 2)])
def test_so_does_the_header_that_a_hook_names(tmp_path: Path, proof: str, events: int) -> None:
    text = ESSAI.replace("scheme: header", f"scheme: {proof}").replace("wait: 0", "wait: 0\nreads: {id: 'header:X-Id'}")
    house = plain_house(tmp_path, text)
    body = written(mail="zoe.lefevre@example.org", metier="Pilote")
    proven = {"X-Token": "an-invented-token"}
    if proof == "hmac":
        proven = {"X-Token": hmac.new(b"an-invented-token", body, "sha256").hexdigest()}
    for number in range(2):
        headers = {"X-Id": f"k{number}", **proven}
        assert house.door.post("/hooks/essai234", data=body, headers=headers).status_code == 200

    assert count(house, tables.event) == events
