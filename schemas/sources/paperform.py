"""The envelope of a Paperform submission (docs/tools.md 5). Shapes only."""

from datetime import UTC

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Key, Moment, Text


class QuestionSchema(Envelope):
    key = Key()
    custom_key = Text()
    title = Text()
    type = Text()
    value = Anything()


class PaperformSchema(Envelope):
    questions = fields.List(fields.Nested(QuestionSchema), required=True, data_key="data")
    trigger = Text()
    created_at = Moment(zone=UTC)
    charge = Anything()
