"""Tools that call more than once about one person: while they write, when they are done, when they take it back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.model import Delivery, Record
from bridge.sources import SOURCES, shown
from tests.support.recorded_calls import ALL, PARIS, Payload
from tests.support.source_hooks import NEW, OLD, PUBLIC_URL, Doorway
from tests.support.whole_bridge import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, (), NEW=NEW, OLD=OLD, PUBLIC_URL=PUBLIC_URL)
    yield house
    house.close()


def recorded(source: str, name: str) -> Payload:
    return next(payload for payload in ALL if (payload.source, payload.name) == (source, name))


def outcomes(house: House, source: str, *names: str) -> list[tuple[str, str | None]]:
    door = Doorway(house, SOURCES[source])
    told = [event for name in names for event in door.events(door.call(recorded(source, name)))]
    return [(event["outcome"], event.get("reason")) for event in told]


def read(source: str, body: Any) -> dict[str, Any]:
    tool = SOURCES[source]
    (record,) = tool.split(Delivery("POST", {"content-type": "application/json"}, json.dumps(body).encode()))
    return shown(record, tool.read(record, PARIS), "FR")


@pytest.mark.parametrize("last", ["official_response_finished", "official_response_updated_partial"])
def test_a_response_that_formbricks_sends_three_times_is_one_answer(house: House, last: str) -> None:
    names = ["official_response_updated_partial", "official_response_finished", last]
    told = outcomes(house, "formbricks", *names)
    assert told == [("ignored", "ping"), ("accepted", None), ("duplicate", None)]
    keys = {read("formbricks", json.loads(recorded("formbricks", name).body))["key"] for name in names}
    assert len(keys) == 2, "a finished response must not look like an edited one"


def test_a_form_that_somebody_has_begun_in_paperform_is_nobody_s_answer_until_it_is_sent(house: House) -> None:
    assert outcomes(house, "paperform", "composed_partial", "composed_submission") == [
        ("ignored", "ping"),
        ("accepted", None),
    ]


@pytest.mark.parametrize(
    ("source", "name", "kind"),
    [
        ("calcom", "composed_booking_rescheduled", "ping"),
        ("calendly", "canceled_because_rescheduled", "ping"),
        ("forminator", "sample_when_the_webhook_is_saved", "test"),
        ("google_forms", "blank_call_after_each_answer", "ping"),
        ("hubspot", "composed_test_of_a_subscription", "test"),
        ("mautic", "composed_send_test_payload", "test"),
        ("meta_lead_ads", "composed_sample_of_the_dashboard", "test"),
        ("meta_lead_ads", "composed_test_lead_dummy_data", "test"),
        ("typeform", "send_test_request", "test"),
        ("zapier", "composed_meta_test_lead", "test"),
    ],
)
def test_what_nobody_said_is_never_written(house: House, source: str, name: str, kind: str) -> None:
    assert outcomes(house, source, name) == [("ignored", kind)]


def test_a_booking_and_its_end_are_two_events_of_one_address() -> None:
    (record,) = SOURCES["calendly"].split(recorded("calendly", "captured_invitee_created").delivery)
    assert isinstance(record.body, dict)
    ended = Record({**record.body, "event": "invitee.canceled"}, record.key)
    tool = SOURCES["calendly"]
    (again,) = tool.split(Delivery("POST", {}, json.dumps(ended.body).encode()))
    assert again.key != record.key
    assert [tool.read(one, PARIS).kind for one in (record, again)] == ["submitted", "deleted"]


@pytest.mark.parametrize(
    ("source", "body", "kind"),
    [
        ("formbricks", {"event": "testEndpoint"}, "test"),
        ("formbricks", {"event": "responseFinished", "webhookId": "w", "data": {}}, "test"),
        ("formbricks", {"event": "contactCreated", "data": {"id": "x"}}, "ping"),
        ("webflow", {"triggerType": "ecomm_new_order", "payload": {"orderId": "1"}}, "ping"),
        ("calendly", {"event": "invitee_no_show.created", "payload": {"uri": "x"}}, "ping"),
        ("calcom", {"triggerEvent": "PING", "createdAt": "2025-11-01T12:26:40Z"}, "test"),
        ("calcom", {"triggerEvent": "MEETING_ENDED", "payload": {"attendees": [{"name": "Zoé"}]}}, "ping"),
        ("luma", {"type": "event.updated", "data": {"id": "evt-1"}}, "ping"),
        ("squarespace", {"topic": "extension.uninstall"}, "ping"),
    ],
)
def test_what_is_about_nobody_answers_nothing(source: str, body: Any, kind: str) -> None:
    said = read(source, body)
    assert (said["kind"], said["answers"], said["identities"]) == (kind, [], {})


def test_a_dot_that_webflow_widened_is_a_dot_in_the_label() -> None:
    form = {"id": "1", "data": {"Tél． portable": "06 39 98 01 42"}}
    said = read("webflow", {"triggerType": "form_submission", "payload": form})
    assert [(one["key"], one["label"]) for one in said["answers"]] == [("Tél． portable", "Tél. portable")]


def test_only_the_questions_of_fillout_say_who_somebody_is() -> None:
    """The mails of a booking, of a payment and of the link are answers, and nobody's identity."""
    said = read("fillout", json.loads(recorded("fillout", "official_submission").body))
    mails = [one["value"] for one in said["answers"] if "@" in str(one["value"])]
    assert (len(mails), said["identities"]) == (3, {})
