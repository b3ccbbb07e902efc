"""What iRaiser Connect posts (docs/tools.md 3.29): which object changed."""

from marshmallow import fields

from schemas.sources.envelope import Envelope


class IRaiserSchema(Envelope):
    object_type = fields.Raw(required=True)
    object_id = fields.Raw(required=True)
    event_type = fields.Raw(required=True)
