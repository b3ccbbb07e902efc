"""Form fields that somebody posts: one record, whatever the fields are."""

from bridge.model import Delivery, Record
from bridge.sources.kit import SHOWN, Source, any_json, fields_of
from bridge.sources.kit.json_body import HEADERS, header_key


def split(delivery: Delivery) -> list[Record]:
    """One record: its body is the rebuilt object, with a file as {"filename", "content_type"}."""
    return [Record(fields_of(delivery), key=header_key(delivery))]


SOURCE = Source(
    title="Any other tool, as a form",
    keys="event",
    wait=SHOWN,
    split=split,
    read=any_json.read,
    names_in=HEADERS,
    retries="as its sender is built",
    never_sends="what its sender leaves out",
)
