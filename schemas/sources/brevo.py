"""One event of Brevo's marketing webhooks (sources.md 3.14). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class BrevoSchema(Schema):
    """`id` is the webhook's number, the same on every event."""

    class Meta:
        unknown = EXCLUDE

    event = fields.String(required=True)
    ts = fields.Raw(load_default=None)
    date = fields.Raw(load_default=None)
