"""Proofs at the door: the address that HubSpot signs, a secret in the body, and what a refusal asks for."""

import base64
import json
import logging
from pathlib import Path

import pytest

from bridge.errors import Faults
from bridge.model import Delivery
from bridge.proofs.verify import Proof, as_sent, sign
from bridge.store import tables
from tests.support.commands import printed, run, served
from tests.support.json_hook import ESSAI, HEADER, SOMEBODY, TOKEN, count, plain_house, rows, written
from tests.support.whole_bridge import House

BODY = written(mail=SOMEBODY, prenom="Camille")


def proven_by(folder: Path, proof: str, hook: str = ESSAI, **environ: str) -> House:
    return plain_house(folder, hook.replace(HEADER, proof), **environ)


@pytest.mark.parametrize("scheme", ["hubspot-v2", "hubspot-v3"])
@pytest.mark.parametrize("path", ["/hooks/essai234", "/hooks/essai234?a=%C3%A9&b=c,d", "/hooks/%65ssai234?"])
def test_the_signed_address_is_the_public_one_with_path_and_query_as_they_came(
    tmp_path: Path, scheme: str, path: str
) -> None:
    house = proven_by(tmp_path, f"{{scheme: {scheme}, secret: $JSON_TOKEN}}")
    proof = Proof(scheme, (TOKEN,))
    signed = sign(BODY, proof, house.clock(), url=f"https://bridge.example.org{path}")
    elsewhere = sign(BODY, proof, house.clock(), url=f"https://attacker.example.org{path}")

    answer = house.door.post(path, data=BODY, headers=signed, base_url="http://10.0.0.7:8000")
    refused = house.door.post(path, data=BODY, headers=elsewhere, base_url="https://attacker.example.org")

    assert (answer.status_code, refused.status_code, count(house, tables.event)) == (200, 401, 1)


def test_an_address_that_the_server_did_not_keep_is_written_again(tmp_path: Path) -> None:
    house = proven_by(tmp_path, "{scheme: hubspot-v2, secret: $JSON_TOKEN}")
    signed = sign(
        BODY, Proof("hubspot-v2", (TOKEN,)), house.clock(), url="https://bridge.example.org/hooks/essai234?a=1"
    )
    gone = {"RAW_URI": "http://attacker.example.org/hooks/essai234", "REQUEST_URI": ""}

    answer = house.door.post("/hooks/essai234?a=1", data=BODY, headers=signed, environ_overrides=gone)

    assert answer.status_code == 200


def test_without_the_public_address_a_hubspot_hook_is_refused_with_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="signs the address that the tool calls: set PUBLIC_URL"):
        proven_by(tmp_path, "{scheme: hubspot-v3, secret: $JSON_TOKEN}", PUBLIC_URL="")


@pytest.mark.parametrize(
    ("proof", "asked"),
    [
        ("{scheme: basic, user: moi, secret: $JSON_TOKEN}", 'Basic realm="webhook", charset="UTF-8"'),
        ("{scheme: bearer, secret: $JSON_TOKEN}", 'Bearer realm="webhook"'),
        (HEADER, None),
    ],
)
def test_a_refusal_asks_for_the_credentials_that_http_knows(tmp_path: Path, proof: str, asked: str | None) -> None:
    refused = proven_by(tmp_path, proof).door.post("/hooks/essai234", data=BODY)

    assert (refused.status_code, refused.headers.get("WWW-Authenticate")) == (401, asked)


IN_BODY = "{scheme: body, field: token, secret: $JSON_TOKEN}"
FORM = ESSAI.replace("source: json", "source: form").replace("mode: live", "mode: live\nmethods: [GET, POST]")


SENT = {
    "json": (ESSAI, BODY, "application/json"),
    "unreadable": (ESSAI, b'{"a":1,"a":2}', "application/json"),
    "form": (FORM, b"mail=camille.exemple%40example.org", "application/x-www-form-urlencoded"),
    "empty form": (FORM, b"", "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("name", SENT)
def test_a_secret_in_the_body_is_nowhere_in_what_is_kept_answered_or_logged(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hook, bare, media = SENT[name]
    house = proven_by(tmp_path, IN_BODY, hook)
    body = as_sent(Delivery("POST", {}, bare), Proof("body", (TOKEN,), path="token"), house.clock()).body
    assert TOKEN.encode() in body
    if name == "unreadable":  # what JSON of ours cannot say
        body = bare.replace(b"}", f',"token":"{TOKEN}"}}'.encode())

    answer = house.door.post("/hooks/essai234", data=body, headers={"Content-Type": media})
    refused = house.door.post("/hooks/essai234", data=body.replace(TOKEN.encode(), TOKEN.encode() + b"-2"))
    house.drain()

    (row,) = rows(house, tables.event)
    record = json.dumps(house.services.vault.unseal(row.record))
    raw = base64.b64decode(json.loads(record).get("raw", "")).decode()
    kept = [
        record,
        raw,
        json.dumps(house.report(row.id)),
        answer.get_data(as_text=True),
        refused.get_data(as_text=True),
    ]
    assert (answer.status_code, refused.status_code) == (200, 401)
    assert [text for text in [*kept, caplog.text] if TOKEN in text] == []
    assert "token" not in record + raw


def test_a_secret_in_the_query_of_a_get_is_cut_out_too(tmp_path: Path) -> None:
    house = proven_by(tmp_path, IN_BODY, FORM)

    answer = house.door.get(f"/hooks/essai234?mail=camille.exemple%40example.org&token={TOKEN}")

    assert answer.status_code == 200
    (row,) = rows(house, tables.event)
    assert house.services.vault.unseal(row.record)["body"] == {"mail": SOMEBODY}  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    "proof",
    [
        IN_BODY,
        "{scheme: url, secret: $JSON_TOKEN}",
        "{scheme: hubspot-v3, secret: $JSON_TOKEN}",
        "{scheme: stripe-v1, secret: $JSON_TOKEN}",
        "{scheme: framer-body-then-id, secret: $JSON_TOKEN}",
        "{scheme: netlify-jws, secret: $JSON_TOKEN}",
        "{scheme: hmac, secret: $JSON_TOKEN, header: X-Sign, signed: '{ts}:{body}', timestamp: X-At, hash: sha512}",
        "none",
    ],
)
def test_what_flask_send_posts_is_proven(tmp_path: Path, proof: str) -> None:
    house = proven_by(tmp_path, proof)
    with served(house) as url:
        result = run(house, "send", "essai", "-", "--to", url, stdin=BODY)

    assert len(printed(result)["events"]) == 1
    assert count(house, tables.event) == 1


def test_a_payload_that_has_no_place_for_its_secret_is_not_sent(tmp_path: Path) -> None:
    house = proven_by(tmp_path, IN_BODY)

    result = run(house, "send", "essai", "-", "--to", "http://127.0.0.1:9", stdin=b"[]")

    assert (result.exit_code, "no place for token" in result.output) == (1, True)
    assert TOKEN not in result.output
