"""What HelloAsso posts of orders and payments (docs/tools.md 3.5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Moment


class ItemSchema(Envelope):
    """What was ordered. `user` is the member or the visitor, who need not be the payer."""

    user = fields.Dict(allow_none=True, load_default=None)
    custom_fields = Anything(data_key="customFields")
    options = Anything()
    name = fields.Raw(allow_none=True)
    type = fields.Raw(allow_none=True)
    amount = fields.Raw(allow_none=True)
    state = fields.Raw(allow_none=True)


class DataSchema(Envelope):
    payer = fields.Dict(allow_none=True, load_default=None)
    items = Anything()
    order = fields.Dict(allow_none=True, load_default=None)
    date = Moment()
    amount = fields.Raw(allow_none=True)
    state = fields.Raw(allow_none=True)


class HelloAssoSchema(Envelope):
    event = fields.String(data_key="eventType", required=True)
    data = fields.Nested(DataSchema, required=True)
    metadata = fields.Dict(allow_none=True, load_default=None)
