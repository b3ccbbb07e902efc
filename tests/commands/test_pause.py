"""The brake: `flask pause` and `flask resume`. The door stays open."""

import time
from pathlib import Path

import pytest

from app import create_app
from bridge.inbox import lanes
from bridge.qomon import account
from tests.support.commands import run
from tests.support.json_hook import ESSAI, SOMEBODY, ZOES, fault, plain_house, said, sent, writes, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

LYON = {"QOMON_TOKEN__LYON": "sandbox-token", "QOMON_URL__LYON": "https://qomon.example.org"}
OTHER = ESSAI.replace("hook: essai", "hook: autre").replace("essai234", "autre234") + "space: lyon\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, ESSAI, OTHER, **LYON)


def at_lyon(house: House) -> str:
    headers = {"Content-Type": "application/json", "X-Token": "an-invented-token"}
    answer = house.door.post("/hooks/autre234", data=ZOES, headers=headers).get_json()
    return str(answer["events"][0]["event"])


def test_while_paused_nothing_is_asked_of_qomon_and_everything_is_kept(house: House) -> None:
    before = sent(house, ZOES)
    paused = run(house, "pause")
    after = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.clock.move(hours=3)
    house.drain()

    assert (paused.exit_code, paused.output.splitlines()) == (
        0,
        [
            "default: paused since 2026-11-22T09:00:00.000Z. Forms are still received and kept.",
            "lyon: paused since 2026-11-22T09:00:00.000Z. Forms are still received and kept.",
        ],
    )
    assert (said(house.report(before)), said(house.report(after))) == (("queued", None), ("queued", "paused"))
    assert house.sandbox.calls == []


def test_after_resume_all_of_it_crosses(house: House) -> None:
    run(house, "pause")
    event = sent(house, ZOES)
    resumed = run(house, "resume")
    house.drain()

    assert (resumed.exit_code, resumed.output) == (0, "default: resumed.\nlyon: resumed.\n")
    assert said(house.report(event)) == ("delivered", None)
    assert run(house, "resume").output == "default: was not paused.\nlyon: was not paused.\n"


def test_one_space_is_paused_and_the_other_goes_on(house: House) -> None:
    run(house, "pause", "--space", "lyon")
    here, there = sent(house, ZOES), at_lyon(house)
    house.drain()
    assert (said(house.report(here)), said(house.report(there))) == (("delivered", None), ("queued", "paused"))

    run(house, "resume", "--space", "lyon")
    house.drain()
    assert said(house.report(there)) == ("unchanged", None)


def test_paused_twice_is_paused_since_the_first_time(house: House) -> None:
    run(house, "pause")
    house.clock.move(hours=1)

    assert "since 2026-11-22T09:00:00.000Z" in run(house, "pause").output


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_an_unknown_space_is_named_with_those_that_are_known(house: House, verb: str) -> None:
    result = run(house, verb, "--space", "nantes")

    assert (result.exit_code, result.output) == (
        1,
        "Error: No Qomon account is called nantes. Known: default, lyon.\n",
    )


def test_a_process_of_its_own_pauses_and_lets_go(house: House) -> None:
    """As a terminal does it: nothing of the bridge is open before."""
    run(house, "pause")
    for words in ("resume", "pause", "resume"):
        fresh = create_app(house.unopened.settings.environ, house.clock)
        assert fresh.test_cli_runner().invoke(args=[words]).exit_code == 0
        fresh.extensions["bridge"].store.close()


def test_writing_off_is_stronger(tmp_path: Path) -> None:
    house = plain_house(tmp_path, WRITING="off")
    run(house, "pause")
    resumed = run(house, "resume")

    assert (resumed.exit_code, "WRITING=off is stronger" in resumed.output) == (1, True)


def test_a_pause_outlasts_a_trouble_of_qomon_and_a_trouble_outlasts_a_pause(house: House) -> None:
    fault(house, "POST", "search", "error_before")
    fault(house, "GET", "forms", "error_before", 2)
    event = sent(house, ZOES)
    house.drain()
    run(house, "pause", "--space", "default")
    resumed = run(house, "resume", "--space", "default")
    assert resumed.stderr == "default: Qomon does not answer; nothing is lost. Since 2026-11-22T09:00:00.000Z.\n"

    run(house, "pause")
    for _ in range(3):
        house.clock.move(seconds=61)
        house.drain()
    with house.services.store.read() as tx:
        assert {name: stop.reason for name, stop in account.stops(tx).items()} == dict.fromkeys(
            ["default", "lyon"], "paused"
        )
    assert (said(house.report(event)), writes(house)) == (("queued", "qomon_down"), [])
    run(house, "resume")
    house.drain()
    assert said(house.report(event)) == ("delivered", None)


def test_the_inbox_says_that_writing_is_paused(house: House) -> None:
    sent(house, ZOES)
    run(house, "pause", "--space", "default")
    listed = run(house, "inbox", "list")

    assert listed.stderr == "default: Writing is paused. Since 2026-11-22T09:00:00.000Z.\n"
    assert len(listed.stdout.splitlines()) == 1


def test_a_call_to_a_paused_space_is_answered_at_once(tmp_path: Path) -> None:
    """Waiting for a crossing that does not come would only cost the tool its patience."""
    house = plain_house(tmp_path, ESSAI.replace("wait: 0", "wait: 9s"))
    run(house, "pause")
    house.services.start()
    began = time.monotonic()
    event = sent(house, ZOES)
    took = time.monotonic() - began
    house.services.stop()

    assert (said(house.report(event)), took < 5) == (("queued", "paused"), True)


def test_no_lane_of_a_paused_space_is_due(house: House) -> None:
    run(house, "pause")
    sent(house, ZOES)
    with house.services.store.read() as tx:
        paused = lanes.due(tx, house.clock())
    run(house, "resume")
    with house.services.store.read() as tx:
        assert (paused, len(lanes.due(tx, house.clock()))) == ([], 1)
