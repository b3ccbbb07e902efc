"""`PROXIES`: how many of the words that proxies add about a caller are believed; none unless it is set."""

from pathlib import Path

import pytest
from flask import request

from app import create_app
from bridge.proofs.verify import Proof, sign
from tests.support.json_hook import ESSAI, PROOF, TOKEN, hook_in, plain_house
from tests.support.visitor import Visitor

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


ELSEWHERE = {"Host": "attacker.example.org", **SAID, "Forwarded": "host=attacker.example.org;proto=http"}
PATHS = ["/", "/login", "/todo", "/nowhere", "/hooks/essai234", "/health", "/settings"]


@pytest.mark.parametrize("proxies", ["0", "1", "2"])
def test_nothing_that_is_answered_leads_where_a_host_or_a_proxy_said(tmp_path: Path, proxies: str) -> None:
    """No link, no redirect, no cookie: addresses for others come of PUBLIC_URL, ours are paths."""
    house = plain_house(tmp_path, PROXIES=proxies)
    answers = [house.door.get(path, headers=ELSEWHERE) for path in PATHS]
    said = house.door.post("/hooks/essai234", data=b'{"mail": "c@example.org"}', headers={**ELSEWHERE, **PROOF})

    headers = [value for one in [*answers, said] for name, value in one.headers.items() if name != "Date"]
    assert [one for one in headers if "attacker" in one] == []
    assert [one.headers["Location"] for one in answers if one.location and not one.location.startswith("/")] == []
    assert [path for path, one in zip(PATHS, answers, strict=True) if "attacker" in one.get_data(as_text=True)] == []
    assert "attacker" not in said.get_data(as_text=True)
    assert said.get_json()["events"][0]["report_url"].startswith("https://bridge.example.org/submissions/")


@pytest.mark.parametrize("proxies", ["0", "1", "2"])
def test_what_people_copy_is_the_public_address(tmp_path: Path, proxies: str) -> None:
    house = plain_house(tmp_path, PROXIES=proxies)
    admin = Visitor(house, "admin")
    admin.client.environ_base.update({f"HTTP_{name.upper().replace('-', '_')}": said for name, said in SAID.items()})
    where = f"/webhooks/{hook_in(house, 'essai').id}"
    pages = [admin.get(path).source for path in ("/webhooks", "/settings/people", "/settings", where)]

    assert [page for page in pages if "attacker" in page] == []
    assert "https://bridge.example.org/hooks/essai234" in pages[-1]


def test_a_logged_in_form_of_another_site_is_refused_whatever_host_it_says(tmp_path: Path) -> None:
    house = plain_house(tmp_path, PROXIES="1")
    staff = Visitor(house, "staff")
    headers = {"Origin": "https://attacker.example.org", "X-Forwarded-Host": "attacker.example.org"}
    answer = staff.client.post("/settings/writing/pause", data={"csrf_token": "x"}, headers=headers)

    assert answer.status_code == 400
