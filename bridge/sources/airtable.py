"""Airtable: a record that an automation posts; its own webhooks only say that something changed
(docs/tools.md 3.23).
"""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bridge.model import Delivery, Json, Record, Submission
from bridge.sources.kit import Source, at, checked, key_of, load, parse_json, submission, thin
from bridge.sources.kit.answers import cells
from schemas.sources.airtable import AirtableSchema
from schemas.sources.envelope import Envelope

_ANY, _CALL = Envelope(), AirtableSchema()


def split(delivery: Delivery) -> list[Record]:
    """A script may post one record, a list of them or `{records: [...]}`; a webhook is known by its number and the
    time of its call."""
    records = checked("Airtable", _ANY, _listed(parse_json(delivery.body)), key="", each="")
    return [replace(record, key=_key(record.body)) for record in records]


def _listed(payload: Json) -> Json:
    """The records that Airtable's API lists, and scripts pass on as they got them, or one under its name."""
    held = payload if isinstance(payload, dict) and "fields" not in payload else {}
    listed, one = held.get("records"), held.get("record")
    return listed if isinstance(listed, list) else one if isinstance(one, dict) else payload


def _key(body: Json) -> str | None:
    if at(body, "fields") is None:
        return key_of(at(body, "webhook.id"), at(body, "timestamp"))
    return key_of(at(body, "recordId")) or key_of(at(body, "id"))


def read(record: Record, zone: ZoneInfo) -> Submission:
    call = load(_CALL, record.body, "Airtable", zone)
    said_at = call["timestamp"]
    return submission(record, said_at, cells(call["cells"])) if "cells" in call else thin(record, said_at)


SOURCE = Source(
    title="Airtable",
    proof="header",
    split=split,
    read=read,
    never_sends="the answers by its webhooks: post the record from an automation; a box that is not ticked",
)
