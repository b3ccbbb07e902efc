"""What an outbound message of Salesforce says of one object (docs/tools.md 3.20). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope


class NotificationSchema(Envelope):
    """`sObject`: the chosen fields by their API names."""

    id = fields.String(data_key="Id", required=True)
    object = fields.Dict(data_key="sObject", required=True)


class MessageSchema(Envelope):
    notification = fields.Nested(NotificationSchema, data_key="Notification", required=True)
