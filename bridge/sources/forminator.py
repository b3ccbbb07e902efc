"""Forminator: field slugs as keys, or the names that its user gave them (docs/tools.md 3.11)."""

from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit import Source, payload_of, records, submission, table, text_of
from bridge.sources.kit.answers import members
from schemas.dates import moment
from schemas.sources.envelope import Envelope

_TIME = ("entry_time", "entry-time")
_NOTED = ("form_id", "form_type", "page_id", "render_id", "site_id", "current_url", "referer_url", "is_submit")
"""What Forminator notes of a form that it posts whole. Where its user chose the keys they may be answers."""


def read(record: Record, zone: ZoneInfo) -> Submission:
    """Each time that somebody saves the webhook, a sample comes with `is_test`. The time is that of the site."""
    body = table(record.body)
    is_sample = text_of(body.get("is_test")) in ("true", "1")
    at = next(filter(None, (moment(body.get(name), zone) for name in _TIME)), None)
    hidden = {"is_test", *_TIME}
    if any(name in body for name in _TIME):
        hidden |= {name for name in body if name.replace("-", "_") in _NOTED}
        hidden |= {"action"} if text_of(body.get("action")).startswith("forminator_") else set()
    return submission(record, at, members(body, hidden=hidden), "test" if is_sample else "submitted")


SOURCE = Source(
    title="Forminator",
    keys="hash",
    split=records("Forminator", Envelope(), body=payload_of),
    wordpress=True,
    read=read,
    never_sends="a signature; an id",
)
