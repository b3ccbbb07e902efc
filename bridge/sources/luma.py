"""Luma: somebody registers for an event, with its questions (docs/tools.md 5: known from its published schema only)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, load, picked, records, submission
from bridge.sources.kit.answers import answers, apart, members
from schemas.sources.luma import GuestSchema, LumaSchema

_EVENT, _GUEST = LumaSchema(), GuestSchema()
_PERSON: Mapping[str, AnswerType] = {
    "user_name": "name",
    "user_first_name": "text",
    "user_last_name": "text",
    "user_email": "mail",
    "phone_number": "phone",
    "approval_status": "text",
}
_TYPES: Mapping[str, AnswerType] = {
    "agree-check": "bool",
    "dropdown": "choice",
    "multi-select": "choices",
    "phone-number": "phone",
}


def read(record: Record, zone: ZoneInfo) -> Submission:
    """A guest who is let in, refused or changes an answer comes again, with the time of the registration: what
    somebody else asked since is newer. Who was only invited, and all that is not about a guest, is a `ping`."""
    event = load(_EVENT, record.body, "Luma")
    if event["type"] not in ("guest.registered", "guest.updated"):
        return submission(record, None, (), "ping")
    guest = load(_GUEST, event["data"], "Luma", zone)
    at = guest["registered_at"]
    is_guest = at or event["type"] == "guest.registered"
    said = _answers(event["data"], guest["questions"] or [])
    return submission(record, at, said, "submitted" if is_guest else "ping")


def _answers(person: Mapping[str, Json], questions: list[Mapping[str, Any]]) -> Iterator[Answer]:
    yield from members(picked({**person}, *_PERSON), types=_PERSON)
    for asked in questions:
        said = [asked[name] for name in ("value", "answer") if name in asked]
        for value in said[:1]:
            yield from answers(asked["id"], asked["label"] or asked["id"], value, _TYPES.get(asked["type"]))
    yield from apart(picked(person.get("event"), "name", "start_at"), prefix="event.")


SOURCE = Source(
    title="Luma",
    split=records("Luma", _EVENT, key="type data.id"),
    read=read,
    never_sends="a signature that is known; when an answer was changed",
    hides=("data.check_in_qr_code",),
)
