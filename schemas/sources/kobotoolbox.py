"""What KoboToolbox posts (sources.md 3.22). A subset of fields may leave anything out."""

from schemas.sources.envelope import Anything, Envelope


class KoboSchema(Envelope):
    uuid = Anything(data_key="_uuid")
    submitted = Anything(data_key="_submission_time")
    attachments = Anything(data_key="_attachments")
