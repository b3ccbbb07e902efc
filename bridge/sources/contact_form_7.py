"""Contact Form 7 with "CF7 to Webhook": tag names as keys, or whatever its user's template says (sources.md 3.9)."""

from bridge.sources.kit import Source, posted_records
from bridge.sources.kit.flat import read
from bridge.sources.kit.wordpress import typed_in
from schemas.sources.envelope import Envelope

SOURCE = Source(
    name="contact_form_7",
    title="Contact Form 7",
    proof="url",
    keys="hash",
    split=typed_in(posted_records("Contact Form 7", Envelope())),
    read=read,
    retries="never",
    never_sends="a signature; an id; the time of submission",
)
