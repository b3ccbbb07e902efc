"""The envelope of a Stripe event and the checkout in it (sources.md 3.16). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class CustomerSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    name = fields.String(allow_none=True, load_default=None)
    email = fields.String(allow_none=True, load_default=None)
    phone = fields.String(allow_none=True, load_default=None)
    address = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)


class CustomFieldSchema(Schema):
    """The answer lies under the name of the type: text, numeric or dropdown."""

    class Meta:
        unknown = EXCLUDE

    key = fields.String(required=True, validate=validate.Length(min=1))
    label = fields.Dict(keys=fields.String(), load_default=dict)
    type = fields.String(required=True)
    text = fields.Dict(keys=fields.String(), load_default=dict)
    numeric = fields.Dict(keys=fields.String(), load_default=dict)
    dropdown = fields.Dict(keys=fields.String(), load_default=dict)


class CheckoutSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    customer = fields.Nested(CustomerSchema, data_key="customer_details", allow_none=True, load_default=None)
    customer_email = fields.String(allow_none=True, load_default=None)
    custom_fields = fields.List(fields.Nested(CustomFieldSchema), allow_none=True, load_default=list)
    consent = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    metadata = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    shipping = fields.Raw(data_key="shipping_details", load_default=None)
    collected = fields.Raw(data_key="collected_information", load_default=None)
    amount_total = fields.Raw(allow_none=True, load_default=None)
    currency = fields.Raw(allow_none=True, load_default=None)
    payment_status = fields.Raw(allow_none=True, load_default=None)


class EventDataSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    object = fields.Dict(keys=fields.String(), required=True)


class StripeSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(1, 255))
    type = fields.String(required=True)
    created = fields.Raw(load_default=None)
    data = fields.Nested(EventDataSchema, required=True)
