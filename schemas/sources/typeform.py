"""The envelope, the questions and the answers of a Typeform webhook (sources.md 3.2). Shapes only."""

from marshmallow import EXCLUDE, INCLUDE, Schema, fields, validate


class DefinitionSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    questions = fields.List(fields.Dict(), data_key="fields", load_default=list)


class FormResponseSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    token = fields.String(required=True, validate=validate.Length(1, 255))
    submitted_at = fields.String(allow_none=True, load_default=None)
    definition = fields.Nested(DefinitionSchema, load_default=dict)
    answers = fields.List(fields.Dict(), allow_none=True, load_default=list)
    hidden = fields.Dict(keys=fields.String(), allow_none=True, load_default=dict)
    calculated = fields.Dict(keys=fields.String(), allow_none=True, load_default=dict)
    variables = fields.List(fields.Dict(), allow_none=True, load_default=list)


class TypeformSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    event_type = fields.String(required=True)
    form_response = fields.Nested(FormResponseSchema, required=True)


class QuestionSchema(Schema):
    """One question of the definition, with what its type adds (choices, properties with nested questions)."""

    class Meta:
        unknown = INCLUDE

    id = fields.String(required=True, validate=validate.Length(min=1))
    ref = fields.String(allow_none=True, load_default=None)
    title = fields.String(allow_none=True, load_default=None)
    type = fields.String(allow_none=True, load_default=None)


class AskedSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(min=1))
    ref = fields.String(allow_none=True, load_default=None)


class GivenSchema(Schema):
    """One answer: its value lies under the name of its type."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    field = fields.Nested(AskedSchema, required=True)
