"""Formbricks: answers by the id of their question; one response comes up to three times (sources.md 3.24)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.sources.assemble import submission
from bridge.sources.layouts import members
from bridge.sources.records import json_records
from bridge.sources.source import Source
from bridge.sources.times import moment
from bridge.sources.typed import load
from bridge.words import Answer, Kind, Record, Submission
from schemas.sources.formbricks import FormbricksSchema, ResponseSchema

_EVENT, _RESPONSE = FormbricksSchema(), ResponseSchema()
_RESPONSES = ("responseCreated", "responseUpdated", "responseFinished")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """Only a finished response is somebody's answer: the same while it is written is a `ping`, ignored. A call without
    a response tries out the address."""
    event = load(_EVENT, record.body, "Formbricks")
    if event["event"] not in _RESPONSES:
        return submission(record, None, (), "test" if event["event"] == "testEndpoint" else "ping")
    if not event["data"]:
        return submission(record, None, (), "test")
    response = load(_RESPONSE, event["data"], "Formbricks")
    kind: Kind = "submitted" if event["event"] == "responseFinished" else "ping"
    return submission(record, moment(response["updated_at"], zone), _answers(response), kind)


def _answers(response: Mapping[str, Any]) -> Iterator[Answer]:
    yield from members(response["said"])
    yield from members(response["variables"], prefix="variables.")
    yield from members(response["attributes"], prefix="contactAttributes.")


SOURCE = Source(
    name="formbricks",
    title="Formbricks",
    proof="standard-webhooks-v1",
    split=json_records("Formbricks", _EVENT, key="event data.id"),
    read=read,
    retries="3 times",
    never_sends="labels: a question is its id; a choice's id",
)
