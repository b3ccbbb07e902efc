"""Framer's forms: an object of label: value and nothing else; the id of a submission is a header (sources.md 5)."""

from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Delivery, Record, Submission
from bridge.sources.kit import Source, parse_json, submission
from bridge.sources.kit.answers import members
from bridge.sources.kit.json_body import header_key

_ID = "framer-webhook-submission-id"


def split(delivery: Delivery) -> list[Record]:
    body = parse_json(delivery.body)
    if not isinstance(body, dict):
        raise Unreadable(_("Not what Framer sends: the body is no object of answers."))
    return [Record(body, header_key(delivery, _ID))]


def read(record: Record, _zone: ZoneInfo) -> Submission:
    return submission(record, None, members(record.body))


SOURCE = Source(
    name="framer",
    title="Framer",
    proof="framer-body-then-id",
    keys="record",
    split=split,
    read=read,
    names_in=(_ID,),
    retries="up to 5 times",
    never_sends="the time of submission; the kinds of its questions",
)
