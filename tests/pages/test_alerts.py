"""The page of alerts: channels and their test, what is told of now, mutes, and what people chose."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bridge.operations import audit
from bridge.operations.alerts import channels, preferences
from bridge.operations.alerts.preferences import Preferences
from bridge.store import tables
from schemas import normal
from tests.support.json_hook import ESSAI, plain_house
from tests.support.receiver import Receiver
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("lasting")
PAGE = "/settings/alerts"
CHOSEN: dict[str, Any] = {"quiet_from": "22", "quiet_until": "7", "weekly": "on"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path)


def told_by(folder: Path, *urls: str) -> House:
    return plain_house(folder, ALERT_URLS=" ".join(urls))


def deeds(house: House) -> list[str]:
    with house.services.store.read() as tx:
        return [one.did for one in audit.listed(tx, house.services.vault)]


def chosen(house: House) -> Preferences:
    with house.services.store.read() as tx:
        return preferences.read(tx)


def down(house: House, kind: str = "qomon_down") -> str:
    """A cause that is so now."""
    at = normal.epoch_ms(house.clock())
    row = {"cause": "c1", "kind": kind, "hook": None, "since": at, "seen": at, "many": 12, "facts": "{}"}
    row |= {"told_at": None, "told_many": None, "over": None, "muted_until": None}
    with house.services.store.write() as tx:
        tx.execute(insert(tables.alert).values(**row))
    return "c1"


def hook_of(house: House) -> str:
    with house.services.store.read() as tx:
        (one,) = [listed.hook for listed in house.services.hooks.listed(tx)]
    assert one is not None
    return one.id


def words(visitor: Visitor) -> list[str]:
    return sorted(line["word"] for line in visitor.json("/check-up.json")["lines"] if line["code"] == "alerts")


def muted_until(house: House) -> int | None:
    with house.services.store.read() as tx:
        found: int | None = tx.execute(select(tables.alert.c.muted_until)).scalar()
        return found


def test_without_a_channel_the_page_and_the_overview_say_so(house: House) -> None:
    lead = "Nobody is told when something is wrong"
    page = Visitor(house).get(PAGE)

    assert (lead in page.text, "mailtos://bridge:password@mail.example.org" in page.text) == (True, True)
    assert lead in Visitor(house).get("/").text


def test_a_heartbeat_counts_as_somebody_who_notices(tmp_path: Path) -> None:
    house = plain_house(tmp_path, HEARTBEAT_URL="https://waits.example.org/hunter2")
    page = Visitor(house).get(PAGE)

    assert ("whoever waits at HEARTBEAT_URL" in page.text, "hunter2" in page.source) == (True, False)
    assert "Nobody is told" not in Visitor(house).get("/").text


def test_a_test_goes_to_the_channel_and_says_that_nothing_is_wrong(tmp_path: Path, receiver: Receiver) -> None:
    house = told_by(tmp_path, receiver.url)
    with house.services.store.read() as tx:
        (channel,) = channels.listed(house.services, tx)
    admin = Visitor(house, "admin").send("/settings/alerts/test", channel=channel.name)

    assert receiver.subjects == ["A test of the Qomon bridge"]
    assert "The test was sent" in admin.get(PAGE).text
    assert ("json" in admin.text, "alerts</code>" in admin.source, receiver.url in admin.source) == (True, False, False)


def test_a_channel_that_fails_three_times_is_on_every_page_of_staff(tmp_path: Path, receiver: Receiver) -> None:
    house = told_by(tmp_path, receiver.url)
    receiver.status = 500
    with house.services.store.read() as tx:
        (channel,) = channels.listed(house.services, tx)
    admin = Visitor(house, "admin")
    said = []
    for _ in range(3):
        admin.send("/settings/alerts/test", channel=channel.name)
        said.append("1 channel of alerts fails" in Visitor(house).get("/inbox").text)

    assert said == [False, False, True]
    assert "1 channel of alerts fails" not in Visitor(house, "viewer").get("/inbox").text


def test_nobody_but_an_admin_sends_a_test_or_chooses(house: House) -> None:
    staff, viewer = Visitor(house), Visitor(house, "viewer")

    assert viewer.get(PAGE).status == 403
    assert [staff.send(f"{PAGE}/{one}", **CHOSEN).status for one in ("test", "choose")] == [403, 403]
    assert Visitor(house, "admin").send(f"{PAGE}/test", channel="unknown").status == 404


def test_what_is_chosen_is_kept_and_noted(house: House) -> None:
    admin = Visitor(house, "admin").get(PAGE)
    hook = hook_of(house)
    admin.send(f"{PAGE}/choose", **{**CHOSEN, f"at_least:{hook}": "3"})

    assert chosen(house) == Preferences(22, 7, weekly=True, reminder=False, at_least={hook: 3})
    assert deeds(house)[0] == "alerts_chosen"
    assert 'value="22"' in admin.get(PAGE).source


def test_an_admin_says_which_channel_only_admins_read(tmp_path: Path) -> None:
    house = told_by(tmp_path, "json://127.0.0.1:9/a", "json://127.0.0.1:9/b")
    name = channels.names(house.services)[1]
    admin = Visitor(house, "admin").get(PAGE)
    ticked = admin.source.count(" checked")
    assert "Channels that only admins read" in admin.text
    admin.send(f"{PAGE}/choose", **{**CHOSEN, "reminder": "on", "admins": name})

    assert chosen(house).admins == {name}
    assert admin.get(PAGE).source.count(" checked") == ticked + 1
    assert admin.json(f"{PAGE}.json")["chosen"]["admins"] == [name]


@pytest.mark.parametrize(
    "wrong", [{"quiet_from": "24"}, {"quiet_until": "soon"}, {"at_least:h": "0"}, {"quiet_from": ""}]
)
def test_what_cannot_be_chosen_is_told_and_what_was_typed_stays(house: House, wrong: dict[str, Any]) -> None:
    admin = Visitor(house, "admin").send(f"{PAGE}/choose", **{**CHOSEN, **wrong})

    assert (admin.status, "There is a problem" in admin.text, "Error: " in admin.source) == (400, True, True)
    assert chosen(house) == Preferences()


def test_a_cause_is_muted_for_a_day_or_a_week_and_told_of_again(house: House) -> None:
    cause, staff = down(house), Visitor(house).get(PAGE)
    said = "Qomon has not answered" in staff.text
    staff.send(f"{PAGE}/mute", cause=cause, days="7")
    until, now = muted_until(house), house.clock()
    listed = Visitor(house).get(PAGE)

    assert (said, until) == (True, normal.epoch_ms(now + timedelta(days=7)))
    assert "Unmute 1 cause" in listed.text
    listed.send(f"{PAGE}/unmute", cause=cause)
    assert (muted_until(house), [one for one in deeds(house) if "mute" in one]) == (
        None,
        ["alert_unmuted", "alert_muted"],
    )


def test_what_is_for_admins_is_shown_to_them_alone(house: House) -> None:
    down(house, "admin_added")

    assert ["12 new admins" in Visitor(house, role).get(PAGE).text for role in ("staff", "admin")] == [False, True]


def test_a_cause_that_is_over_is_no_cause_to_mute(house: House) -> None:
    staff = Visitor(house).get(PAGE).send(f"{PAGE}/mute", cause="gone", days="1")

    assert (staff.status, "This is over" in staff.text, deeds(house)[:1] == ["alert_muted"]) == (409, True, False)


def test_what_was_kept_and_does_not_read_is_as_if_nobody_had_chosen(house: House) -> None:
    with house.services.store.write() as tx:
        tx.execute(insert(tables.preference).values(name="alerts", at=1, body='{"quiet_from": "late"}'))

    assert chosen(house) == Preferences()
    assert Visitor(house).get(PAGE).status == 200


def test_the_twin_says_the_same_in_codes_and_no_address(tmp_path: Path, receiver: Receiver) -> None:
    house = told_by(tmp_path, receiver.url)
    down(house)
    visitor = Visitor(house)
    twin = visitor.json(f"{PAGE}.json")

    assert ([one["kind"] for one in twin["told"]], twin["channels"][0]["scheme"]) == (["qomon_down"], "json")
    assert receiver.url not in visitor.source


@pytest.mark.parametrize(
    ("environ", "state"),
    [
        ({}, "look"),
        ({"ALERT_URLS": "json://127.0.0.1:9/a"}, "ok"),
        ({"HEARTBEAT_URL": "https://waits.example.org"}, "ok"),
    ],
)
def test_the_checklist_of_going_live_asks_who_is_told(tmp_path: Path, environ: dict[str, str], state: str) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: capture"), **environ)
    lines = Visitor(house).json(f"/webhooks/{hook_of(house)}/live.json")["lines"]

    assert [line["state"] for line in lines if line["code"] == "alerts"] == [state]


def test_the_check_up_says_of_each_channel_how_it_fares(tmp_path: Path, receiver: Receiver) -> None:
    house = told_by(tmp_path, receiver.url, "slack://hunter2")
    admin = Visitor(house, "admin")
    before = words(admin)
    with house.services.store.read() as tx:
        known = channels.listed(house.services, tx)
    admin.send(f"{PAGE}/test", channel=known[0].name)

    assert (before, words(admin)) == (["bad", "look"], ["bad", "good"])
    assert "hunter2" not in admin.get("/check-up").source
