"""The tab of changes to watch, for programs."""

from marshmallow import Schema, fields

from schemas.outputs.webhooks import TheWebhook


class MovedLine(Schema):
    """`code`: of schemas/moved.py; `count` and `since`: how many submissions tell so, and from when."""

    area = fields.String()
    code = fields.String()
    subject = fields.String()
    detail = fields.String()
    count = fields.Integer()
    since = fields.DateTime(allow_none=True)
    said = fields.String()


class WatchPage(Schema):
    """`known`: whether Qomon's fields were ever read."""

    webhook = fields.Nested(TheWebhook)
    known = fields.Boolean()
    moved = fields.List(fields.Nested(MovedLine))
