"""The envelope of a Paperform submission (sources.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Key, Text


class QuestionSchema(Envelope):
    key = Key()
    custom_key = Text()
    title = Text()
    type = Text()
    value = Anything()


class PaperformSchema(Envelope):
    questions = fields.List(fields.Nested(QuestionSchema), required=True, data_key="data")
    trigger = Text()
    created_at = Anything()
    charge = Anything()
