"""The fields of a form as one object, URL-encoded or multipart, PHP's bracket names rebuilt. It knows no tool."""

from flask_babel import gettext as _
from werkzeug.http import parse_options_header

from bridge.errors import Unreadable
from bridge.model import Delivery, Json
from bridge.sources.kit.json_body import parse_json, parse_query
from bridge.sources.kit.multipart import parse_multipart
from bridge.sources.kit.php_names import rebuild


def fields_of(delivery: Delivery, *, programs: bool = False) -> dict[str, Json]:
    """`programs`: the names are those of the tool, and no labels. A file is {"filename", "content_type"}.

    Raises Unreadable for JSON, and when there is no field.
    """
    fields = rebuild(_pairs(delivery), programs=programs)
    if not fields:
        raise Unreadable(_("The form holds no field."))
    return fields


def payload_of(delivery: Delivery, *, programs: bool = False) -> Json:
    """Of a tool that sends the same as JSON or as a form: whichever it is. A GET answers in its query."""
    return parse_json(delivery.body) if is_json(delivery) else fields_of(delivery, programs=programs)


def is_json(delivery: Delivery) -> bool:
    """By its name, or by its look: `curl -d` calls JSON a form."""
    media = parse_options_header(delivery.content_type)[0].lower()
    looks = delivery.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    return delivery.method != "GET" and media != "multipart/form-data" and (media.endswith("json") or looks)


def _pairs(delivery: Delivery) -> list[tuple[str, Json]]:
    media = parse_options_header(delivery.content_type)[0].lower()
    if delivery.method == "GET":
        return [*parse_query(delivery.query.encode("utf-8", "surrogateescape"))]
    if media == "multipart/form-data":
        return parse_multipart(delivery.body, delivery.content_type)
    if is_json(delivery):
        raise Unreadable(_("The body is JSON, not a form. Use the source `json` for this hook."))
    return [*parse_query(delivery.body, delivery.content_type)]
