"""The brakes of one hook: people's pause, and the first writes that wait for somebody's yes."""

from pathlib import Path

import pytest

from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import run
from tests.support.json_hook import ESSAI, fault, live, plain_house, rows, said, sent, stored, writes, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

MAIL = "zoe.lefevre@example.org"
OTHER = ESSAI.replace("hook: essai", "hook: autre").replace("essai234", "autre234")
PROOF = {"X-Token": "an-invented-token", "Content-Type": "application/json"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, ESSAI, OTHER)


@pytest.fixture
def asking(tmp_path: Path) -> House:
    """Two writes wait for a yes."""
    return plain_house(tmp_path, ESSAI.replace("mode: live", "mode: live\napprove: 2"))


def by_other(house: House, **answers: str) -> str:
    answer = house.door.post("/hooks/autre234", data=written(mail=MAIL, **answers), headers=PROOF).get_json()
    return str(answer["events"][0]["event"])


def about(house: House, number: int = 0, **answers: str) -> str:
    event = sent(house, written(mail=MAIL, n=str(number), **answers))
    house.drain()
    return event


# pause


def test_a_paused_hook_is_received_and_not_written_while_another_of_the_same_person_is(house: House) -> None:
    paused = run(house, "pause", "--hook", "essai")
    mine, theirs = sent(house, written(mail=MAIL, metier="Boulangère")), by_other(house, metier="Soudeuse")
    house.drain()

    assert paused.output == "essai: paused since 2026-11-22T09:00:00.000Z. Forms are still received and kept.\n"
    assert (said(house.report(mine)), said(house.report(theirs))) == (("queued", "paused"), ("delivered", None))
    assert live(house, 811) == ["Soudeuse"]
    run(house, "resume", "--hook", "essai")
    house.drain()
    assert said(house.report(mine))[0] in ("delivered", "unchanged")


def test_what_waited_before_the_pause_says_so_and_the_lane_rests(house: House) -> None:
    event = sent(house, written(mail=MAIL, metier="Boulangère"))
    run(house, "pause", "--hook", "essai")
    house.drain()
    calls = len(house.sandbox.calls)
    for _ in range(5):
        house.drain()

    assert (said(house.report(event)), len(house.sandbox.calls)) == (("queued", "paused"), calls)
    assert writes(house) == []


def test_paused_for_weeks_it_is_not_given_up(house: House) -> None:
    run(house, "pause", "--hook", "essai")
    event = sent(house, written(mail=MAIL, metier="Boulangère"))
    for _ in range(3):
        house.clock.move(days=6)
        house.drain()
    run(house, "resume", "--hook", "essai")
    house.drain()
    assert said(house.report(event)) == ("delivered", None)


def test_while_qomon_is_down_what_is_paused_is_neither_given_up_nor_in_the_way(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    run(house, "pause", "--hook", "essai")
    mine = sent(house, written(mail=MAIL, metier="Boulangère"))
    fault(house, "POST", "search", "error_before")
    fault(house, "GET", "forms", "error_before", 1000)
    theirs = by_other(house, metier="Soudeuse")
    for _ in range(7 * 24 + 2):
        house.drain()
        house.clock.move(hours=1)
    house.drain()
    house.sandbox.faults.clear()
    assert [said(house.report(one)) for one in (mine, theirs)] == [("queued", "paused"), ("failed", "qomon_down")]

    for _ in range(4):
        house.clock.move(minutes=2)
        house.drain()
    run(house, "resume", "--hook", "essai")
    house.drain()
    assert said(house.report(mine)) == ("delivered", None)
    assert "drain failed" not in caplog.text


def test_a_pause_is_told_and_a_slip_is_too(house: House) -> None:
    run(house, "pause", "--hook", "essai")

    assert run(house, "inbox", "list").stderr == "essai: Writing is paused. Since 2026-11-22T09:00:00.000Z.\n"
    assert "There is no hook nobody" in run(house, "pause", "--hook", "nobody").output
    assert run(house, "pause", "--hook", "essai", "--space", "default").exit_code == 2
    assert run(house, "resume", "--hook", "autre").output == "autre: was not paused.\n"


def test_trying_again_by_hand_does_not_go_round_a_pause(house: House) -> None:
    run(house, "pause", "--hook", "essai")
    event = sent(house, written(mail=MAIL, metier="Boulangère"))
    house.drain()
    run(house, "inbox", "retry", event)
    house.drain()
    assert (said(house.report(event)), writes(house)) == (("queued", "paused"), [])


# approve


def test_writes_wait_until_enough_of_them_were_agreed_to(asking: House) -> None:
    first, second, third = (about(asking, at, metier=f"Métier {at}") for at in range(3))
    assert [said(asking.report(one)) for one in (first, second, third)] == [("held", "approval")] * 3
    assert writes(asking) == []

    run(asking, "inbox", "release", first, second)
    asking.drain()
    assert [said(asking.report(one))[0] for one in (first, second)] == ["delivered", "delivered"]
    assert said(asking.report(about(asking, 4, metier="Soudeuse"))) == ("delivered", None)
    assert live(asking, 811) == ["Soudeuse"]


def test_a_yes_lets_it_write_as_it_would_have_and_not_only_blanks(asking: House) -> None:
    asking.sandbox.contacts.all[ZOE]["mobile"] = "+33639980001"
    event = about(asking, mobile="06 39 98 00 99")
    run(asking, "inbox", "release", event)
    asking.drain()
    assert stored(asking)["mobile"] == "+33639980099"


def test_who_decides_sees_all_that_would_be_written(asking: House) -> None:
    report = asking.report(about(asking, metier="Soudeuse"))

    assert {"field": "custom_fields.Métier", "change": "changed", "confirmed": None} in report["fields"]
    assert (len(report["protected"]) > 0, report["answers"][-1]["status"]) == (True, "held")


def test_what_a_held_write_would_erase_is_not_said_to_be_erased(tmp_path: Path) -> None:
    clears = ESSAI.replace("mode: live", "mode: approve").replace("to: mobile}", "to: mobile, change: clear}")
    house = plain_house(tmp_path, clears)
    report = house.report(about(house, mobile=""))

    assert (said(report), report["cleared"]) == (("held", "approval"), [])
    assert {"field": "mobile", "change": "cleared", "confirmed": None} in report["fields"]


def test_nothing_to_write_needs_no_yes_and_a_withdrawal_crosses_at_once(asking: House) -> None:
    assert said(asking.report(about(asking))) == ("unchanged", None)


def test_a_new_contact_waits_too(asking: House) -> None:
    event = sent(asking, written(mail="camille.exemple@example.org", prenom="Camille"))
    asking.drain()
    assert (said(asking.report(event)), writes(asking)) == (("held", "approval"), [])
    run(asking, "inbox", "release", event)
    asking.drain()
    assert said(asking.report(event)) == ("created", None)


def test_a_new_version_asks_anew(asking: House) -> None:
    for at in range(2):
        run(asking, "inbox", "release", about(asking, at, metier=f"Métier {at}"))
    asking.drain()
    asking.import_hook(ESSAI.replace("mode: live", "mode: approve"))
    assert said(asking.report(about(asking, 9, metier="Soudeuse"))) == ("held", "approval")
    assert {row.decided for row in rows(asking, tables.event)} == {"approval", None}
