"""A multipart body into pairs, by Werkzeug's decoder but strict about text. A file is only its name."""

from flask_babel import gettext as _
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.sources.kit.json_body import decoded

MAX_PARTS = 1_000


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
    return head.name, decoded(content, _charset(head.headers))


def _charset(headers: Headers) -> str:
    return parse_options_header(headers.get("content-type", ""))[1].get("charset", "utf-8")
