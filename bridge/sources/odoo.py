"""Odoo: the chosen fields of a record, by their technical names (sources.md 5)."""

from collections.abc import Mapping
from datetime import UTC
from zoneinfo import ZoneInfo

from bridge.sources.assemble import submission
from bridge.sources.layouts import members
from bridge.sources.places import at
from bridge.sources.records import json_records
from bridge.sources.source import Source
from bridge.sources.times import written
from bridge.sources.typed import load
from bridge.words import AnswerType, Json, Record, Submission
from schemas.sources.odoo import OdooSchema

_CALL = OdooSchema()
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("email", "email_from", "email_normalized"), "mail"),
    **dict.fromkeys(("phone", "mobile", "partner_phone"), "phone"),
}
_NOT_ANSWERS = ("_id", "_model", "_action", "_name", "id", "create_date", "write_date")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    load(_CALL, record.body, "Odoo")
    sent = record.body if isinstance(record.body, dict) else {}
    said = {name: _said(value) for name, value in sent.items()}
    when = written(at(sent, "write_date"), UTC, "%Y-%m-%d %H:%M:%S")
    return submission(record, when, members(said, types=_TYPES, hidden=_NOT_ANSWERS))


def _said(value: Json) -> Json:
    """Odoo writes an empty field of any type as false, so that a no cannot be told from it: neither is an answer.

    A field that points at another record is its number and its text.
    """
    if isinstance(value, list) and [type(one) for one in value] == [int, str]:
        return value[1]
    return None if value is False else value


SOURCE = Source(
    name="odoo",
    title="Odoo",
    proof="url",
    split=json_records("Odoo", _CALL, key=""),
    read=read,
    retries="never",
    never_sends="a signature; an id of the event; a no: it looks like an empty field",
)
