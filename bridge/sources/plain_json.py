"""JSON that somebody built by hand, in an automation tool or a script: one record, or a list of them."""

from bridge.errors import Unreadable
from bridge.sources import flatten
from bridge.sources.body import header_key, parse_json, parse_query
from bridge.sources.brackets import rebuild
from bridge.sources.flatten import USUAL, Names, is_pairs
from bridge.sources.places import opened
from bridge.sources.source import SHOWN, Source
from bridge.words import Delivery, Json, Record

MAX_RECORDS = 1_000
_OF_THE_CALL = """
headers rawHeaders multiValueHeaders cookies webhookUrl executionMode client_ip ip method httpMethod url path rawBody
rawPath rawQueryString requestContext isBase64Encoded binary
"""
"""As n8n, Pipedream, Make and the gateways of clouds call it."""


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
    return [Record(_checked(passed_on(parsed), names), key=key)]


def _records(batch: list[Json], key: str | None, names: Names) -> list[Record]:
    if len(batch) > MAX_RECORDS:
        raise Unreadable(f"The list holds more than {MAX_RECORDS} records. Send it in parts.")
    return [
        Record(_checked(passed_on(body), names), key=key and f"{key}#{number}")
        for number, body in enumerate(batch, start=1)
    ]


def passed_on(body: Json) -> Json:
    """A whole call that an automation tool passes on, without what the caller's program said of itself: headers and
    cookies hold secrets, and nobody's answers. What was in its query may be some."""
    if not (isinstance(body, dict) and isinstance(body.get("headers"), dict) and "body" in body):
        return body
    kept = {
        name: value for name, value in body.items() if name not in _OF_THE_CALL.split() and (value or name == "body")
    }
    return {**kept, "body": opened(body["body"])}


def _checked(body: Json, names: Names) -> Json:
    if not isinstance(body, dict) and not is_pairs(body, names):
        raise Unreadable("A record is neither an object of answers nor a list of {label, value}.")
    return body


SOURCE = Source(
    name="json",
    title="Any other tool, as JSON",
    proof="header",
    keys="event",
    wait=SHOWN,
    split=split,
    read=flatten.read,
    retries="as its sender is built",
    never_sends="what its sender leaves out",
)
