"""One HTTP call as it came: its head, then its body, byte for byte. A call that is not all there is no call."""

from dataclasses import replace
from typing import NoReturn
from urllib.parse import quote

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bridge.door.problems import LARGEST, Refused
from bridge.model import Delivery


def head(secret: str | None, public_url: str) -> Delivery:
    """A call without its body: what is refused for its head is not read."""
    said = request.environ
    headers = {name[5:].replace("_", "-").lower(): said[name] for name in said if name[:5] == "HTTP_"}
    if type_ := said.get("CONTENT_TYPE"):
        headers["content-type"] = type_
    query = request.query_string.decode("utf-8", "surrogateescape")
    return Delivery(request.method, headers, b"", query, secret, public_url + _as_came())


def whole(call: Delivery) -> Delivery:
    """With the raw bytes: signatures cover them, and `request.form` would eat them (docs/tools.md 1.5).

    Raises Refused for a body that was cut off: in the middle of an answer it must not become one (docs/door.md).
    """
    length = request.content_length
    try:
        body = request.get_data(cache=False, parse_form_data=False)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  # the server's own: chunks that are broken, or end too early
        _cut()
    if length is not None and len(body) < length:
        _cut()
    if length is None and len(body) >= LARGEST:  # Werkzeug ends a chunked body there without a word
        raise RequestEntityTooLarge
    return replace(call, body=body)


def _cut() -> NoReturn:
    raise Refused(400, _("The body is not all there, or its length is not certain. Nothing was stored.")) from None


def _as_came() -> str:
    """The path and the query, byte for byte where the server keeps them. `Host` is the caller's to choose."""
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if raw.startswith("/"):
        return raw
    return quote(request.path) + f"?{request.query_string.decode('latin-1')}".rstrip("?")
