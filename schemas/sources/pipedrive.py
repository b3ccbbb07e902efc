"""What Pipedrive's second webhooks post (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class MetaSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    action = fields.String(required=True)
    entity = fields.String(required=True)
    timestamp = fields.Raw(load_default=None)


class PipedriveSchema(Schema):
    """`data` is null where something was deleted; `previous` is what it was."""

    class Meta:
        unknown = EXCLUDE

    meta = fields.Nested(MetaSchema, required=True)
    data = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
