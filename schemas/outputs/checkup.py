"""The check-up, for programs."""

from marshmallow import Schema, fields


class LineSchema(Schema):
    """`word`: bad, look, unknown, good. `at`: when it was looked at, null for now."""

    code = fields.String()
    word = fields.String()
    sentence = fields.String()
    fix = fields.String()
    at = fields.DateTime(allow_none=True)


class CheckUpPage(Schema):
    worst = fields.String()
    checked = fields.DateTime()
    lines = fields.Nested(LineSchema, many=True)
