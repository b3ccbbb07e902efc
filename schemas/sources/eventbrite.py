"""What Eventbrite posts (docs/tools.md 5): where to fetch what, and which action it was."""

from marshmallow import fields, validate

from schemas.sources.envelope import Envelope


class ConfigSchema(Envelope):
    action = fields.String(required=True, validate=validate.Length(1, 100))


class EventbriteSchema(Envelope):
    api_url = fields.String(required=True)
    config = fields.Nested(ConfigSchema, required=True)
