"""Calls that only say that there are answers (docs/tools.md 1.6): held with the way out, never an empty contact."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bridge.sources import SOURCES
from bridge.store import tables
from schemas import codes
from tests.support.commands import run
from tests.support.json_hook import ESSAI, TOKEN, asked, count, plain_house, rows, said, send, sent, writes
from tests.support.recorded_calls import ALL, PARIS
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

THIN = [payload for payload in ALL if payload.meta.get("thin")]
"""Recorded calls whose meta says that they are nothing else."""

HOOK = ESSAI.replace("source: json", "source: surveymonkey")
PING: Mapping[str, Any] = {
    "event_type": "response_completed",
    "event_id": "10027615789",
    "event_datetime": "2026-11-22T08:56:31.182613+00:00",
    "object_type": "response",
    "object_id": "123456",
}


def ping(**other: str) -> bytes:
    return json.dumps({**PING, **other}).encode()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, HOOK)


@pytest.mark.parametrize("payload", THIN, ids=lambda payload: f"{payload.source}-{payload.name}")
def test_every_recorded_ping_is_held_and_kept(tmp_path: Path, payload: Any) -> None:
    house = plain_house(tmp_path, ESSAI.replace("source: json", f"source: {payload.source}"))

    events = send(house, payload.body, payload.meta["headers"])["events"]
    house.drain()

    assert [said(event) for event in events] == [("held", "thin_ping")] * len(payload.said)
    unseal: Callable[[bytes], Any] = house.services.vault.unseal
    records = [record.body for record in SOURCES[payload.source].split(payload.delivery)]
    assert [unseal(row.record)["body"] for row in rows(house, tables.event)] == records
    assert (writes(house), asked(house, "POST", "/search")) == ([], 0)


def test_what_is_read_of_a_ping_says_that_the_answers_are_not_in_it() -> None:
    thin = [
        SOURCES[one.source].read(record, PARIS) for one in THIN for record in SOURCES[one.source].split(one.delivery)
    ]
    assert [(one.thin, one.answers, one.identities) for one in thin] == [(True, (), {})] * len(thin)
    assert thin


@pytest.mark.parametrize("mode", ["live", "capture", "preview"])
def test_a_ping_is_held_whatever_the_hook_does_with_answers(tmp_path: Path, mode: str) -> None:
    """That this tool sends none is worth knowing before the first person waits for a letter."""
    text = HOOK.replace("mode: live", f"mode: {mode}").replace("fields:", "only: {answer: ville, is: [Lyon]}\nfields:")
    house = plain_house(tmp_path, text)

    (event,) = send(house, ping())["events"]
    house.drain()

    assert said(house.report(event["event"])) == ("held", "thin_ping")
    assert count(house, tables.lane) == 0


def test_the_same_ping_again_is_a_duplicate(house: House) -> None:
    first = sent(house, ping())
    (again,) = send(house, ping())["events"]

    assert (again["event"], again["outcome"], count(house, tables.event)) == (first, "duplicate", 1)


@pytest.mark.parametrize("about", ["survey", "collector"])
def test_what_is_about_nobodys_answers_is_ignored(house: House, about: str) -> None:
    (event,) = send(house, ping(object_type=about, event_type=f"{about}_updated"))["events"]
    assert said(event) == ("ignored", "ping")


def test_an_answer_that_was_deleted_is_no_ping(house: House) -> None:
    assert said(send(house, ping(event_type="response_deleted"))["events"][0]) == ("ignored", "deleted")


def test_a_ping_to_a_hook_that_was_deleted_is_ignored(house: House) -> None:
    with house.services.store.write() as tx:
        tx.execute(tables.hook.update().values(deleted_at=1))
    assert said(send(house, ping())["events"][0]) == ("ignored", "hook_deleted")


def test_the_staff_reads_the_way_out(house: House) -> None:
    event = sent(house, ping())
    assert "Let the tool, Zapier, Make or n8n send the answers" in run(house, "inbox", "show", event).stdout


def test_a_ping_cannot_be_released_as_long_as_the_tool_sends_nothing_else(house: House) -> None:
    event = sent(house, ping())
    before = rows(house, tables.event)

    result = run(house, "inbox", "release", event)

    assert (result.exit_code, rows(house, tables.event)) == (1, before)
    assert result.stderr == (
        f"{event}: nothing done: the answers are not in it. "
        "Let surveymonkey or an automation send them, then skip this one.\n"
    )


def test_a_ping_is_not_retried_and_may_be_left_out(house: House) -> None:
    event = sent(house, ping())

    assert "it is held: release it" in run(house, "inbox", "retry", event).stderr
    assert run(house, "inbox", "skip", event).exit_code == 0
    assert (said(house.report(event)), writes(house)) == (("skipped", None), [])


def test_a_ping_whose_hook_had_the_wrong_tool_crosses_by_the_right_one(house: House) -> None:
    event = sent(house, ping(mail="zoe.lefevre@example.org", metier="Boulangère"))
    house.import_hook(ESSAI)
    house.clock.move(hours=1)

    assert run(house, "inbox", "release", event).exit_code == 0
    house.drain()
    report = house.report(event)
    assert (said(report), report["contact"]["found_by"]) == (("delivered", None), "mail")


def test_who_reads_a_ping_at_a_terminal_hears_why_it_is_empty(house: House, tmp_path: Path) -> None:
    file = tmp_path / "ping.json"
    file.write_bytes(ping())

    result = run(house, "read", "surveymonkey", str(file))

    assert result.stderr.strip() == str(codes.HELD["thin_ping"])
    assert [(one["key"], one["answers"]) for one in json.loads(result.stdout)] == [(PING["event_id"], [])]
    file.write_bytes(ping(event_type="response_deleted"))
    assert run(house, "read", "surveymonkey", str(file)).stderr == ""


def test_a_preview_of_a_ping_says_that_it_would_be_held(house: House, tmp_path: Path) -> None:
    file = tmp_path / "ping.json"
    file.write_bytes(ping())

    told = json.loads(run(house, "preview", "essai", str(file)).stdout)

    assert said(told) == ("held", "thin_ping")


def test_meta_sets_its_webhook_up_without_a_word_in_the_hook(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("source: json", "source: meta_lead_ads"))

    answer = house.door.get(f"/hooks/essai234?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}")

    assert (answer.status_code, answer.data) == (200, b"1158201444")


@pytest.mark.parametrize("query", ["", "?a=1"])
def test_surveymonkey_asks_whether_somebody_is_there(house: House, query: str) -> None:
    assert house.door.head(f"/hooks/essai234{query}").status_code == 200
