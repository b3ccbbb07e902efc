"""One gift as Donorbox posts it (docs/tools.md 3.29). Shapes only."""

from datetime import UTC

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Moment


class DonorboxSchema(Envelope):
    donor = fields.Dict(required=True)
    questions = Anything()
    campaign = fields.Dict(allow_none=True, load_default=None)
    status = Anything()
    donation_date = Moment(zone=UTC)
