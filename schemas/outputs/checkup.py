"""The check-up, for programs."""

from marshmallow import Schema, fields


class LineSchema(Schema):
    """`word`: bad, look, unknown, good. `at`: when it was looked at, null for now."""

    code = fields.String()
    word = fields.String()
    sentence = fields.String()
    fix = fields.String()
    at = fields.DateTime(allow_none=True)


class FactSchema(Schema):
    """What Qomon does, as a try showed. `differs`: from what docs/qomon.md says."""

    fact = fields.String()
    code = fields.String()
    differs = fields.Boolean()
    sentence = fields.String()


class KnownSchema(Schema):
    """Of one Qomon account. `tried`: when it was tried last, null where nobody knows."""

    space = fields.String()
    tried = fields.DateTime(allow_none=True)
    differs = fields.Integer()
    facts = fields.Nested(FactSchema, many=True)


class CheckUpPage(Schema):
    worst = fields.String()
    checked = fields.DateTime()
    lines = fields.Nested(LineSchema, many=True)
    known = fields.Nested(KnownSchema, many=True)
