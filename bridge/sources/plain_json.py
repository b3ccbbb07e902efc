"""JSON that somebody built by hand, in an automation tool or a script: one record, or a list of them."""

from bridge.errors import Unreadable
from bridge.sources import flatten
from bridge.sources.body import header_key, parse_json, parse_query
from bridge.sources.brackets import rebuild
from bridge.sources.flatten import USUAL, Names, is_pairs
from bridge.sources.source import SHOWN, Source
from bridge.words import Delivery, Json, Record

MAX_RECORDS = 1_000


def split(delivery: Delivery, names: Names = USUAL) -> list[Record]:
    """Whatever the content type says: hand-made senders leave `text/plain`. A GET answers in its query.

    An id from the headers is that of the delivery: each record of a list adds its number, from 1.
    """
    key = header_key(delivery)
    if delivery.method == "GET":
        return [Record(rebuild(parse_query(delivery.query.encode("utf-8", "surrogateescape"))), key=key)]
    parsed = parse_json(delivery.body)
    if isinstance(parsed, list) and not is_pairs(parsed, names):
        return _records(parsed, key, names)
    return [Record(_checked(parsed, names), key=key)]


def _records(batch: list[Json], key: str | None, names: Names) -> list[Record]:
    if len(batch) > MAX_RECORDS:
        raise Unreadable(f"The list holds more than {MAX_RECORDS} records. Send it in parts.")
    return [Record(_checked(body, names), key=key and f"{key}#{number}") for number, body in enumerate(batch, start=1)]


def _checked(body: Json, names: Names) -> Json:
    if not isinstance(body, dict) and not is_pairs(body, names):
        raise Unreadable("A record is neither an object of answers nor a list of {label, value}.")
    return body


SOURCE = Source(
    name="json",
    title="Any other tool, as JSON",
    proof="header",
    wait=SHOWN,
    split=split,
    read=flatten.read,
    retries="as its sender is built",
    never_sends="what its sender leaves out",
)
