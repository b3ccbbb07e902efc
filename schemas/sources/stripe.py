"""The envelope of a Stripe event and the checkout in it (docs/tools.md 3.16). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Epoch, Id, Key, Text


class CustomerSchema(Envelope):
    name = Text()
    email = Text()
    phone = Text()
    address = fields.Dict(allow_none=True, load_default=None)


class CustomFieldSchema(Envelope):
    """The answer lies under the name of the type: text, numeric or dropdown."""

    key = Key()
    label = fields.Dict(load_default=dict)
    type = fields.String(required=True)
    text = fields.Dict(load_default=dict)
    numeric = fields.Dict(load_default=dict)
    dropdown = fields.Dict(load_default=dict)


class CheckoutSchema(Envelope):
    customer = fields.Nested(CustomerSchema, data_key="customer_details", allow_none=True, load_default=None)
    customer_email = Text()
    custom_fields = fields.List(fields.Nested(CustomFieldSchema), allow_none=True, load_default=list)
    consent = fields.Dict(allow_none=True, load_default=None)
    metadata = fields.Dict(allow_none=True, load_default=None)
    shipping = Anything(data_key="shipping_details")
    collected = Anything(data_key="collected_information")
    amount_total = fields.Raw(allow_none=True, load_default=None)
    currency = fields.Raw(allow_none=True, load_default=None)
    payment_status = fields.Raw(allow_none=True, load_default=None)


class EventDataSchema(Envelope):
    object = fields.Dict(required=True)


class StripeSchema(Envelope):
    id = Id()
    type = fields.String(required=True)
    created = Epoch()
    data = fields.Nested(EventDataSchema, required=True)
