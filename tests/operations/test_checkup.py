"""The check-up as a whole: on a fresh store it says exactly what is missing, in front of the sandbox that all is good;
and each line alone turns when what it is about does.
"""

import json
from pathlib import Path

import pytest

from bridge.hooks.revisions import By
from bridge.operations import backups, checkup, figures, probe
from bridge.operations.alerts import channels
from bridge.operations.checkup_line import Line
from bridge.operations.staff import Staff
from bridge.qomon import account
from bridge.store import counters, tables
from bridge.store.store import upsert
from tests.support.commands import run
from tests.support.json_hook import ESSAI, crossed, fault, plain_house, sent, stored, switch, writes, written
from tests.support.receiver import Receiver
from tests.support.whole_bridge import House, sample

PONT = 9000900
COUNT = upsert(tables.counter, value=lambda more: more)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path).read_catalogue()


def me(house: House) -> By:
    return By(house.clock(), "somebody", None)


def told(house: House) -> list[dict[str, str]]:
    """What `flask doctor --json` says."""
    findings: list[dict[str, str]] = json.loads(run(house, "doctor", "--json").stdout)["findings"]
    return findings


def levels(house: House) -> list[tuple[str, str]]:
    return [(one["code"], one["level"]) for one in told(house)]


def of(house: House, code: str) -> list[str]:
    return [level for name, level in levels(house) if name == code]


def lines(house: House, code: str) -> list[Line]:
    """What the page says."""
    with house.services.store.read() as tx:
        known = figures.shown(tx, house.services)
    with house.app.test_request_context("/"):
        return [line for line in checkup.examine(house.services, known) if line.code == code]


def words(house: House, code: str) -> list[str]:
    return [line.word for line in lines(house, code)]


# the whole lists


def test_on_a_fresh_store_it_says_exactly_what_is_missing(tmp_path: Path) -> None:
    house = House(tmp_path, ())
    house.services.open()  # the first start makes the key

    assert levels(house) == [
        ("test_contact", "warn"),
        ("accounts", "warn"),
        ("alerts", "warn"),
        ("hooks", "note"),
        ("key_read", "note"),
        ("key_write", "note"),
        ("key_shared", "note"),
        ("backup", "note"),
        ("counted", "note"),
        ("growth", "note"),
        ("disk", "ok"),
        ("key", "ok"),
        ("store", "ok"),
        ("lanes", "ok"),
        ("lists", "ok"),
        ("writing", "ok"),
        ("durable", "ok"),
        ("address", "ok"),
        ("version", "ok"),
    ]


def test_each_thing_that_is_missing_says_how_to_get_it(tmp_path: Path) -> None:
    missing = [one for one in told(House(tmp_path, ())) if one["level"] != "ok"]

    assert [one["code"] for one in missing if not one["fix"] and one["code"] != "growth"] == []


def test_without_a_store_it_says_that_too(tmp_path: Path) -> None:
    house = House(tmp_path, (), DATABASE_URL=f"sqlite:///{tmp_path}/never/made.db", PUBLIC_URL="http://127.0.0.1:8000")

    assert levels(house) == [("address", "warn"), ("store", "note")]


def test_with_all_done_in_front_of_the_sandbox_all_is_good(tmp_path: Path, receiver: Receiver) -> None:
    house = House(tmp_path, ALERT_URLS=receiver.url).read_catalogue()
    house.cross(sample())
    house.sandbox.contacts.put(PONT, {"firstname": "Test", "surname": "Pont"})
    probe.attempt(house.services, "default", PONT, me(house))
    Staff(house.services.store, house.services.vault).add("lea@example.org", "Léa", "admin", me(house))
    assert channels.send(house.services, channels.names(house.services), "A test", "It works.") == []
    assert run(house, "store", "backup", tmp_path / "backup.db").exit_code == 0
    figures.make(house.services)
    house.services.counters.keep(house.services.store)

    assert levels(house) == [
        ("disk", "ok"),
        ("key", "ok"),
        ("store", "ok"),
        ("lanes", "ok"),
        ("hooks", "ok"),
        ("lists", "ok"),
        ("records", "ok"),
        ("writing", "ok"),
        ("key_read", "ok"),
        ("key_write", "ok"),
        ("key_shared", "ok"),
        ("test_contact", "ok"),
        ("proof", "ok"),
        ("webhook", "ok"),
        ("silence", "ok"),
        ("backup", "ok"),
        ("accounts", "ok"),
        ("durable", "ok"),
        ("address", "ok"),
        ("alerts", "ok"),
        ("version", "ok"),
        ("stopped", "ok"),
        ("growth", "ok"),
    ]


# the key


def answered(house: House, **statuses: int) -> None:
    """So often Qomon answered so, as the counters have it: PATCH_403=1."""
    with house.services.store.write() as tx:
        for said, many in statuses.items():
            method, _, status = said.partition("_")
            labels = json.dumps({"method": method, "space": "default", "status": status}, sort_keys=True)
            tx.execute(COUNT(tx), {"name": counters.CALLS, "labels": labels, "value": many})


@pytest.mark.parametrize(
    ("statuses", "level"),
    [({}, "note"), ({"GET_200": 9}, "note"), ({"PATCH_200": 1}, "ok"), ({"PATCH_403": 1}, "fault")],
)
def test_whether_a_key_may_write_is_seen_from_what_qomon_answered(
    house: House, statuses: dict[str, int], level: str
) -> None:
    answered(house, **statuses)

    assert of(house, "key_write") == [level]


def test_a_key_that_may_not_write_any_more_is_a_fault_while_something_waits_for_it(house: House) -> None:
    crossed(house, mail="zoe.lefevre@example.org", metier="Pilote")
    answered(house, PATCH_200=1, PATCH_403=5)
    assert of(house, "key_write") == ["ok"]

    with house.services.store.write() as tx:
        tx.execute(tables.event.update().values(status="held", outcome="held", reason="qomon_fault"))
    assert of(house, "key_write") == ["fault"]


def test_a_key_that_reads_and_does_not_write_is_found_out_by_the_first_submission(house: House) -> None:
    """The space goes on: Qomon answers the reads, so only this contact's lane waits."""
    fault(house, "PATCH", "contacts", "refused", 9)
    crossed(house, mail="zoe.lefevre@example.org", metier="Pilote")
    house.services.counters.keep(house.services.store)

    assert (of(house, "key_write"), of(house, "space_stopped"), writes(house)) == (["fault"], [], [("PATCH", 401)])


@pytest.mark.parametrize(
    ("statuses", "level"),
    [
        ({}, "note"),
        ({"GET_200": 100}, "ok"),
        ({"GET_200": 100, "GET_429": 2}, "ok"),
        ({"GET_200": 900, "PATCH_429": 3}, "ok"),
        ({"GET_200": 100, "PATCH_429": 3}, "warn"),
    ],
)
def test_too_many_answers_that_we_ask_too_fast_show_that_others_use_the_key(
    house: House, statuses: dict[str, int], level: str
) -> None:
    answered(house, **statuses)

    assert of(house, "key_shared") == [level]


def test_what_is_left_of_the_quota_is_known_to_who_called_qomon(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    assert words(house, "quota") == ["unknown"]
    house.read_catalogue()

    assert (words(house, "quota"), of(house, "quota")) == (["good"], [])


# the key of another account


def elsewhere(house: House) -> None:
    """The same categories, and not one form in common."""
    house.sandbox.forms = {
        category: [{**form, "id": form["id"] + 500_000} for form in forms]
        for category, forms in house.sandbox.forms.items()
    }


def test_the_key_of_another_account_is_told_and_nothing_is_written(house: House) -> None:
    elsewhere(house)
    house.clock.move(minutes=11)
    before = stored(house)
    crossed(house, mail="zoe.lefevre@example.org", metier="Pilote")

    assert (writes(house), stored(house)) == ([], before)
    assert (of(house, "other_space"), of(house, "space_stopped")) == (["fault"], ["warn"])


def test_with_the_right_key_and_a_resume_what_waited_is_written(house: House) -> None:
    forms = house.sandbox.forms
    elsewhere(house)
    house.clock.move(minutes=11)
    event = crossed(house, mail="zoe.lefevre@example.org", metier="Pilote")["event"]
    house.sandbox.forms = forms
    house.read_catalogue()
    run(house, "resume")
    house.clock.move(minutes=1)
    house.drain()

    assert (of(house, "other_space"), house.report(event)["outcome"]) == ([], "delivered")


def test_fields_of_which_much_is_gone_are_worth_a_look_and_stop_nothing(house: House) -> None:
    house.sandbox.forms = {**house.sandbox.forms, "survey": [], "custom_fields": []}
    house.read_catalogue()

    assert (of(house, "other_space"), of(house, "space_stopped")) == (["warn"], [])


def test_an_account_that_shows_no_field_at_all_is_not_taken_for_another(house: House) -> None:
    house.sandbox.forms = {category: [] for category in house.sandbox.forms}
    house.read_catalogue()

    assert (of(house, "other_space"), of(house, "space_stopped")) == (["fault"], [])


# calls


def test_a_webhook_that_was_never_called_is_not_called_silent(house: House) -> None:
    assert of(house, "silence") == ["note"]


def test_one_that_is_called_is_well_until_it_is_silent_for_long(house: House) -> None:
    for day in range(24):
        sent(house, written(prenom="Nora", mail=f"nora{day}@example.org"))
        house.clock.move(hours=12)
    assert of(house, "silence") == ["ok"]

    house.clock.move(days=3)
    assert of(house, "silence") == ["warn"]


def test_one_that_is_called_seldom_is_unknown_after_two_weeks(house: House) -> None:
    sent(house, written(prenom="Nora"))
    assert of(house, "silence") == ["ok"]

    house.clock.move(days=15)
    assert of(house, "silence") == ["note"]


def test_one_that_only_listens_is_not_asked_about(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: capture"))

    assert (of(house, "silence"), of(house, "proof")) == ([], [])


def test_stops_that_repeat_are_bad_and_say_why(house: House) -> None:
    figures.make(house.services)
    found = []
    for _ in range(2):
        house.clock.move(hours=1)
        figures.make(house.services)
        found += of(house, "stopped")
    (said,) = [one["sentence"] for one in told(house) if one["code"] == "stopped"]

    assert found == ["warn", "fault"]
    assert said == "This plan puts the app to sleep. The app was stopped or asleep 2 times in the last 7 days."


# the disk, the address


@pytest.mark.parametrize(("dyno", "level"), [({}, "ok"), ({"DYNO": "web.1"}, "fault")])
def test_a_disk_that_is_emptied_stays_a_fault_where_it_is_allowed(
    tmp_path: Path, dyno: dict[str, str], level: str
) -> None:
    house = House(tmp_path, (), ALLOW_EPHEMERAL="1", **dyno)

    assert of(house, "durable") == [level]


def test_of_several_accounts_only_the_one_that_is_asked_about(tmp_path: Path) -> None:
    house = plain_house(tmp_path, QOMON_TOKEN__LYON="an-invented-token")
    findings = json.loads(run(house, "doctor", "--space", "lyon", "--json").stdout)["findings"]

    assert [one["sentence"][:5] for one in findings if one["code"] == "test_contact"] == ["lyon:"]


# backups


def test_a_backup_that_the_bridge_wrote_is_known_for_a_month(house: House, tmp_path: Path) -> None:
    run(house, "store", "backup", tmp_path / "copy.db")
    assert of(house, "backup") == ["ok"]

    house.clock.move(days=32)
    assert of(house, "backup") == ["warn"]


def test_one_elsewhere_is_known_once_somebody_tells_of_it(house: House) -> None:
    result = run(house, "store", "backup", "--elsewhere", "2026-11-20", "--by", "Léa")

    assert (result.exit_code, of(house, "backup")) == (0, ["ok"])
    assert result.output == "Noted: there is a backup elsewhere, of 2026-11-19T23:00:00.000Z.\n"


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-11-23", "Error: That day is still to come."),
        ("1999-01-01", "Error: That is more than ten years ago."),
        ("2026-02-30", "Error: --elsewhere: not a moment that we can read: 2026-02-30."),
        ("soon", "Error: --elsewhere: not a moment that we can read: soon."),
        ("", "Error: --elsewhere: not a moment that we can read: ."),
    ],
)
def test_a_day_on_which_there_is_no_backup_is_not_noted(house: House, day: str, told: str) -> None:
    result = run(house, "store", "backup", "--elsewhere", day)

    assert (result.exit_code, result.output.startswith(told), of(house, "backup")) == (1, True, ["note"])


@pytest.mark.parametrize("more", [(), ("copy.db", "--elsewhere", "yesterday")])
def test_a_backup_is_written_or_told_of_and_not_both(house: House, more: tuple[str, ...]) -> None:
    result = run(house, "store", "backup", *more)

    assert (result.exit_code, of(house, "backup")) == (2, ["note"])


def test_a_wrong_day_can_be_put_right(house: House) -> None:
    for day in ("2026-11-20", "2026-09-01"):
        run(house, "store", "backup", "--elsewhere", day)

    assert of(house, "backup") == ["warn"]


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"of": "x"}', '{"of": 1e400}', "not json"])
def test_a_row_that_does_not_read_tells_of_no_backup(house: House, body: str) -> None:
    with house.services.store.write() as tx:
        tx.execute(tables.preference.insert().values(name="backup_file", at=1, body=body))
    with house.services.store.read() as tx:
        assert backups.last(tx) is None


def test_contacts_that_look_otherwise_than_when_they_were_tried_ask_for_another_try(house: House) -> None:
    house.sandbox.contacts.put(PONT, {"firstname": "Test", "surname": "Pont"})
    before = words(house, "read_shape")
    probe.attempt(house.services, "default", PONT, me(house))
    crossed(house, mail="zoe.lefevre@example.org", metier="Boulangère")
    tried = words(house, "read_shape")
    switch(house, shape="newer")
    crossed(house, mail="zoe.lefevre@example.org", metier="Menuisière")
    otherwise = lines(house, "read_shape")
    probe.attempt(house.services, "default", PONT, me(house))
    again = words(house, "read_shape")

    assert (before, tried, again) == ([], [], [])
    assert [one.sentence.partition(": ")[2].split(", ")[0] for one in otherwise] == [
        "Qomon shows something of contacts that it did not show when it was tried: action_ids",
        "of some contacts Qomon does not show what it always showed when it was tried: actions_ids",
    ]


def test_a_profile_of_the_version_before_says_nothing_of_shapes(house: House) -> None:
    crossed(house, mail="zoe.lefevre@example.org", metier="Boulangère")
    with house.services.store.write() as tx:
        account.learn(tx, "default", (), (), house.clock())

    assert words(house, "read_shape") == []
