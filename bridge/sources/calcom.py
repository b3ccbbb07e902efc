"""Cal.com: somebody books a time, moves it or gives it back (docs/tools.md 5)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, at, load, picked, records, submission, text_of
from bridge.sources.kit.answers import answers, apart, members
from schemas.codes import Kind
from schemas.sources.calcom import BookingSchema, CalcomSchema

_EVENT, _BOOKING = CalcomSchema(), BookingSchema()
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("BOOKING_CREATED", "BOOKING_REQUESTED", "FORM_SUBMITTED"), "submitted"),
    **dict.fromkeys(("BOOKING_CANCELLED", "BOOKING_REJECTED"), "deleted"),
    "PING": "test",
}
_TYPES: Mapping[str, AnswerType] = {
    "name": "name",
    "email": "mail",
    **dict.fromkeys(("attendeePhoneNumber", "smsReminderNumber", "phoneNumber"), "phone"),
}
_DESCRIBED = {"label", "value", "isHidden"}
"""A question of the booking page; one that nobody answered has no value."""

_ATTENDEE = ("name", "firstName", "lastName", "email", "phoneNumber")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """What Cal.com tells beside bookings (meetings that end, recordings) is a `ping`, and so is a booking that moves,
    or that its host asks somebody to move."""
    event = load(_EVENT, record.body, "Cal.com", zone)
    kind = _KINDS.get(event["trigger"], "ping")
    if kind == "deleted" and event["payload"].get("requestReschedule") is True:
        kind = "ping"
    said = _answers(event["payload"]) if kind in ("submitted", "deleted") else ()
    return submission(record, event["created_at"], said, kind)


def _answers(payload: Mapping[str, Json]) -> Iterator[Answer]:
    """The first attendee booked; the others are guests, and nobody's answer."""
    booking = load(_BOOKING, payload, "Cal.com")
    for name, asked in (booking["said"] or {}).items():
        described = isinstance(asked, dict) and bool(_DESCRIBED & asked.keys())
        value = at(asked, "value") if described else asked
        yield from answers(name, text_of(at(asked, "label")) or name, value, _TYPES.get(name))
    if booking["said"] is None:
        for attendee in booking["attendees"][:1]:
            yield from members(picked(attendee, *_ATTENDEE), types=_TYPES)
        yield from members(booking["inputs"], prefix="customInputs.")
        yield from members(picked({**payload}, "additionalNotes"))
    if "cancellationReason" in payload:
        yield from answers("reason", "reason", payload["cancellationReason"])
    yield from apart(picked({**payload}, "type", "title", "startTime"), prefix="booking.")


SOURCE = Source(
    title="Cal.com",
    proof="calcom",
    split=records("Cal.com", _EVENT, key="triggerEvent payload.uid"),
    read=read,
    never_sends="a signature, unless a secret is set; mostly a first and a last name apart",
)
