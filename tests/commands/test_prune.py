"""`flask prune` and `flask store size` (docs/commands.md)."""

import os
from pathlib import Path

import pytest
from sqlalchemy import insert

from bridge.store import tables
from schemas import normal
from tests.support.commands import done, printed, run
from tests.support.json_hook import ZOES, plain_house, rows, sent
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")


def old(house: House, **span: float) -> str:
    event = sent(house, ZOES)
    house.drain()
    house.clock.move(**span)
    return event


def test_a_dry_run_counts_what_would_go_and_changes_nothing(house: House) -> None:
    old(house, days=30)
    before = rows(house, tables.event)

    said = printed(run(house, "prune", "--dry-run", "--json"))
    gone = {code for code, many in said["gone"].items() if many}
    assert (said["dry_run"], gone - {"spread"}) == (True, {"erased", "undo", "known", "deliveries"})
    assert rows(house, tables.event) == before
    assert "Nothing was changed" in done(run(house, "prune", "--dry-run"))


def test_what_went_is_what_the_dry_run_said(house: House) -> None:
    old(house, days=30)
    counted = printed(run(house, "prune", "--dry-run", "--json"))["gone"]

    assert printed(run(house, "prune", "--json"))["gone"] == counted
    assert done(run(house, "prune")) == "Nothing has had its days.\n"


def test_the_days_are_those_of_the_settings(tmp_path: Path) -> None:
    house = plain_house(tmp_path, KEEP_DAYS="3", UNDO_DAYS="5", HELD_DAYS="7")
    old(house, days=3)

    gone = printed(run(house, "prune", "--json"))["gone"]
    assert (gone["erased"], gone["deliveries"], gone["undo"]) == (1, 1, 0)


def test_the_size_of_an_almost_empty_store_tells_nothing_of_its_growth(house: House) -> None:
    old(house)

    said = printed(run(house, "store", "size", "--json"))
    assert {one["name"]: one["rows"] for one in said["tables"]}["event"] == 1
    assert (said["events_a_day"], said["days_left"]) == (None, None)
    assert "too few submissions" in done(run(house, "store", "size"))


def test_how_long_the_room_lasts_comes_from_the_last_week(house: House) -> None:
    fill(house, 700)

    said = printed(run(house, "store", "size", "--limit", "60", "--json"))
    assert said["events_a_day"] == 100
    assert said["bytes_an_event"] - said["bytes_kept_of_an_event"] == 3000
    body, kept = 3000, said["bytes_kept_of_an_event"]
    still = 100 * 30 * body - 700 * body
    assert said["days_left"] == pytest.approx((said["room_left"] - still) / (100 * kept), rel=0.05)
    lines = done(run(house, "store", "size", "--limit", "60"))
    assert "100 submissions a day this week" in lines
    assert "it lasts for" in lines


def test_what_a_servers_plan_allows_is_not_known(house: House, both_stores: str) -> None:
    fill(house, 200)

    assert printed(run(house, "store", "size", "--json"))["limit_assumed"] is (both_stores == "postgres")
    assert ("is not known" in done(run(house, "store", "size"))) is (both_stores == "postgres")


def fill(house: House, many: int) -> None:
    at = normal.epoch_ms(house.clock())
    row = {"space": "default", "delivery": "d", "hook": "h", "revision": 1, "key_kind": "hash", "digest": "x"}
    row |= {"kind": "submitted", "status": "done", "outcome": "delivered", "submitted_at": at, "received_at": at}
    row |= {"record": os.urandom(1000), "report": os.urandom(2000), "attempts": 0, "leases": 0, "ended": at}
    with house.services.store.write() as tx:
        tx.execute(insert(tables.event), [{**row, "id": f"e{number}", "key": f"k{number}"} for number in range(many)])
