"""What HelloAsso posts of orders and payments (sources.md 3.5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class ItemSchema(Schema):
    """What was ordered. `user` is the member or the visitor, who need not be the payer."""

    class Meta:
        unknown = EXCLUDE

    user = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    custom_fields = fields.Raw(data_key="customFields", load_default=None)
    options = fields.Raw(load_default=None)
    name = fields.Raw(allow_none=True)
    type = fields.Raw(allow_none=True)
    amount = fields.Raw(allow_none=True)
    state = fields.Raw(allow_none=True)


class DataSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    payer = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    items = fields.Raw(load_default=None)
    order = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    date = fields.Raw(load_default=None)
    amount = fields.Raw(allow_none=True)
    state = fields.Raw(allow_none=True)


class HelloAssoSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    event = fields.String(data_key="eventType", required=True)
    data = fields.Nested(DataSchema, required=True)
    metadata = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
