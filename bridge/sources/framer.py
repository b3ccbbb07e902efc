"""Framer's forms: an object of label: value and nothing else; the id of a submission is a header (docs/tools.md 5)."""

from bridge.sources.kit import Source, read_members, records
from schemas.sources.envelope import Envelope

SOURCE = Source(
    title="Framer",
    proof="framer-body-then-id",
    split=records("Framer", Envelope()),
    read=read_members,
    names_in=("framer-webhook-submission-id",),
    retries="up to 5 times",
    never_sends="the time of submission; the kinds of its questions",
)
