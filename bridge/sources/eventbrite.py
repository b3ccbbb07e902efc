"""Eventbrite: calls that only say which order or attendee there is (sources.md 5)."""

from zoneinfo import ZoneInfo

from bridge.model import Delivery, Record, Submission
from bridge.sources.kit import Source, load, parse_json, submission, thin
from bridge.sources.kit.json_body import header_key
from schemas.sources.eventbrite import EventbriteSchema

_CALL = EventbriteSchema()
_ID = "x-eventbrite-delivery"
_NOBODYS = ("event", "organizer", "ticket_class", "venue")
"""What an action may be about beside a person."""


def split(delivery: Delivery) -> list[Record]:
    """The body of a second change of one order is that of the first: only the header tells them apart."""
    payload = parse_json(delivery.body)
    load(_CALL, payload, "Eventbrite")
    return [Record(payload, header_key(delivery, _ID))]


def read(record: Record, _zone: ZoneInfo) -> Submission:
    action = load(_CALL, record.body, "Eventbrite")["config"]["action"]
    if action == "test":
        return submission(record, None, (), "test")
    return submission(record, None, (), "ping") if action.split(".")[0] in _NOBODYS else thin(record, None)


SOURCE = Source(
    title="Eventbrite",
    keys="event",
    split=split,
    read=read,
    names_in=(_ID,),
    never_sends="the answers, only that there are some: fetch them with Zapier, Make or n8n; a signature",
    hides=("config.endpoint_url",),
)
