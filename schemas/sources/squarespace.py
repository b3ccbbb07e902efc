"""A notification of Squarespace (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class SquarespaceSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    topic = fields.String(required=True)
    created_on = fields.Raw(data_key="createdOn", load_default=None)
    data = fields.Dict(keys=fields.String(), load_default=dict)
