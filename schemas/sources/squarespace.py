"""A notification of Squarespace (docs/tools.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope, Moment


class SquarespaceSchema(Envelope):
    topic = fields.String(required=True)
    created_on = Moment(data_key="createdOn")
    data = fields.Dict(load_default=dict)
