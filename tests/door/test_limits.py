"""Floods that nothing proves are held off before their body is read; what may be the tool's is not (docs/door.md)."""

from pathlib import Path
from typing import Any

import pytest

from bridge.door.limits import caller
from bridge.proofs.verify import Proof, sign
from bridge.store.tables import refused
from tests.support.gunicorn_server import HEAD, Wire
from tests.support.gunicorn_server import call as on_wire
from tests.support.json_hook import ESSAI, HEADER, PROOF, count, plain_house, problem, written
from tests.support.whole_bridge import House

ZOES = written(mail="zoe.lefevre@example.org", metier="Pilote")
WRONG = {"X-Token": "a-guess"}


def call(
    house: House, headers: Any = None, path: str = "/hooks/essai234", there: str = "203.0.113.7", body: bytes = ZOES
) -> Any:
    given = {"Content-Type": "application/json", **(headers or {})}
    return house.door.post(path, data=body, headers=given, environ_base={"REMOTE_ADDR": there})


def statuses(house: House, times: int, *more: Any) -> list[int]:
    return [call(house, *more).status_code for _ in range(times)]


@pytest.mark.usefixtures("both_stores")
def test_a_hook_holds_off_a_caller_with_sixty_refused_calls_that_show_nothing(house: House) -> None:
    assert statuses(house, 62) == [401] * 60 + [429] * 2
    answer = call(house)
    assert "nothing proves" in problem(answer, 429)["detail"]
    assert answer.headers["Retry-After"] == "60"
    assert count(house, refused) == 1
    house.clock.move(seconds=59)
    assert call(house).headers["Retry-After"] == "1"
    house.clock.move(seconds=1)
    assert call(house).status_code == 401


def test_what_shows_the_header_is_always_judged_and_nobody_else_is_held_off(house: House) -> None:
    house.import_hook(ESSAI.replace("essai", "autre"))
    statuses(house, 61)

    assert call(house, PROOF).status_code == 200
    assert statuses(house, 70, WRONG) == [401] * 70
    assert (call(house, None, "/hooks/autre234").status_code, call(house, there="198.51.100.9").status_code) == (
        401,
        401,
    )
    assert [call(house, there=there).status_code for there in ("2001:db8::1",) * 60 + ("2001:db8::2",)][59:] == [
        401,
        429,
    ]


def test_who_tries_sixty_addresses_that_nobody_has_learns_no_more(house: House) -> None:
    tried = [call(house, PROOF, f"/hooks/nobody{number}").status_code for number in range(62)]

    assert tried == [404] * 60 + [429] * 2
    assert call(house).status_code == 429
    assert call(house, PROOF).status_code == 200
    assert call(house, PROOF, "/hooks/nobody1", "198.51.100.9").status_code == 404
    house.clock.move(minutes=1)
    assert (call(house).status_code, call(house, PROOF, "/hooks/nobody1").status_code) == (401, 404)


def test_without_any_proof_six_hundred_a_minute_are_taken(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace(HEADER, "{scheme: none}"))

    assert statuses(house, 602) == [200] * 600 + [429] * 2
    assert call(house, there="198.51.100.9").status_code == 200


@pytest.mark.parametrize(
    ("proof", "path", "within"),
    [
        ("{scheme: url, secret: $JSON_TOKEN}", "/an-invented-token", {}),
        ("{scheme: body, field: jeton, secret: $JSON_TOKEN}", "", {"jeton": "an-invented-token"}),
    ],
    ids=["url", "body"],
)
def test_a_secret_in_the_path_or_in_the_body_counts_as_shown(
    tmp_path: Path, proof: str, path: str, within: dict[str, str]
) -> None:
    house = plain_house(tmp_path, ESSAI.replace(HEADER, proof))
    assert statuses(house, 61)[59:] == [401, 429]

    assert call(house, None, f"/hooks/essai234{path}", body=written(a=1, **within)).status_code == 200


def test_a_tool_that_drops_what_is_answered_429_hears_503(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("source: json", "source: kobotoolbox"))

    assert statuses(house, 61)[59:] == [401, 503]
    assert int(call(house).headers["Retry-After"]) == 60


def test_a_signed_call_is_never_limited(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace(HEADER, "{scheme: tally-v1, secret: $JSON_TOKEN}"))
    statuses(house, 61)

    signed = sign(ZOES, Proof("tally-v1", ("an-invented-token",)), house.clock())
    assert statuses(house, 70, signed) == [200] * 70


def test_a_browser_and_a_handshake_are_answered_all_the_same(house: House) -> None:
    statuses(house, 61)

    there = {"REMOTE_ADDR": "203.0.113.7"}
    assert house.door.get("/hooks/essai234", environ_base=there).status_code == 200


def test_behind_proxies_the_caller_is_the_one_that_they_name(tmp_path: Path) -> None:
    house = plain_house(tmp_path, PROXIES="1")
    statuses(house, 61, {"X-Forwarded-For": "203.0.113.7"})

    assert call(house, {"X-Forwarded-For": "203.0.113.7"}).status_code == 429
    assert call(house, {"X-Forwarded-For": "203.0.113.7, 198.51.100.9"}).status_code == 401


@pytest.mark.parametrize(
    ("address", "whose"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), (None, ""), ("unix:", "")],
)
def test_an_ipv6_caller_is_a_network(address: str | None, whose: str) -> None:
    assert caller(address) == whose


def test_a_flood_is_answered_before_its_body_has_come(wire: Wire) -> None:
    """Real gunicorn: nobody waits for the megabyte that was announced."""
    head = "\r\n".join(line for line in HEAD.split("\r\n") if not line.startswith("X-Token"))
    assert head != HEAD
    long = {"Content-Length": "1000000"}
    until = next(number for number in range(130) if wire.say(on_wire(b"{}", head))[0] == 429)

    assert until >= 60
    assert wire.say(on_wire(b"", head, **long))[0] == 429
    assert wire.say(on_wire())[0] == 200
