"""This release beside the one before, on one store: each reads what the other wrote (docs/ledger.md 26, 33)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.hooks.revisions import By
from bridge.operations.keys import rotate
from bridge.store import tables
from bridge.store.store import Store
from tests.support.json_hook import ZOES_MAIL, outcomes, plain_house, said, sent, written
from tests.support.previous_release import Previous, code_of_previous, previous
from tests.support.whole_bridge import KEY, House

DELIVERED = ["delivered", None]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return code_of_previous(tmp_path_factory.mktemp("previous"))


@pytest.fixture
def url(tmp_path: Path, both_stores: str, request: pytest.FixtureRequest) -> str:
    """Of a store that is not there yet: the release before makes it."""
    if both_stores == "sqlite":
        return f"sqlite:///{tmp_path}/bridge.db"
    server = request.getfixturevalue("server")
    found: str = House.places.open.enter_context(server.fresh("empty"))
    House.places.urls[tmp_path] = found
    House.places.clock(tmp_path)  # the server's time is that of the houses
    return found


@pytest.fixture
def before(code: Path, tmp_path: Path, url: str) -> Iterator[Previous]:
    with previous(code, tmp_path, DATABASE_URL=url, BRIDGE_KEY=KEY) as running:
        yield running


@contextmanager
def ours(folder: Path, url: str) -> Iterator[House]:
    store = Store(url)
    store.upgrade()
    store.close()
    house = plain_house(folder, BRIDGE_KEY=KEY).read_catalogue()
    yield house
    house.close()


def form(number: int) -> dict[str, Any]:
    return {"mail": ZOES_MAIL, "metier": f"Métier {number}"}


def test_each_drains_what_the_other_accepted_and_opens_what_it_sealed(
    tmp_path: Path, url: str, before: Previous
) -> None:
    old_before_us = before("accept", form(1))
    with ours(tmp_path, url) as house:
        house.drain()
        mine = sent(house, written(**form(2)))
        before("drain")
        old_beside_us = before("accept", form(3))
        house.drain()

        events = [old_before_us, mine, old_beside_us]
        assert outcomes(house, events) == [tuple(DELIVERED)] * 3
        assert [before("report", event) for event in events] == [DELIVERED] * 3
        assert before("unseal", house.services.vault.seal({"a": 1}).hex()) == {"a": 1}
        assert house.services.vault.unseal(bytes.fromhex(before("seal", {"a": 1}))) == {"a": 1}


def test_what_waits_in_one_lane_from_both_crosses_together_in_its_order(
    tmp_path: Path, url: str, before: Previous
) -> None:
    with ours(tmp_path, url) as house:
        events = [before("accept", form(1)), sent(house, written(**form(2))), before("accept", form(3))]
        with house.services.store.read() as tx:
            lanes = tx.execute(select(tables.event.c.lane).distinct()).all()
        before("drain")

        assert len(lanes) == 1
        assert outcomes(house, events) == [tuple(DELIVERED)] * 3
        assert said(house.report(events[2])) == tuple(before("report", events[2]))


def test_the_release_before_starts_again_on_our_store_until_the_keys_are_rotated(
    code: Path, tmp_path: Path, url: str, before: Previous
) -> None:
    """One step back is safe; who asked for `flask keys rotate` gave it up, and is told so at start."""
    event = before("accept", form(1))
    with ours(tmp_path, url) as house:
        house.drain()
        with previous(code, tmp_path, DATABASE_URL=url, BRIDGE_KEY=KEY) as back:
            assert back("report", event) == DELIVERED
        rotate(house.services.store, house.services.vault, By(house.clock()), lambda _done, _total: None)

        assert said(house.report(event)) == tuple(DELIVERED)
        with (
            pytest.raises(AssertionError, match="WrongKey"),
            previous(code, tmp_path, DATABASE_URL=url, BRIDGE_KEY=KEY),
        ):
            pass
