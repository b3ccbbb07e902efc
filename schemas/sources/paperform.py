"""The envelope of a Paperform submission (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class QuestionSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    key = fields.String(required=True, validate=validate.Length(min=1))
    custom_key = fields.String(allow_none=True, load_default=None)
    title = fields.String(allow_none=True, load_default=None)
    type = fields.String(allow_none=True, load_default=None)
    value = fields.Raw(load_default=None)


class PaperformSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    questions = fields.List(fields.Nested(QuestionSchema), required=True, data_key="data")
    trigger = fields.String(allow_none=True, load_default=None)
    created_at = fields.Raw(load_default=None)
    charge = fields.Raw(load_default=None)
