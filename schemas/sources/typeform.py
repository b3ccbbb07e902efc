"""The envelope, the questions and the answers of a Typeform webhook (docs/tools.md 3.2). Shapes only."""

from marshmallow import INCLUDE, fields

from schemas.sources.envelope import Envelope, Id, Key, Moment, Text


class DefinitionSchema(Envelope):
    questions = fields.List(fields.Dict(), data_key="fields", load_default=list)


class FormResponseSchema(Envelope):
    token = Id()
    submitted_at = Moment()
    definition = fields.Nested(DefinitionSchema, load_default=dict)
    answers = fields.List(fields.Dict(), allow_none=True, load_default=list)
    hidden = fields.Dict(allow_none=True, load_default=dict)
    calculated = fields.Dict(allow_none=True, load_default=dict)
    variables = fields.List(fields.Dict(), allow_none=True, load_default=list)


class TypeformSchema(Envelope):
    event_type = fields.String(required=True)
    form_response = fields.Nested(FormResponseSchema, required=True)


class QuestionSchema(Envelope):
    """One question of the definition, with what its type adds (choices, properties with nested questions)."""

    class Meta:
        unknown = INCLUDE

    id = Key()
    ref = Text()
    title = Text()
    type = Text()


class AskedSchema(Envelope):
    id = Key()
    ref = Text()


class GivenSchema(Envelope):
    """One answer: its value lies under the name of its type."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    field = fields.Nested(AskedSchema, required=True)
