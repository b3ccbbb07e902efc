"""Form fields that somebody posts: one record, whatever the fields are."""

from bridge.sources.kit import SHOWN, Source, any_json, fields_of, records
from bridge.sources.kit.json_body import HEADERS
from schemas.sources.envelope import Envelope

SOURCE = Source(
    title="Any other tool, as a form",
    keys="event",
    wait=SHOWN,
    split=records("form", Envelope(), body=fields_of),
    read=any_json.read,
    names_in=HEADERS,
    retries="as its sender is built",
    never_sends="what its sender leaves out",
)
