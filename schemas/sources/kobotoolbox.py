"""What KoboToolbox posts (docs/tools.md 3.22). A subset of fields may leave anything out."""

from datetime import UTC

from schemas.sources.envelope import Anything, Envelope, Moment


class KoboSchema(Envelope):
    uuid = Anything(data_key="_uuid")
    submitted = Moment(data_key="_submission_time", zone=UTC)
    attachments = Anything(data_key="_attachments")
