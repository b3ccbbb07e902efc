"""The JSON that WPForms signs when it sends a form: its parameters, as PHP writes them (sources.md 2)."""

import json

from werkzeug.http import parse_options_header

from bridge.errors import NotProven, Unreadable
from bridge.model import Delivery
from bridge.sources.kit.json_body import parse_query
from bridge.sources.kit.php_names import rebuild


def signed_body(call: Delivery) -> bytes:
    """The body itself, unless it is a form. Raises NotProven for a form that cannot be read."""
    if parse_options_header(call.content_type)[0].lower() != "application/x-www-form-urlencoded":
        return call.body
    try:
        parameters = rebuild(parse_query(call.body, call.content_type), programs=True)
    except Unreadable:
        raise NotProven("Signature not ours: the form that it covers cannot be read.") from None
    return json.dumps(parameters, separators=(",", ":")).replace("/", r"\/").encode()
