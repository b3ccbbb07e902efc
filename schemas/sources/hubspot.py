"""What HubSpot posts: a change of one object, or a whole contact from a workflow (docs/tools.md 3.19). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Epoch, Moment


class ChangeSchema(Envelope):
    kind = fields.String(data_key="subscriptionType", required=True)
    type = Anything(data_key="objectTypeId")
    object_id = fields.Raw(data_key="objectId", required=True)
    occurred_at = Epoch(1000, data_key="occurredAt")
    name = fields.String(data_key="propertyName", allow_none=True, load_default="")
    value = Anything(data_key="propertyValue")


class ContactSchema(Envelope):
    """`properties`: {name: {value}} or {name: text}; without them the body holds the properties itself."""

    properties = fields.Dict()
    updated = Moment(data_key="updatedAt")
