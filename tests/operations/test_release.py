"""`flask inbox release|retry|skip`: what people decide of one event (docs/hook-file.md)."""

from typing import Any

import pytest

from bridge.inbox import lanes
from bridge.model import Lane
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import run
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    asked,
    count,
    crossed,
    fault,
    has_been_asked,
    later,
    live,
    rows,
    said,
    send,
    sent,
    stored,
    switch,
    writes,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

OTHERS = written(mail=ZOES_MAIL, prenom="Karim", metier="Boulangère")


def decided(house: House, verb: str, *events: str) -> int:
    """The exit code, after what it caused has crossed."""
    code = run(house, "inbox", verb, *events).exit_code
    house.drain()
    return code


def refused(house: House, verb: str, event: str) -> str:
    """Why nothing was done."""
    before = rows(house, tables.event)
    result = run(house, "inbox", verb, event)
    assert (result.exit_code, result.stdout, rows(house, tables.event)) == (1, "", before)
    return result.stderr.removeprefix(f"{event}: nothing done: ").rstrip()


def held(house: House, body: bytes = OTHERS) -> str:
    event = sent(house, body)
    house.drain()
    assert house.report(event)["outcome"] == "held"
    return event


# release


def test_a_released_event_crosses_by_its_hook_as_that_is_now(house: House) -> None:
    event = held(house)
    house.import_hook(ESSAI.replace("names: agree", "names: ignore"))
    house.clock.move(hours=1)
    house.sandbox.contacts.all[ZOE]["custom_fields"].clear()

    assert decided(house, "release", event) == 0
    report = house.report(event)
    assert (said(report), report["revision"], report["received_at"]) == (
        ("delivered", None),
        2,
        "2026-11-22T09:00:00.000Z",
    )
    assert live(house, 811) == ["Boulangère"]


def test_a_released_event_is_no_older_than_it_was(house: House) -> None:
    body = written(mail=ZOES_MAIL, prenom="Karim", metier="Boulangère", naissance="01/02/1990", dispo="Porte-à-porte")
    event = held(house, body)
    house.import_hook(ESSAI.replace("names: agree", "names: ignore"))
    house.sandbox.contacts.all[ZOE].update(birthdate="")
    house.clock.move(hours=1)

    assert decided(house, "release", event) == 0
    statuses = {line["key"]: line["status"] for line in house.report(event)["answers"]}
    assert (statuses["metier"], statuses["naissance"]) == ("mapped", "mapped")
    assert (live(house, 811), stored(house)["birthdate"][:10]) == (["Boulangère"], "1990-02-01")


def test_a_released_event_that_creates_is_written_whole(house: House) -> None:
    event = held(house, written(mail=SOMEBODY, prenom="Camille", dispo="Le marché"))
    assert said(house.report(event)) == ("held", "unknown_choice")
    house.import_hook(ESSAI.replace("custom_fields.Disponibilités}", "tags}"))
    house.clock.move(hours=1)

    assert decided(house, "release", event) == 0
    report = house.report(event)
    assert (said(report), stored(house, report["contact"]["id"])["tags"]) == (("created", None), ["Le marché"])


def test_it_is_held_again_for_the_same_reason_where_nothing_changed(house: House) -> None:
    event = held(house)

    assert decided(house, "release", event) == 0
    assert (said(house.report(event)), writes(house)) == (("held", "other_person"), [])


def test_other_rules_for_who_somebody_is_lead_to_another_lane(house: House) -> None:
    event = held(house, written(courriel=ZOES_MAIL, metier="Boulangère"))
    house.import_hook(ESSAI.replace("{from: mail, to: mail}", "{from: courriel, to: mail}"))
    house.sandbox.contacts.all[ZOE]["custom_fields"].clear()

    assert decided(house, "release", event) == 0
    assert (said(house.report(event)), [row.name for row in rows(house, tables.identity)]) == (
        ("delivered", None),
        ["mail"],
    )


def test_a_held_creation_is_looked_for_again_and_never_made_again(house: House) -> None:
    fault(house, "POST", "contacts", "error_after")
    switch(house, index_delay_ms=3 * 3_600_000)
    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    for seconds in (0, 5, 25, 90, 480):
        house.clock.move(seconds=seconds)
        house.drain()
    assert (said(house.report(event)), decided(house, "release", event)) == (("held", "maybe_created"), 0)
    assert said(house.report(event)) == ("held", "maybe_created")

    house.clock.move(hours=3)
    assert decided(house, "release", event) == 0
    assert (said(house.report(event)), asked(house, "POST"), count(house, tables.creating)) == (
        ("created", None),
        1,
        0,
    )


def test_what_could_not_be_read_is_split_and_read_again(house: House) -> None:
    """Its hook had the wrong tool: three answers were one unreadable call."""
    body = b'[{"mail": "un@example.org"}, {"mail": "deux@example.org"}, {"mail": "trois@example.org"}]'
    house.import_hook(ESSAI.replace("source: json", "source: tally"))
    event = held(house, body)
    assert refused(house, "release", event) == "it still cannot be read as what tally sends."

    house.import_hook(ESSAI)
    assert decided(house, "release", event) == 0
    outcomes = [(row.outcome, row.delivery) for row in rows(house, tables.event)]
    assert (outcomes, said(house.report(event))) == ([("created", outcomes[0][1])] * 3, ("created", None))
    assert sent_again(house, body) == ["duplicate"] * 3


def sent_again(house: House, body: bytes) -> list[str]:
    return [event["outcome"] for event in send(house, body)["events"]]


def test_what_could_not_be_read_and_came_again_since_is_a_duplicate(house: House) -> None:
    house.import_hook(ESSAI.replace("source: json", "source: tally"))
    event = held(house, ZOES)
    house.import_hook(ESSAI)
    first = sent(house, ZOES)

    assert decided(house, "release", event) == 0
    assert (said(house.report(event)), said(house.report(first))) == (("duplicate", None), ("delivered", None))
    assert asked(house, "PATCH") == 1


def test_a_part_that_was_written_before_it_was_held_keeps_its_way_back(house: House) -> None:
    switch(house, drops=["custom_fields"])
    report = crossed(house, mail="paul.martin@example.org", metier="Boulanger", mobile="+33639980142")
    assert said(report) == ("held", "not_confirmed")
    (before,) = inverses(house)
    switch(house, drops=[])
    house.clock.move(minutes=1)

    assert decided(house, "release", report["event"]) == 0
    (after,) = inverses(house)
    assert said(house.report(report["event"])) == ("delivered", None)
    assert after["mobile"] == before["mobile"]
    assert after["custom_fields.811"]["before"] == before["custom_fields.811"]["before"]
    assert after["custom_fields.811"]["after"][0]["data"] == "Boulanger"


def inverses(house: House) -> list[Any]:
    return [house.services.vault.unseal(row.sealed) for row in rows(house, tables.undo)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("mode: live", "mode: capture"), "with the webhook as it is now it would be captured."),
        (("fields:", "only: {answer: ville, is: [Lyon]}\nfields:"), "would be ignored (filter)."),
    ],
)
def test_it_is_not_released_into_what_its_hook_does_not_send(house: House, change: tuple[str, str], told: str) -> None:
    event = held(house)
    house.import_hook(ESSAI.replace(*change))

    assert refused(house, "release", event).endswith(told)


def test_what_was_released_late_has_a_week_of_its_own(house: House) -> None:
    event = held(house)
    has_been_asked(house, event, days=8)
    house.clock.move(days=30)
    fault(house, "POST", "search", "quota")
    house.import_hook(ESSAI.replace("names: agree", "names: ignore"))
    assert decided(house, "release", event) == 0
    assert said(house.report(event)) == ("queued", "quota")

    has_been_asked(house, event, days=7)
    fault(house, "POST", "search", "quota")
    assert later(house, event, minutes=2) == ("failed", "quota")


def test_a_released_event_leaves_tokens_to_those_that_just_came(house: House) -> None:
    event = held(house)
    qomon = house.services.spaces["default"]
    qomon.pace.heed({"x-ratelimit-remaining": "15"}, house.clock())  # as each answer does
    assert decided(house, "release", event) == 0
    assert said(house.report(event)) == ("queued", "quota")

    house.clock.move(seconds=1)
    house.drain()
    assert said(house.report(event)) == ("held", "other_person")


def test_while_paused_what_is_released_waits_and_says_so(house: House) -> None:
    event = held(house)
    run(house, "pause")

    assert decided(house, "release", event) == 0
    assert said(house.report(event)) == ("queued", "paused")


# retry


def test_what_waits_is_tried_now(house: House) -> None:
    fault(house, "POST", "search", "refused")
    event = sent(house, ZOES)
    house.drain()
    house.clock.move(seconds=1)
    house.drain()
    assert said(house.report(event)) == ("queued", "backoff")

    assert decided(house, "retry", event) == 0
    assert said(house.report(event)) == ("delivered", None)


def test_what_was_given_up_is_tried_again(house: House) -> None:
    fault(house, "POST", "search", "quota", 3)
    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    has_been_asked(house, event, days=7)
    assert later(house, event, minutes=2) == ("failed", "quota")
    house.clock.move(seconds=30)

    assert decided(house, "retry", event) == 0
    assert said(house.report(event)) == ("queued", "quota")


# skip


def test_what_is_left_out_never_crosses(house: House) -> None:
    first, second = held(house), sent(house, ZOES)
    before = stored(house)

    assert decided(house, "skip", first, second) == 0
    assert [said(house.report(event)) for event in (first, second)] == [("skipped", None)] * 2
    assert (writes(house), stored(house), count(house, tables.lane)) == ([], before, 0)
    assert refused(house, "release", first) == "it is not held, it is skipped."


def test_after_a_creation_that_never_showed_is_left_out_the_person_may_come_again(house: House) -> None:
    fault(house, "POST", "contacts", "error_before")
    event = sent(house, written(mail=SOMEBODY, prenom="Camille"))
    house.drain()
    house.clock.move(hours=1)
    house.drain()
    assert (said(house.report(event)), decided(house, "skip", event)) == (("held", "maybe_created"), 0)

    assert said(crossed(house, mail=SOMEBODY, prenom="Camille", nom="Exemple")) == ("created", None)


# what each verb needs


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("release", "it is not held, it is delivered."),
        ("retry", "it does not wait, it is delivered."),
        ("skip", "it is over, it is delivered."),
    ],
)
def test_what_is_done_stays_done(house: House, verb: str, told: str) -> None:
    assert refused(house, verb, crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]) == told


def test_a_held_event_is_released_and_not_retried(house: House) -> None:
    assert refused(house, "retry", held(house)) == "it does not wait, it is held: release it."


@pytest.mark.parametrize("verb", ["release", "retry", "skip"])
def test_an_event_that_is_not_there_is_said_so_and_the_others_are_done(house: House, verb: str) -> None:
    assert refused(house, verb, "nobody") == "no such submission."
    event = held(house)
    run(house, "inbox", "skip", "nobody", event)
    assert said(house.report(event)) == ("skipped", None)


@pytest.mark.parametrize("verb", ["retry", "skip"])
def test_an_event_that_a_runner_has_in_hand_is_left_to_it(house: House, verb: str) -> None:
    event = sent(house, ZOES)
    (lane,) = rows(house, tables.lane)
    with house.services.store.write() as tx:
        lanes.claim(tx, Lane.read(lane.lane, "default"), house.clock())

    assert refused(house, verb, event) == "it is being written right now."


@pytest.mark.parametrize("verb", ["retry", "skip"])
def test_an_event_whose_write_is_in_the_open_is_left_alone(house: House, verb: str) -> None:
    fault(house, "PATCH", "contacts", "cut")
    event = sent(house, ZOES)
    house.drain()

    assert refused(house, verb, event) == "it is being written right now."
    assert count(house, tables.intent) == 1


def test_the_events_of_a_deleted_hook_stay_where_they_are(house: House) -> None:
    event = held(house)
    with house.services.store.write() as tx:
        tx.execute(tables.hook.update().values(deleted_at=1))

    assert refused(house, "release", event) == "its webhook was deleted."
