"""Fluent Forms: the answers by field name, nested, and what it notes of the submission (docs/tools.md 3.11)."""

from functools import partial
from zoneinfo import ZoneInfo

from bridge.model import Json, Record, Submission
from bridge.sources.kit import Source, at, payload_of, records, slices, submission, texts_of
from bridge.sources.kit.answers import answers, members
from schemas.dates import moment
from schemas.sources.envelope import Envelope

_NOT_ANSWERS = ("__submission", "__order_items", "__transactions")


def read(record: Record, zone: ZoneInfo) -> Submission:
    """Its time is that of the site. Neither is there when its user chose the fields."""
    submitted_at = moment(at(record.body, "__submission.created_at"), zone)
    bought: list[Json] = [*texts_of(at(item, "item_name") for item in slices(at(record.body, "__order_items")))]
    items = answers("__order_items", "__order_items", bought, "choices") if bought else ()
    return submission(record, submitted_at, (*members(record.body, hidden=_NOT_ANSWERS), *items))


SOURCE = Source(
    title="Fluent Forms",
    split=records(
        "Fluent Forms",
        Envelope(),
        key="__submission.form_id __submission.id",
        volatile="__submission",
        body=partial(payload_of, programs=True),
    ),
    wordpress=True,
    read=read,
    retries="never; somebody may send again by hand",
    never_sends="a signature; the label of a question",
    hides=("__submission.ip", "__submission.user_inputs"),
)
