"""Forminator: field slugs as keys, or the names that its user gave them (sources.md 3.11)."""

from zoneinfo import ZoneInfo

from bridge.sources.assemble import submission
from bridge.sources.layouts import members
from bridge.sources.records import posted_records
from bridge.sources.source import Source
from bridge.words import Record, Submission
from schemas.sources.mapped import MappedSchema


def read(record: Record, _zone: ZoneInfo) -> Submission:
    return submission(record, None, members(record.body))


SOURCE = Source(
    name="forminator",
    title="Forminator",
    proof="url",
    split=posted_records("Forminator", MappedSchema()),
    read=read,
    retries="not stated",
    never_sends="a signature; an id",
)
