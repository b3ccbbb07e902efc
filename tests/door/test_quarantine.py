"""Calls that no secret explained: kept apart, and received only when a person has them checked again (docs/door.md)."""

import json
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bridge.door import quarantine
from bridge.proofs.verify import Proof, sign
from bridge.store import tables
from bridge.store.tables import refused as table
from schemas import normal
from tests.support.commands import run
from tests.support.json_hook import (
    ESSAI,
    HEADER,
    PROOF,
    SOMEBODY,
    TOKEN,
    count,
    live,
    plain_house,
    rows,
    said,
    statuses,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

MISTYPED = ESSAI.replace("$JSON_TOKEN", "$MISTYPED")
SIGNED = ESSAI.replace(HEADER, "{scheme: standard-webhooks-v1, secret: $WHSEC}")
WHSEC, OTHER = (f"whsec_{b64encode(letter * 24).decode()}" for letter in (b"a", b"b"))
ZOES = written(id="7", mail="zoe.lefevre@example.org", metier="Soudeuse")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Somebody gave the bridge another secret than the tool has."""
    return plain_house(tmp_path, MISTYPED, MISTYPED="another-invented-token", WHSEC=WHSEC, OTHER=OTHER)


def call(house: House, body: bytes = ZOES, headers: Any = PROOF, path: str = "/hooks/essai234") -> Any:
    return house.door.post(path, data=body, headers={"Content-Type": "application/json", **headers})


def turned_away(house: House, body: bytes = ZOES, headers: Any = PROOF) -> None:
    assert call(house, body, headers).status_code == 401


def corrected(house: House, text: str = ESSAI) -> Any:
    """The secret is set right, and what was refused is checked again."""
    house.import_hook(text)
    return run(house, "inbox", "recheck", "essai")


def events(house: House) -> list[Any]:
    return sorted(rows(house, tables.event), key=lambda row: row.seq)


def test_a_refused_call_is_kept_and_is_no_event(house: House) -> None:
    turned_away(house)
    house.drain()

    assert (count(house, table), events(house), house.sandbox.calls) == (1, [], [])


def test_it_is_sealed(house: House) -> None:
    turned_away(house)
    (row,) = rows(house, table)

    shown = f"{row.id} {row.hook} {row.at} {row.why}"
    for secret in ("zoe.lefevre", "Soudeuse", TOKEN):
        assert secret.encode() not in row.sealed
        assert secret not in shown


def test_checked_again_with_the_right_secret_it_crosses_as_if_it_came_then(house: House) -> None:
    turned_away(house)
    came = house.clock()
    house.clock.move(hours=30)
    told = corrected(house)
    house.drain()

    (row,) = events(house)
    report = house.report(row.id)
    assert (told.exit_code, count(house, table)) == (0, 0)
    assert told.output == (
        "essai: calls proven now: 1 of 1.\nSubmissions received: 1; had come before: 0. See: flask inbox list\n"
    )
    assert (said(report), report["received_at"]) == (("delivered", None), f"{came:%Y-%m-%dT%H:%M:%S}.000Z")
    assert live(house, 811) == ["Soudeuse"]


def test_what_was_answered_meanwhile_is_newer_than_it(house: House) -> None:
    turned_away(house)
    house.clock.move(hours=1)
    house.import_hook(ESSAI)
    assert call(house, written(id="8", mail="zoe.lefevre@example.org", metier="Pilote")).status_code == 200
    house.drain()
    corrected(house)
    house.drain()

    assert statuses(house.report(events(house)[1].id))["metier"] == "older"
    assert live(house, 811) == ["Pilote"]


def test_what_still_nobody_explains_stays_and_is_told(house: House) -> None:
    turned_away(house)
    turned_away(house, headers={"X-Token": "a-guess"})
    told = corrected(house)

    assert (told.exit_code, count(house, table), len(events(house))) == (1, 1, 1)
    assert "Still refused: 1." in told.output
    assert "a-guess" not in told.output


def test_a_call_that_came_again_and_was_proven_meanwhile_is_not_doubled(house: House) -> None:
    turned_away(house)
    house.import_hook(ESSAI)
    assert call(house).status_code == 200
    told = corrected(house)

    assert "Submissions received: 0; had come before: 1." in told.output
    assert (len(events(house)), count(house, table)) == (1, 0)


def test_the_age_of_a_signature_counts_from_when_the_call_came(house: House) -> None:
    proof = Proof("standard-webhooks-v1", (WHSEC,))
    house.import_hook(SIGNED.replace("$WHSEC", "$OTHER"))
    turned_away(house, headers=sign(ZOES, proof, house.clock(), {"webhook-id": "one"}))
    turned_away(house, headers=sign(ZOES, proof, house.clock() - timedelta(hours=1), {"webhook-id": "two"}))
    house.clock.move(hours=20)
    told = corrected(house, SIGNED)

    assert "calls proven now: 1 of 2." in told.output
    assert len(events(house)) == 1


def test_a_secret_in_the_path_or_in_the_body_is_not_kept_with_the_event(house: House) -> None:
    for number, proof in enumerate(("{scheme: url, secret: $%s}", "{scheme: body, field: key, secret: $%s}")):
        text = ESSAI.replace(HEADER, proof)
        house.import_hook(text % "MISTYPED")
        body, path = written(n=0, mail=SOMEBODY), f"/hooks/essai234/{TOKEN}"
        if number:
            body, path = written(key=TOKEN, n=1, mail=SOMEBODY), "/hooks/essai234"
        assert call(house, body, {}, path).status_code == 401
        assert corrected(house, text % "JSON_TOKEN").exit_code == 0

    kept = [json.dumps(house.services.vault.unseal(row.record)) for row in events(house)]
    assert [(SOMEBODY in one, TOKEN in one) for one in kept] == [(True, False)] * 2


def test_the_newest_hundred_of_each_hook_are_kept(house: House) -> None:
    house.import_hook(MISTYPED.replace("essai", "autre"))
    assert call(house, path="/hooks/autre234").status_code == 401
    for number in range(quarantine.MOST + 3):
        house.clock.move(seconds=1)
        turned_away(house, written(n=number, mail=SOMEBODY))
    lines = run(house, "inbox", "refused").output.splitlines()
    corrected(house)

    assert [line.partition(" calls")[0].partition(" call ")[0] for line in lines] == ["autre: 1", "essai: 100"]
    said_in = [house.services.vault.unseal(row.record)["body"]["n"] for row in events(house)]  # type: ignore[index, call-overload]
    assert said_in == [*range(3, quarantine.MOST + 3)]
    assert count(house, table) == 1


def test_a_call_that_is_too_long_is_counted_and_not_kept(house: House) -> None:
    turned_away(house, b" " * (quarantine.LONGEST - len(ZOES)) + ZOES)
    turned_away(house, b" " * (quarantine.LONGEST + 1))
    shown = run(house, "inbox", "refused").output
    told = corrected(house)

    assert "essai: 2 calls refused since 2026-11-22T09:00:00.000Z. 1 of them too long to be kept." in shown
    assert "calls proven now: 1 of 1." in told.output
    assert len(events(house)) == 1


def test_after_three_days_the_sweep_deletes_them(house: House) -> None:
    turned_away(house)
    house.clock.move(hours=71)
    turned_away(house, written(id="8"))
    house.prune()
    kept = count(house, table)
    house.clock.move(hours=2)
    house.prune()

    assert (kept, count(house, table)) == (2, 1)


def test_they_are_deleted_too_while_nothing_is_written(tmp_path: Path) -> None:
    house = plain_house(tmp_path, MISTYPED, MISTYPED="another-invented-token", WRITING="off")
    turned_away(house)
    house.clock.move(hours=73)
    house.prune()

    assert (count(house, table), house.sandbox.calls) == (0, [])


def test_what_a_signature_covers_is_kept_whole(house: House) -> None:
    """HubSpot signs the method and the address too."""
    proof = "{scheme: hubspot-v3, secret: $%s}"
    text = ESSAI.replace(HEADER, proof)
    house.import_hook(text % "MISTYPED")
    path = "/hooks/essai234?compte=7"
    signed = sign(ZOES, Proof("hubspot-v3", (TOKEN,)), house.clock(), url=f"https://bridge.example.org{path}")
    assert call(house, ZOES, signed, path).status_code == 401

    assert corrected(house, text % "JSON_TOKEN").exit_code == 0
    assert len(events(house)) == 1


def test_answers_in_the_query_are_kept_too(house: House) -> None:
    text = MISTYPED.replace("source: json", "source: form\nmethods: [GET]")
    house.import_hook(text)
    assert house.door.get(f"/hooks/essai234?mail={SOMEBODY}&metier=Pilote", headers=PROOF).status_code == 401
    corrected(house, text.replace("$MISTYPED", "$JSON_TOKEN"))

    (row,) = events(house)
    assert SOMEBODY in json.dumps(house.services.vault.unseal(row.record))
    assert row.outcome == "queued"


def test_while_the_webhook_is_paused_they_wait_like_all_others(house: House) -> None:
    turned_away(house)
    assert run(house, "pause", "--hook", "essai").exit_code == 0
    corrected(house)

    assert said(house.report(events(house)[0].id)) == ("queued", "paused")


@pytest.mark.parametrize(
    "path", ["/hooks/essai234?hub.challenge=1&hub.verify_token=guess&hub.mode=subscribe", "/submissions/x"]
)
def test_what_brings_no_answers_is_not_kept(house: House, path: str) -> None:
    house.import_hook(MISTYPED.replace("wait: 0", "wait: 0\nhandshake: meta"))
    assert house.door.get(path).status_code == 401
    assert count(house, table) == 0


def test_nor_is_what_a_deleted_webhook_refuses(house: House) -> None:
    with house.services.store.write() as tx:
        tx.execute(update(tables.hook).values(deleted_at=1))
    turned_away(house)
    assert count(house, table) == 0


def test_a_call_that_cannot_be_kept_is_asked_to_come_again(house: House) -> None:
    with house.services.store.write() as tx:
        table.drop(tx)
    assert call(house).status_code >= 500  # tools that try again at all do so after these


def test_of_two_who_check_again_one_receives(house: House) -> None:
    turned_away(house)
    house.import_hook(ESSAI)
    with house.services.store.read() as tx:
        (came,) = quarantine.waiting(tx, house.services.hooks.by_name(tx, "essai").id)  # type: ignore[union-attr]
    found = []
    for _ in range(2):
        with house.services.store.write() as tx:
            hook = house.services.hooks.by_name(tx, "essai")
            assert hook is not None
            found.append(quarantine.check_again(tx, house.services.vault, hook, came, writing=True))

    assert (len(found[0] or ()), found[1], len(events(house))) == (1, None, 1)


def test_staff_see_them_first_and_delete_what_was_nobodys_form(house: House) -> None:
    assert run(house, "inbox", "refused").output == "No call was refused in the last 72 hours, and none waits.\n"
    assert run(house, "inbox", "recheck", "essai").output == "essai refused nothing that is still kept.\n"
    turned_away(house)
    turned_away(house, headers={})
    line = (
        "essai: 2 calls refused since 2026-11-22T09:00:00.000Z. The newest: Secret missing or not ours. Looked for the "
        "header X-Token. Kept for 72 hours: correct the secret, then: flask inbox recheck essai\n"
    )

    assert run(house, "inbox", "list").stderr == line
    assert run(house, "inbox", "refused", "essai").output == line
    assert run(house, "inbox", "refused", "--delete").exit_code == 2
    assert run(house, "inbox", "refused", "essai", "--delete").output == "essai: 2 refused calls deleted.\n"
    assert run(house, "inbox", "recheck", "nobody").exit_code == 1
    assert count(house, table) == 0


def test_the_caller_is_answered_in_its_language_and_who_looks_later_is_told_in_theirs(house: House) -> None:
    answer = call(house, headers={**PROOF, "Accept-Language": "fr"})

    assert answer.get_json()["detail"] == "Secret absent ou différent du nôtre. Cherché dans l’en-tête X-Token."
    assert "Looked for the header X-Token." in run(house, "inbox", "refused").output
    assert "Cherché dans l’en-tête X-Token." in run(house, "inbox", "refused", "--language", "fr").output


def test_the_same_call_again_is_no_second_row_and_no_younger(house: House) -> None:
    turned_away(house)
    came = house.clock()
    house.clock.move(hours=1)
    turned_away(house)
    (row,) = rows(house, table)
    assert normal.from_epoch_ms(row.at) == came

    house.clock.move(hours=71)
    house.prune()
    assert count(house, table) == 0


def test_who_goes_back_to_an_earlier_answer_is_heard_though_the_call_is_the_same(house: House) -> None:
    """A, B, A again, of a tool that names no event: the last one is what the person means."""
    for metier in ("Soudeuse", "Pilote", "Soudeuse"):
        turned_away(house, written(mail="zoe.lefevre@example.org", metier=metier))
        house.clock.move(minutes=30)
    assert count(house, table) == 2
    told = corrected(house)
    house.drain()

    assert "calls proven now: 2 of 2.\nSubmissions received: 3; had come before: 0." in told.output
    assert (live(house, 811), count(house, table)) == (["Soudeuse"], 0)


def test_calls_that_show_nothing_or_are_not_what_the_tool_sends_go_first(house: House) -> None:
    """Even when they are the newest."""
    turned_away(house, written(n=0))
    turned_away(house, b"{", PROOF)
    for number in range(50):
        turned_away(house, written(junk=number), {})
    for number in range(1, quarantine.MOST):
        house.clock.move(seconds=1)
        turned_away(house, written(n=number))
    ranks = [row.rank for row in rows(house, table)]

    assert (len(ranks), set(ranks)) == (quarantine.MOST, {quarantine.Rank.SHOWN})
    corrected(house)
    assert len(events(house)) == quarantine.MOST


def test_then_who_has_most_displaces_himself(house: House) -> None:
    for number in range(3):
        assert from_there(house, written(n=number), "203.0.113.7") == 401
    for number in range(quarantine.MOST + 20):
        house.clock.move(seconds=1)
        assert from_there(house, written(n=100 + number), "198.51.100.9") == 401
    corrected(house)

    said_in = [house.services.vault.unseal(row.record)["body"]["n"] for row in events(house)]  # type: ignore[index, call-overload]
    assert ({0, 1, 2} - {*said_in}, len(said_in)) == (set(), quarantine.MOST)


def test_all_of_them_have_one_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "ROOM", 60_000)
    house.import_hook(MISTYPED.replace("essai", "autre"))
    assert from_there(house, written(n=0), "203.0.113.7", "/hooks/autre234") == 401
    for number in range(20):
        house.clock.move(seconds=1)
        assert from_there(house, written(n=number, of="x" * 9_000), "198.51.100.9") == 401

    kept = rows(house, table)
    assert sum(row.size for row in kept) <= 60_000 < sum(row.size for row in kept) + 13_000
    assert [row.size for row in kept] == [len(row.sealed) for row in kept]
    assert len({row.hook for row in kept}) == 2


def test_of_a_caller_no_address_is_kept(house: House) -> None:
    assert from_there(house, ZOES, "203.0.113.7") == 401
    (row,) = rows(house, table)

    assert "203.0.113.7" not in json.dumps([str(value) for value in row]) + str(row.sealed)
    assert len(row.caller) == 32


def from_there(house: House, body: bytes, address: str, path: str = "/hooks/essai234") -> int:
    headers = {"Content-Type": "application/json", **PROOF}
    return house.door.post(path, data=body, headers=headers, environ_base={"REMOTE_ADDR": address}).status_code
