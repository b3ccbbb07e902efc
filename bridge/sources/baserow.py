"""Baserow: one call, many rows of a table (docs/tools.md 3.23)."""

from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit import Source, load, records, submission
from bridge.sources.kit.answers import cells
from schemas.sources.baserow import BaserowRowSchema, BaserowSchema

_CALL, _ROW = BaserowSchema(), BaserowRowSchema()
_INTERNAL = ("id", "order")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """The test button sends a row with the number 0; what is not about the content of rows is a `ping`."""
    call = load(_CALL, record.body, "Baserow")
    if call["event_type"] in ("rows.deleted", "row.deleted"):
        return submission(record, None, (), "deleted")
    if not call["event_type"].startswith("rows."):
        return submission(record, None, (), "ping")
    (row,) = load(_ROW, record.body, "Baserow")["items"]
    return submission(record, None, cells(row, hidden=_INTERNAL), "test" if row.get("id") == 0 else "submitted")


SOURCE = Source(
    title="Baserow",
    proof="header",
    keys="event",
    split=records("Baserow", _CALL, each="items", key="event_id items.0.id"),
    read=read,
    retries="a few times, with growing waits",
    never_sends="a signature; when the row was written, unless a column says it",
    hides=("old_items",),
)
