"""Forminator: field slugs as keys, or the names that its user gave them (sources.md 3.11)."""

from bridge.sources.mapped import read
from bridge.sources.records import posted_records
from bridge.sources.source import Source
from schemas.sources.mapped import MappedSchema

SOURCE = Source(
    name="forminator",
    title="Forminator",
    proof="url",
    split=posted_records("Forminator", MappedSchema()),
    read=read,
    retries="not stated",
    never_sends="a signature; an id",
)
