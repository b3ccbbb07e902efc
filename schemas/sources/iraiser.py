"""What iRaiser Connect posts (sources.md 3.29): which object changed."""

from marshmallow import EXCLUDE, Schema, fields


class IRaiserSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    object_type = fields.Raw(required=True)
    object_id = fields.Raw(required=True)
    event_type = fields.Raw(required=True)
