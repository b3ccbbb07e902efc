"""JSON that somebody builds by hand: `source: json`."""

from bridge.sources.kit import SHOWN, Source, any_json
from bridge.sources.kit.json_body import HEADERS

SOURCE = Source(
    name="json",
    title="Any other tool, as JSON",
    proof="header",
    keys="event",
    wait=SHOWN,
    split=any_json.split,
    read=any_json.read,
    names_in=HEADERS,
    retries="as its sender is built",
    never_sends="what its sender leaves out",
)
