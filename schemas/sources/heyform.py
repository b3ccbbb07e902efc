"""The envelope of a HeyForm submission (docs/tools.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Id, Key, Text


class QuestionSchema(Envelope):
    """`title` is rich text: a text, or a list of texts and of [tag, texts, attributes]."""

    id = Key()
    title = Anything()
    kind = Text()
    properties = fields.Dict(allow_none=True, load_default=None)


class AnswerSchema(QuestionSchema):
    value = Anything()


class HeyFormSchema(Envelope):
    id = Id()
    questions = fields.List(fields.Nested(QuestionSchema), data_key="fields", load_default=list)
    said = fields.List(fields.Nested(AnswerSchema), required=True, data_key="answers")
    hidden = fields.List(fields.Dict(), data_key="hiddenFields", load_default=list)
    variables = fields.List(fields.Dict(), allow_none=True, load_default=None)
