"""The envelope of a HeyForm submission (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class QuestionSchema(Schema):
    """`title` is rich text: a text, or a list of texts and of [tag, texts, attributes]."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(min=1))
    title = fields.Raw(load_default=None)
    kind = fields.String(allow_none=True, load_default=None)
    properties = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)


class AnswerSchema(QuestionSchema):
    value = fields.Raw(load_default=None)


class HeyFormSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(1, 255))
    questions = fields.List(fields.Nested(QuestionSchema), data_key="fields", load_default=list)
    said = fields.List(fields.Nested(AnswerSchema), required=True, data_key="answers")
    hidden = fields.List(fields.Dict(keys=fields.String()), data_key="hiddenFields", load_default=list)
    variables = fields.List(fields.Dict(keys=fields.String()), allow_none=True, load_default=None)
