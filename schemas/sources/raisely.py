"""The envelope of a Raisely event and what happened in it (sources.md 3.29). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class EventSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    uuid = fields.String(required=True, validate=validate.Length(1, 255))
    type = fields.String(required=True)
    created_at = fields.Raw(data_key="createdAt", load_default=None)
    data = fields.Dict(keys=fields.String(), required=True)


class RaiselySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    event = fields.Nested(EventSchema, data_key="data", required=True)
