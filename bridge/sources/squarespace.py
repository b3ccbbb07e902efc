"""Squarespace: calls that only say that somebody ordered; its forms call nobody (docs/tools.md 5)."""

from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit import Source, load, records, submission, thin
from schemas.sources.squarespace import SquarespaceSchema

_NOTE = SquarespaceSchema()
_ORDERS = ("order.create", "order.update")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """A notification has the id of an order; who ordered, and what, stays with Squarespace."""
    note = load(_NOTE, record.body, "Squarespace", zone)
    at = note["created_on"]
    return thin(record, at) if note["topic"] in _ORDERS else submission(record, at, (), "ping")


SOURCE = Source(
    title="Squarespace orders",
    proof="squarespace",
    keys="event",
    split=records("Squarespace", _NOTE, key="id"),
    read=read,
    never_sends="the order, only that there is one; its forms: send both with Zapier, Make or n8n",
)
