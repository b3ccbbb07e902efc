"""Framer's forms: an object of label: value and nothing else; the id of a submission is a header (sources.md 5)."""

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Delivery, Record
from bridge.sources.kit import Source, parse_json
from bridge.sources.kit.json_body import header_key
from bridge.sources.kit.source import read_members

_ID = "framer-webhook-submission-id"


def split(delivery: Delivery) -> list[Record]:
    body = parse_json(delivery.body)
    if not isinstance(body, dict):
        raise Unreadable(_("Not what Framer sends: the body is no object of answers."))
    return [Record(body, header_key(delivery, _ID))]


SOURCE = Source(
    title="Framer",
    proof="framer-body-then-id",
    split=split,
    read=read_members,
    names_in=(_ID,),
    retries="up to 5 times",
    never_sends="the time of submission; the kinds of its questions",
)
