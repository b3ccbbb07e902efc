"""What Pipedrive's second webhooks post (docs/tools.md 5). Shapes only."""

from datetime import UTC

from marshmallow import fields

from schemas.sources.envelope import Envelope, Moment


class MetaSchema(Envelope):
    action = fields.String(required=True)
    entity = fields.String(required=True)
    timestamp = Moment(zone=UTC)


class PipedriveSchema(Envelope):
    """`data` is null where something was deleted; `previous` is what it was."""

    meta = fields.Nested(MetaSchema, required=True)
    data = fields.Dict(allow_none=True, load_default=None)
