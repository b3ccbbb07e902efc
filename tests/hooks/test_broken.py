"""A hook whose variable is not set loses nobody: its calls are kept, and received once it is set (docs/door.md)."""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.door import quarantine as keeping
from bridge.proofs.verify import Proof, sign
from bridge.store import tables
from bridge.store.tables import refused
from tests.support.commands import run
from tests.support.json_hook import ESSAI, HEADER, PROOF, TOKEN, count, live, problem, rows, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

ZOES = written(mail="zoe.lefevre@example.org", metier="Soudeuse")
SIGNED = "{scheme: standard-webhooks-v1, secret: $WHSEC}"
WHSEC = f"whsec_{'YWJj' * 8}"


def again(folder: Path, *hooks: str, **environ: str) -> House:
    """The bridge, started anew on the store of this folder."""
    return House(folder, hooks, **environ)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """JSON_TOKEN was set when the hook was imported, and is forgotten now."""
    again(tmp_path, ESSAI, JSON_TOKEN=TOKEN)
    return again(tmp_path)


def call(house: House, body: bytes = ZOES, headers: Any = PROOF) -> Any:
    return house.door.post("/hooks/essai234", data=body, headers={"Content-Type": "application/json", **headers})


def test_its_calls_are_kept_and_asked_to_come_again(house: House) -> None:
    answer = call(house)

    problem(answer, 503)
    assert answer.headers["Retry-After"]
    (row,) = rows(house, refused)
    assert (row.rank, count(house, tables.event)) == (keeping.Rank.WAITS, 0)
    assert json.loads(row.why) == {"en": "$JSON_TOKEN is not set.", "fr": "$JSON_TOKEN n’est pas définie."}
    assert b"zoe" not in row.sealed


def test_once_the_variable_is_set_they_are_received_as_of_when_they_came(house: House, tmp_path: Path) -> None:
    call(house)
    came = house.clock()
    told = run(house, "inbox", "recheck", "essai")
    assert (told.exit_code, "$JSON_TOKEN is not set" in told.output) == (1, True)

    back = again(tmp_path, JSON_TOKEN=TOKEN)
    back.clock.move(days=20)
    told = run(back, "inbox", "recheck", "essai")
    back.drain()

    assert told.output.startswith("essai: calls proven now: 1 of 1.\nSubmissions received: 1; had come before: 0.")
    (event,) = rows(back, tables.event)
    assert back.report(event.id)["received_at"] == f"{came:%Y-%m-%dT%H:%M:%S}.000Z"
    assert (live(back, 811), count(back, refused)) == (["Soudeuse"], 0)


def test_a_signature_is_as_old_as_when_the_call_came(tmp_path: Path) -> None:
    again(tmp_path, ESSAI.replace(HEADER, SIGNED), WHSEC=WHSEC)
    house = again(tmp_path)
    signed = sign(ZOES, Proof("standard-webhooks-v1", (WHSEC,)), house.clock(), {"webhook-id": "one"})
    for _ in range(2):
        assert call(house, headers=signed).status_code == 503
    forged = {**signed, "webhook-signature": "v1,AAAA"}
    assert call(house, written(a=1), forged).status_code == 503

    back = again(tmp_path, WHSEC=WHSEC)
    back.clock.move(days=2)
    told = run(back, "inbox", "recheck", "essai")

    assert (told.exit_code, "calls proven now: 1 of 2." in told.output) == (1, True)
    assert count(back, tables.event) == 1


def test_they_are_kept_as_long_as_what_is_held_and_are_not_counted_with_the_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    again(tmp_path, ESSAI, JSON_TOKEN=TOKEN)
    house = again(tmp_path, HELD_DAYS="30")
    with caplog.at_level(logging.ERROR):
        for number in range(keeping.MOST + 5):
            assert call(house, written(n=number, of="x" * (keeping.LONGEST if number == 0 else 1))).status_code == 503
    assert count(house, refused) == keeping.MOST + 5
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert {(one.hook, one.unset) for one in errors} == {("essai", "$JSON_TOKEN")}  # type: ignore[attr-defined]

    shown = run(house, "inbox", "refused").output
    assert "essai: 105 calls since 2026-11-22T09:00:00.000Z could not be checked. $JSON_TOKEN is not set." in shown
    assert "Kept for 30 days: set it right, then: flask inbox recheck essai" in shown
    house.clock.move(days=29)
    house.prune()
    assert count(house, refused) == keeping.MOST + 5
    house.clock.move(days=1)
    house.prune()
    assert count(house, refused) == 0


def test_what_does_not_show_the_header_is_refused_in_any_case(house: House) -> None:
    for number in range(70):
        assert call(house, written(n=number), {}).status_code == (503 if number < 60 else 429)
    assert {row.rank for row in rows(house, refused)} == {keeping.Rank.POOR}
    assert call(house).status_code == 503
    house.clock.move(hours=73)
    house.prune()

    assert [row.rank for row in rows(house, refused)] == [keeping.Rank.WAITS]


def test_refused_calls_leave_before_them(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "ROOM", 6_000)
    call(house)
    for number in range(20):
        house.clock.move(seconds=1)
        call(house, written(n=number), {})

    assert keeping.Rank.WAITS in {row.rank for row in rows(house, refused)}


def test_a_key_of_an_account_that_is_gone_is_such_a_variable(tmp_path: Path) -> None:
    other = {"QOMON_TOKEN__NORD": "an-invented-key", "QOMON_URL__NORD": "https://qomon.example.org"}
    again(tmp_path, ESSAI.replace("mode: live", "mode: live\nspace: nord"), JSON_TOKEN=TOKEN, **other)
    house = again(tmp_path, JSON_TOKEN=TOKEN)
    assert call(house).status_code == 503

    assert "$QOMON_TOKEN__NORD is not set." in run(house, "inbox", "list").stderr
    back = again(tmp_path, JSON_TOKEN=TOKEN, **other)
    assert run(back, "inbox", "recheck", "essai").exit_code == 0
    assert count(back, tables.event) == 1


def test_nobody_is_let_in_by_what_stands_in_for_the_secret(house: House) -> None:
    with house.services.store.read() as tx:
        try:
            house.services.hooks.by_address(tx, "essai234")
        except Exception as broken:  # noqa: BLE001
            (stand_in,) = broken.like.proof.secrets  # type: ignore[attr-defined]
    assert call(house, headers={"X-Token": stand_in}).status_code == 503

    assert (count(house, tables.event), timedelta(0) < house.services.settings.held) == (0, True)


def test_a_look_by_a_browser_and_what_the_hook_does_not_take_are_not_kept(house: House) -> None:
    for path in ("/hooks/essai234", "/hooks/essai234?mail=zoe.lefevre@example.org"):
        assert house.door.get(path, headers=PROOF).status_code == 503
    assert count(house, refused) == 0
