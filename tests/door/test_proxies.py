"""`PROXIES`: how many of the words that proxies add about a caller are believed; none unless it is set."""

from pathlib import Path

import pytest
from flask import request

from app import create_app
from bridge.proofs.verify import Proof, sign
from tests.support.json_hook import ESSAI, TOKEN, plain_house

SAID = {
    "X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.0.0.2",
    "X-Forwarded-Proto": "http, https, http",
    "X-Forwarded-Host": "attacker.example.org, bridge.example.org, inside.example.org",
}


def seen(**environ: str) -> str:
    """How a call through proxies looks inside."""
    made = create_app({"QOMON_TOKEN": "token-of-the-campaign", **environ})
    made.add_url_rule("/seen", view_func=lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    return made.test_client().get("/seen", headers=SAID, base_url="http://127.0.0.1").get_data(as_text=True)


@pytest.mark.parametrize(
    ("proxies", "caller"),
    [
        ("", "127.0.0.1 http 127.0.0.1"),
        ("0", "127.0.0.1 http 127.0.0.1"),
        ("1", "10.0.0.2 http inside.example.org"),
        ("2", "203.0.113.7 https bridge.example.org"),
        ("4", "127.0.0.1 http 127.0.0.1"),
    ],
)
def test_as_many_proxies_are_believed_as_are_ours_and_no_caller(proxies: str, caller: str) -> None:
    assert seen(PROXIES=proxies) == caller


@pytest.mark.parametrize("host", ["bridge.example.org", "attacker.example.org"])
def test_what_hubspot_signs_is_the_public_address_whatever_the_proxies_say(tmp_path: Path, host: str) -> None:
    hook = ESSAI.replace("header, header: X-Token", "hubspot-v2")
    house = plain_house(tmp_path, hook, PROXIES="1")
    signed = sign(b"{}", Proof("hubspot-v2", (TOKEN,)), house.clock(), url=f"https://{host}/hooks/essai234")

    answer = house.door.post("/hooks/essai234", data=b"{}", headers={**signed, "X-Forwarded-Host": host})

    assert answer.status_code == (200 if host == "bridge.example.org" else 401)
