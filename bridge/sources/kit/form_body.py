"""The fields of a form as one object, URL-encoded or multipart, PHP's bracket names rebuilt. It knows no tool."""

from collections.abc import Iterable

from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder

from bridge.errors import Unreadable
from bridge.model import Delivery, Json
from bridge.sources.kit.json_body import decoded, parse_json, parse_query
from bridge.sources.kit.php_names import rebuild

MAX_PARTS = 1_000
_BEFORE = b"\xef\xbb\xbf \t\r\n"
"""What may stand in front of a body: a BOM, blanks."""


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
    return json_of(delivery) if is_json(delivery) else fields_of(delivery, programs=programs)


def json_of(delivery: Delivery) -> Json:
    return parse_json(delivery.body)


def is_json(delivery: Delivery) -> bool:
    """By its name, or by its look: `curl -d` calls JSON a form."""
    media = parse_options_header(delivery.content_type)[0].lower()
    looks = delivery.body.lstrip(_BEFORE)[:1] in (b"{", b"[")
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


def parse_multipart(body: bytes, content_type: str) -> list[tuple[str, Json]]:
    """The parts in their order; a file is {"filename", "content_type"}, what it holds is left behind."""
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary.isascii() or not boundary:
        raise Unreadable(_("The multipart body declares no boundary."))
    decoder = MultipartDecoder(boundary.encode("ascii"), max_parts=MAX_PARTS)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        return _parts(decoder)
    except RequestEntityTooLarge:
        raise Unreadable(_("The form holds more than %(most)s parts.", most=MAX_PARTS)) from None
    except ValueError:
        raise Unreadable(_("The multipart body is broken or cut off.")) from None


def _parts(decoder: MultipartDecoder) -> list[tuple[str, Json]]:
    pairs: list[tuple[str, Json]] = []
    head: Field | File | None = None
    chunks: list[bytes] = []
    event: Event = decoder.next_event()
    while not isinstance(event, Epilogue):
        if isinstance(event, Field | File):
            head, chunks = event, []
        elif isinstance(event, Data) and head is not None:
            chunks.append(event.data)
            if not event.more_data:
                pairs.append(_pair(head, b"".join(chunks)))
        event = decoder.next_event()
    return pairs


def _pair(head: Field | File, content: bytes) -> tuple[str, Json]:
    if not isinstance(head.name, str):
        raise Unreadable(_("A part of the form has no name."))
    if isinstance(head, File):
        return head.name, {"filename": head.filename, "content_type": head.headers.get("content-type", "")}
    declared = parse_options_header(head.headers.get("content-type", ""))[1]
    return head.name, decoded(content, declared.get("charset", "utf-8"))


def from_file(body: bytes, headers: Iterable[str] = ()) -> Delivery:
    """A payload that lies in a file, of the content type that a body of this look would have. `headers` are lines
    `Name: value`. Raises ValueError for a line without a colon."""
    pairs = [header.partition(":") for header in headers]
    if not all(colon and name.strip() for name, colon, _ in pairs):
        raise ValueError("write a header as 'Name: value'.")
    start = body.lstrip(_BEFORE)
    media = "application/json" if start[:1] in (b"{", b"[") else "application/x-www-form-urlencoded"
    if start.startswith(b"--"):
        boundary = start.splitlines()[0].removeprefix(b"--").decode("ascii", "replace").strip()
        media = f'multipart/form-data; boundary="{boundary}"'
    named = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Delivery("POST", {"content-type": media, **named}, body)
