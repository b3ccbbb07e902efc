"""Lanes that wait for Qomon's tokens cost nothing until the tokens are there."""

from pathlib import Path

import pytest

from bridge.store import tables
from tests.support.json_hook import asked, crossed, fault, plain_house, rows, send, written
from tests.support.whole_bridge import House

MAILS = ("zoe.lefevre@example.org", "karim.benali@example.org", "jb.orgeval@example.org")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three events of three people, and a bucket that holds enough for one of them."""
    house = plain_house(tmp_path)
    crossed(house, mail="celeste.nguyen@example.org", metier="Pilote")  # Qomon's forms are read by now
    for number, mail in enumerate(MAILS):
        send(house, written(mail=mail, metier=f"Boulangère {number}"))
    fault(house, "POST", "search", "quota")
    house.drain()
    house.clock.move(seconds=1.9)
    return house


def outcomes(house: House) -> list[tuple[str, str | None]]:
    return [(row.outcome, row.reason) for row in rows(house, tables.event)[1:]]


def test_a_lane_whose_tokens_are_not_there_yet_is_not_taken_again(house: House) -> None:
    before = {row.lane: row.due for row in rows(house, tables.lane)}
    house.drain()
    after = {row.lane: row.due for row in rows(house, tables.lane)}

    assert sorted(outcomes(house)) == [("delivered", None), ("queued", "quota"), ("queued", "quota")]
    assert after == {lane: due for lane, due in before.items() if lane in after}
    assert (len(before), len(after), asked(house, "PATCH")) == (3, 2, 2)


def test_it_is_taken_when_they_are_there(house: House) -> None:
    for _ in range(3):
        house.drain()
        house.clock.move(seconds=1)

    assert outcomes(house) == [("delivered", None)] * 3
    assert [call["status"] for call in house.sandbox.calls].count(429) == 1
