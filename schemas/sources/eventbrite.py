"""What Eventbrite posts (sources.md 5): where to fetch what, and which action it was."""

from marshmallow import EXCLUDE, Schema, fields, validate


class ConfigSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    action = fields.String(required=True, validate=validate.Length(1, 100))


class EventbriteSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    api_url = fields.String(required=True)
    config = fields.Nested(ConfigSchema, required=True)
