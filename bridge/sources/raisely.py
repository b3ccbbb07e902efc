"""Raisely: a gift, a profile or a person, with the form's own questions in `public` and `private`
(docs/tools.md 3.29).
"""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, load, records, submission
from bridge.sources.kit.answers import members, theirs
from schemas.sources.raisely import RaiselySchema

_CALL = RaiselySchema()
_TYPES: Mapping[str, AnswerType] = {"email": "mail", "phoneNumber": "phone", "dateOfBirth": "date"}
_ASKED = ("public", "private")
_NOT_ANSWERS = ("uuid", "id", "userId", "campaignUuid", "createdAt", "updatedAt", "result", "fee", "mode", *_ASKED)
_NOBODY_SAID = (".failed", ".refunded", ".cancelled", ".canceled", ".deleted")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """A gift that failed or went back is a `ping`: nobody answered anything then."""
    event = load(_CALL, record.body, "Raisely", zone)["event"]
    when = event["created_at"]
    if event["type"].endswith(_NOBODY_SAID):
        return submission(record, when, (), "ping")
    return submission(record, when, _answers(event["data"]))


def _answers(data: Mapping[str, Json]) -> Iterator[Answer]:
    yield from theirs(members({**data}, types=_TYPES, hidden=_NOT_ANSWERS), _TYPES)
    for group in _ASKED:
        yield from members(data.get(group), prefix=f"{group}.")


SOURCE = Source(
    title="Raisely",
    proof="body",
    keys="event",
    split=records("Raisely", _CALL, key="data.uuid"),
    read=read,
    retries="4 times, an hour apart",
    never_sends="a signature; the order in which things happened; the labels of its own questions",
    proof_field="secret",
)
