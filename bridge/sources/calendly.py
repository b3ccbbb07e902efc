"""Calendly: somebody books a time, or gives it back (docs/tools.md 3.27). One address names the invitee in both
events.
"""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, load, picked, records, submission
from bridge.sources.kit.answers import answers, apart, beside, members
from schemas.codes import Kind
from schemas.sources.calendly import CalendlySchema, InviteeSchema

_EVENT, _INVITEE = CalendlySchema(), InviteeSchema()
_KINDS: Mapping[str, Kind] = {
    "invitee.created": "submitted",
    "invitee.canceled": "deleted",
    "routing_form_submission.created": "submitted",
}
_PERSON: Mapping[str, AnswerType] = {
    "name": "name",
    "first_name": "text",
    "last_name": "text",
    "email": "mail",
    "text_reminder_number": "phone",
}


def read(record: Record, zone: ZoneInfo) -> Submission:
    """A booking that was given back is `deleted`; what else Calendly tells is a `ping`, such as the end of one that was
    moved: the new one comes by itself."""
    event = load(_EVENT, record.body, "Calendly", zone)
    kind = _KINDS.get(event["event"], "ping")
    if kind == "deleted" and event["payload"].get("rescheduled") is True:
        kind = "ping"
    said = () if kind == "ping" else _answers(event["payload"])
    return submission(record, event["created_at"], said, kind)


def _answers(payload: Mapping[str, Json]) -> Iterator[Answer]:
    """The mail of the host, and of guests, is somebody else's: no answer."""
    invitee = load(_INVITEE, payload, "Calendly")
    yield from members(picked({**payload}, *_PERSON), types=_PERSON)
    for asked in invitee["questions"]:
        yield from answers(asked["question"], asked["question"], asked["answer"])
    yield from apart(picked(invitee["booked"], "name", "start_time"), prefix="scheduled_event.")
    for group in ("tracking", "payment"):
        yield from beside(invitee[group], prefix=f"{group}.")
    yield from members(picked(invitee["cancellation"], "reason"), prefix="cancellation.")


SOURCE = Source(
    title="Calendly",
    proof="calendly-v1",
    split=records("Calendly", _EVENT, key="event payload.uri"),
    read=read,
    retries="for 24 hours",
    never_sends="mostly a first and a last name apart; whether several answers were chosen or one text written",
)
