"""Odoo: the chosen fields of a record, by their technical names (docs/tools.md 5)."""

import re
from collections.abc import Mapping
from datetime import UTC
from zoneinfo import ZoneInfo

from bridge.model import AnswerType, Json, Record, Submission
from bridge.sources.kit import Channel, Source, at, load, marked, records, submission, table, text_of, withdrawal
from bridge.sources.kit.answers import members, theirs
from bridge.sources.kit.source import ONE
from schemas.codes import Kind
from schemas.dates import written
from schemas.sources.odoo import OdooSchema

_CALL = OdooSchema()
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("email", "email_from", "email_normalized"), "mail"),
    **dict.fromkeys(("phone", "mobile", "partner_phone"), "phone"),
}
_WRITTEN = re.compile(r"\"?([^<>\"]{1,200}?)\"?\s*<([^<>\s]{3,300})>")
_BLACKLISTS: Mapping[str, tuple[Channel, ...]] = {"mail.blacklist": ("email",), "phone.blacklist": ("sms",)}
"""Odoo's own lists of who wants nothing any more."""
_MARKS: Mapping[str, tuple[Channel, ...]] = {
    **dict.fromkeys(("opt_out", "is_blacklisted"), ("email",)),
    **dict.fromkeys(("phone_sanitized_blacklisted", "phone_blacklisted", "mobile_blacklisted"), ("sms",)),
}
_NOT_ANSWERS = (ONE, "_id", "_model", "_action", "_name", "id", "create_date", "write_date")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    model = load(_CALL, record.body, "Odoo")["model"]
    sent = table(record.body)
    said = _apart({name: _said(value) for name, value in sent.items()})
    when = written(at(sent, "write_date"), UTC, "%Y-%m-%d %H:%M:%S")
    types: Mapping[str, AnswerType] = {**_TYPES, "number": "phone"} if model == "phone.blacklist" else _TYPES
    back = withdrawal(sent, _refused)
    kind: Kind = "ping" if model in _BLACKLISTS and not back else "submitted"
    return submission(record, when, theirs(members(said, types=types, hidden=_NOT_ANSWERS), types), kind, back)


def _refused(sent: Json) -> tuple[Channel, ...]:
    """An entry of a blacklist that was lifted again is archived."""
    model = text_of(at(sent, "_model"))
    if model in _BLACKLISTS:
        return () if at(sent, "active") is False else _BLACKLISTS[model]
    return marked(sent, _MARKS)


def _apart(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Who wrote by mail is in a lead as the mail had it, `"Zoé" <zoe@example.org>`: the address, and the name."""
    said = {**fields}
    for name in _TYPES:
        found = _WRITTEN.fullmatch(text_of(fields.get(name)).strip())
        if found and _TYPES[name] == "mail":
            said |= {name: found[2], f"{name}.name": found[1]}
    return said


def _said(value: Json) -> Json:
    """Odoo writes an empty field of any type as false, so that a no cannot be told from it: neither is an answer.

    A field that points at another record is its number and its text.
    """
    if isinstance(value, list) and [type(one) for one in value] == [int, str]:
        return value[1]
    return None if value is False else value


SOURCE = Source(
    title="Odoo",
    keys="hash",
    split=records("Odoo", _CALL),
    refuses=_refused,
    read=read,
    retries="never",
    never_sends="a signature; an id of the event; a no: it looks like an empty field",
)
