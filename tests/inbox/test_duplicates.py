"""What is the same call again, and what is somebody who went back to what they had said (docs/ledger.md 3)."""

from pathlib import Path
from typing import get_args

import pytest

from bridge.sources import SOURCES
from bridge.sources.kit.source import Keys
from bridge.store import tables
from tests.support.json_hook import ESSAI, PROOF, count, plain_house, send, sent, written
from tests.support.recorded_calls import ALL
from tests.support.whole_bridge import House

MAIL = "zoe.lefevre@example.org"
A, B = (written(mail=MAIL, metier=word) for word in ("Boulangère", "Pilote"))
ROWS = """
hook: lignes
address: lignes23
source: json
proof: {scheme: header, header: X-Token, secret: $JSON_TOKEN}
mode: live
wait: 0
reads: {id: ligne}
contact: {find: [mail], names: agree, missing: create, address: keep}
fields:
  - {from: mail, to: mail}
  - {from: metier, to: custom_fields.Métier}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, ESSAI, ROWS)


def row(house: House, body: bytes) -> str:
    answer = house.door.post("/hooks/lignes23", data=body, headers={"Content-Type": "application/json", **PROOF})
    (event,) = answer.get_json()["events"]
    return str(event["event"])


def test_every_source_says_what_its_ids_name() -> None:
    assert {source.name: source.keys for source in SOURCES.values() if source.keys not in get_args(Keys)} == {}


def test_only_sources_without_ids_make_their_keys_by_hashing() -> None:
    named = {one.source for one in ALL for record in SOURCES[one.source].split(one.delivery) if record.key}
    hashing = {source.name for source in SOURCES.values() if source.keys == "hash"}

    assert named & hashing == set()


@pytest.mark.parametrize("read", [sent, row], ids=["hash", "record"])
def test_a_then_b_then_a_again_is_three_events(house: House, read: object) -> None:
    one, other = (
        written(mail=MAIL, metier=word, **({"ligne": "7"} if read is row else {})) for word in ("Pilote", "Boulangère")
    )
    ids = [read(house, body) for body in (one, one, other, other, one, one)]  # type: ignore[operator]

    assert ids[0] == ids[1] != ids[2] == ids[3] != ids[4] == ids[5] != ids[0]
    assert count(house, tables.event) == 3


def test_the_latest_event_of_a_row_counts_for_ever(house: House) -> None:
    body = written(mail=MAIL, metier="Pilote", ligne="7")
    first = row(house, body)
    house.clock.move(days=200)

    assert row(house, body) == first


def test_the_id_of_a_call_counts_whatever_came_in_between(house: House) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = sent(house, A, key)
    sent(house, B, {"Idempotency-Key": "k-2"})

    assert sent(house, A, key) == first


def test_somebody_else_in_between_is_nothing_in_between(house: House) -> None:
    first = sent(house, A)
    sent(house, written(mail="karim.benali@example.org", metier="Pilote"))

    assert sent(house, A) == first


def test_a_list_that_is_sent_again_is_the_same_list(house: House) -> None:
    whole = b"[" + b",".join([A, B, A]) + b"]"
    first = [one["event"] for one in send(house, whole)["events"]]
    again = send(house, whole)["events"]

    assert len(set(first)) == 3
    assert [one["outcome"] for one in again] == ["duplicate"] * 3


@pytest.mark.parametrize("mode", ["capture", "preview"])
@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k-1"}], ids=["hash", "event"])
def test_what_was_only_looked_at_repeats_nothing_once_the_hook_is_live(
    tmp_path: Path, mode: str, key: dict[str, str]
) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", f"mode: {mode}"))
    first = sent(house, A, key)
    assert sent(house, A, key) == first

    house.import_hook(ESSAI)
    second = sent(house, A, key)
    house.drain()

    assert (second != first, house.report(second)["outcome"], house.report(second)["notes"]) == (True, "delivered", [])
    assert sent(house, A, key) == second


def test_what_a_filter_left_out_counts_again_under_another_filter(tmp_path: Path) -> None:
    closed = ESSAI.replace("fields:", "only: {answer: metier, is: [Pilote]}\nfields:")
    house = plain_house(tmp_path, closed)
    first = sent(house, A)
    assert (sent(house, A), house.report(first)["reason"]) == (first, "filter")

    house.import_hook(ESSAI)

    assert sent(house, A) != first
