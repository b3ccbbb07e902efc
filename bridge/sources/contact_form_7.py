"""Contact Form 7 with "CF7 to Webhook": tag names as keys, or whatever its user's template says (docs/tools.md 3.9)."""

from bridge.sources.kit import Source, payload_of, read_members, records
from schemas.sources.envelope import Envelope

SOURCE = Source(
    title="Contact Form 7",
    keys="hash",
    split=records("Contact Form 7", Envelope(), body=payload_of),
    wordpress=True,
    read=read_members,
    retries="never",
    never_sends="a signature; an id; the time of submission",
)
