"""The fields of a form as one object, URL-encoded or multipart, PHP's bracket names rebuilt. It knows no tool."""

from werkzeug.http import parse_options_header

from bridge.errors import Unreadable
from bridge.sources.body import parse_query
from bridge.sources.brackets import rebuild
from bridge.sources.multipart import parse_multipart
from bridge.words import Delivery, Json


def fields_of(delivery: Delivery) -> dict[str, Json]:
    """A file is {"filename", "content_type"}. Raises Unreadable for JSON, and when there is no field."""
    fields = rebuild(_pairs(delivery))
    if not fields:
        raise Unreadable("The form holds no field.")
    return fields


def _pairs(delivery: Delivery) -> list[tuple[str, Json]]:
    media = parse_options_header(delivery.content_type)[0].lower()
    if delivery.method == "GET":
        return [*parse_query(delivery.query.encode("utf-8", "surrogateescape"))]
    if media == "multipart/form-data":
        return parse_multipart(delivery.body, delivery.content_type)
    if is_json(delivery):
        raise Unreadable("The body is JSON, not a form. Use the source `json` for this hook.")
    return [*parse_query(delivery.body, delivery.content_type)]


def is_json(delivery: Delivery) -> bool:
    """`curl -d` calls JSON a form; read as one, it is a single field whose name is the whole JSON."""
    media = parse_options_header(delivery.content_type)[0].lower()
    return media.endswith("json") or delivery.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
