"""What an outbound message of Salesforce says of one object (sources.md 3.20). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class NotificationSchema(Schema):
    """`sObject`: the chosen fields by their API names."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(data_key="Id", required=True)
    object = fields.Dict(data_key="sObject", keys=fields.String(), required=True)


class MessageSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    notification = fields.Nested(NotificationSchema, data_key="Notification", required=True)
