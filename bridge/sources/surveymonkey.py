"""SurveyMonkey: calls that only say that somebody answered; the answers stay with it (docs/tools.md 5)."""

from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit import Source, load, records, submission, thin
from schemas.sources.surveymonkey import SurveyMonkeySchema

_EVENT = SurveyMonkeySchema()
_NOBODYS = ("app", "collector", "survey")
"""What else than a response an event may be about: nobody answered."""


def read(record: Record, zone: ZoneInfo) -> Submission:
    event = load(_EVENT, record.body, "SurveyMonkey", zone)
    at = event["event_datetime"]
    if event["object_type"] in _NOBODYS:
        return submission(record, at, (), "ping")
    return submission(record, at, (), "deleted") if event["event_type"] == "response_deleted" else thin(record, at)


SOURCE = Source(
    title="SurveyMonkey",
    proof="surveymonkey-sha1-b64",
    keys="event",
    split=records("SurveyMonkey", _EVENT, key="event_id"),
    read=read,
    never_sends="the answers, only that there are some: fetch them with Zapier, Make or n8n",
    handshake="plain",
)
