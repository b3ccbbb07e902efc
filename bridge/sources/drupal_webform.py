"""Drupal Webform, the "Remote post" handler: machine names, answers and metadata on one level (docs/tools.md 3.21)."""

from functools import partial
from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit import Source, at, payload_of, records, submission, text_of
from bridge.sources.kit.answers import members
from schemas.dates import epoch
from schemas.sources.envelope import Envelope

_NOT_ANSWERS = """
serial sid uuid uri created completed changed in_draft current_page uid langcode webform_id entity_type entity_id locked
sticky
"""


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """A draft is a `ping`: it was not submitted. Who edits the form a year later says this then, not when it was first
    completed."""
    said = epoch(at(record.body, "changed")) or epoch(at(record.body, "completed"))
    is_draft = text_of(at(record.body, "in_draft")) in ("1", "true")
    answers = members(record.body, hidden=_NOT_ANSWERS.split())
    return submission(record, said, answers, "ping" if is_draft else "submitted")


SOURCE = Source(
    title="Drupal Webform",
    split=records(
        "Drupal Webform",
        Envelope(),
        key="uuid",
        volatile="changed locked sticky",
        body=partial(payload_of, programs=True),
    ),
    read=read,
    retries="never",
    never_sends="a signature; the label of a question; whether the submission is new, changed or deleted",
    hides=("token", "remote_addr"),
)
