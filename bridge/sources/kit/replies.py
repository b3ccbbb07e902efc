"""What a tool must hear: the reply to a delivery, once it is stored, and the answer to its call at set-up. Pure.

A source, or a hook for a tool without one, says both as data (docs/tools.md 1.1, 3.15, 3.17, 3.20 and 6 g, h).
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl

from flask_babel import lazy_gettext as _

from bridge.errors import NotProven

_ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
_LONGEST = 1_000
"""Characters of a value that is given back."""

Text = tuple[str, str]
"""A body and its media type."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`report` is the bridge's own answer, `ack` the one that Salesforce takes for received, `text` goes out as is."""

    kind: Literal["report", "empty", "ack", "text"] = "report"
    text: str = ""

    def body(self) -> Text | None:
        """None: the report."""
        if self.kind == "report":
            return None
        return (_ACK, "text/xml") if self.kind == "ack" else (self.text, "text/plain")


REPORT = Reply()
_WORDS: Mapping[str, Reply] = {reply.kind: reply for reply in (REPORT, Reply("empty"), Reply("ack"))}


def read_reply(written: str) -> Reply:
    """As a hook writes it: report, empty, ack, or text:OK."""
    if written.startswith("text:"):
        return Reply("text", written.removeprefix("text:").strip())
    return _WORDS[written]


def shake(handshake: str | None, query: str, secrets: Iterable[str]) -> Text | None:
    """The answer to a GET or HEAD that sets a hook up; None when it is no such call. Raises NotProven.

    `plain` is 200 whatever the query says, `echo:NAME` gives back that value of it. `meta`: the challenge, for one of
    the hook's secrets as its `verify_token`; all of them are compared.
    """
    if handshake == "plain" and query:
        return "", "text/plain"
    said = dict(parse_qsl(query, keep_blank_values=True))
    if handshake == "meta" and said.get("hub.mode") == "subscribe":
        return _challenge(said, secrets)
    if handshake and handshake.startswith("echo:"):
        return _echo(said, handshake.removeprefix("echo:"))
    return None


def _challenge(said: Mapping[str, str], secrets: Iterable[str]) -> Text | None:
    token = said.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(token, secret.encode()) for secret in secrets if secret.strip()]
    if not any(matches):
        raise NotProven(_("Verify token missing or not ours. Looked for hub.verify_token in the query."))
    return _echo(said, "hub.challenge")


def _echo(said: Mapping[str, str], name: str) -> Text | None:
    """Plain text only, and printable: what a stranger wrote must not become a page."""
    value = said.get(name, "")
    return (value, "text/plain") if value and re.fullmatch(rf"[ -~]{{1,{_LONGEST}}}", value) else None
