"""A notification of Squarespace (sources.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope


class SquarespaceSchema(Envelope):
    topic = fields.String(required=True)
    created_on = Anything(data_key="createdOn")
    data = fields.Dict(load_default=dict)
