"""Eventbrite: calls that only say which order or attendee there is (docs/tools.md 5)."""

from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit import Source, load, records, submission, thin
from schemas.sources.eventbrite import EventbriteSchema

_CALL = EventbriteSchema()
_NOBODYS = ("event", "organizer", "ticket_class", "venue")
"""What an action may be about beside a person."""


def read(record: Record, _zone: ZoneInfo) -> Submission:
    action = load(_CALL, record.body, "Eventbrite")["config"]["action"]
    if action == "test":
        return submission(record, None, (), "test")
    return submission(record, None, (), "ping") if action.split(".")[0] in _NOBODYS else thin(record, None)


SOURCE = Source(
    title="Eventbrite",
    keys="event",
    split=records("Eventbrite", _CALL),
    read=read,
    names_in=("x-eventbrite-delivery",),  # the body of a second change of one order is that of the first
    never_sends="the answers, only that there are some: fetch them with Zapier, Make or n8n; a signature",
    hides=("config.endpoint_url",),
)
