"""JSON that somebody built by hand, in an automation tool or a script: one record, or a list of them."""

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Delivery, Json, Record
from bridge.sources.kit.any_json import USUAL, Names, is_pairs
from bridge.sources.kit.json_body import header_key, parse_json, parse_query
from bridge.sources.kit.paths import opened
from bridge.sources.kit.php_names import rebuild

MAX_RECORDS = 1_000
_OF_THE_CALL = """
headers rawHeaders multiValueHeaders cookies webhookUrl executionMode client_ip ip method httpMethod url path rawBody
rawPath rawQueryString requestContext isBase64Encoded binary
"""
"""As n8n, Pipedream, Make and the gateways of clouds call it."""

_RAW = "raw_body"
"""What Zapier calls the body of a call that it did not read."""

_OF_THE_TOOL = ("__IMTHEADERS__", "__IMTMETHOD__", "pairedItem")
"""What Make's own webhook adds where it is told to pass on headers and method, and n8n's count of the items of a step,
which stands beside their `json`."""


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
        raise Unreadable(_("The list holds more than %(most)s records. Send it in parts.", most=MAX_RECORDS))
    return [
        Record(_checked(passed_on(body), names), key=key and f"{key}#{number}")
        for number, body in enumerate(batch, start=1)
    ]


def passed_on(body: Json) -> Json:
    """A whole call that an automation tool passes on, wherever it lies, without what the caller's program said of
    itself: headers and cookies hold secrets, and nobody's answers. What was in its query may be some."""
    if not isinstance(body, dict):
        return body
    kept = {name: passed_on(value) for name, value in body.items() if name not in _OF_THE_TOOL}
    if _RAW in kept:
        kept[_RAW] = opened(kept[_RAW])
    if not (_are_headers(body.get("headers")) and ("body" in body or _RAW in body)):
        return kept
    said = {name: one for name, one in kept.items() if name not in _OF_THE_CALL.split() and (one or name == "body")}
    return {**said, "body": opened(said["body"])} if "body" in said else said


def _are_headers(node: Json) -> bool:
    """By their names, or listed as `{name, value}`."""
    return isinstance(node, dict) or (
        isinstance(node, list) and bool(node) and all(isinstance(one, dict) for one in node)
    )


def _checked(body: Json, names: Names) -> Json:
    if not isinstance(body, dict) and not is_pairs(body, names):
        raise Unreadable(_("A record is neither an object of answers nor a list of {label, value}."))
    return body
