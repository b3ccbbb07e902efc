"""One gift as Donorbox posts it (sources.md 3.29). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class DonorboxSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    donor = fields.Dict(keys=fields.String(), required=True)
    questions = fields.Raw(load_default=None)
    campaign = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    status = fields.Raw(load_default=None)
    donation_date = fields.Raw(load_default=None)
