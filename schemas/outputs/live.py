"""The tab Live of a webhook, for programs."""

from marshmallow import Schema, fields

from schemas.outputs.webhooks import TheWebhook


class CheckLine(Schema):
    """`state`: ok; stop: it does not go live so; look: only if somebody knows; unknown."""

    code = fields.String()
    state = fields.String()
    said = fields.String()
    more = fields.List(fields.String())


class LivePage(Schema):
    """`lost`: answers that the draft would no longer send."""

    webhook = fields.Nested(TheWebhook)
    tool = fields.String(allow_none=True)
    mode = fields.String(allow_none=True)
    paused = fields.Boolean()
    paused_since = fields.DateTime(allow_none=True)
    stopped_since = fields.DateTime(allow_none=True)
    since = fields.DateTime(allow_none=True)
    kept = fields.Integer()
    is_live = fields.Boolean()
    ready = fields.Boolean()
    lines = fields.List(fields.Nested(CheckLine))
    lost = fields.Integer()


class KeptPage(Schema):
    webhook = fields.Nested(TheWebhook)
    many = fields.Integer()
    sends = fields.Boolean()
