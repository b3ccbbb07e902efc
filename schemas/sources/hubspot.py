"""What HubSpot posts: a change of one object, or a whole contact from a workflow (sources.md 3.19). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class ChangeSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    kind = fields.String(data_key="subscriptionType", required=True)
    type = fields.Raw(data_key="objectTypeId", load_default=None)
    object_id = fields.Raw(data_key="objectId", required=True)
    occurred_at = fields.Raw(data_key="occurredAt", load_default=None)
    name = fields.String(data_key="propertyName", allow_none=True, load_default="")
    value = fields.Raw(data_key="propertyValue", load_default=None)


class ContactSchema(Schema):
    """`properties`: {name: {value}} or {name: text}; without them the body holds the properties itself."""

    class Meta:
        unknown = EXCLUDE

    properties = fields.Dict(keys=fields.String())
    updated = fields.Raw(data_key="updatedAt", load_default=None)
