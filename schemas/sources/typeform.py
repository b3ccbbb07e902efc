"""The envelope, the questions and the answers of a Typeform webhook (docs/tools.md 3.2). Shapes only."""

from typing import Any

from marshmallow import INCLUDE, ValidationError, fields

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


class Asked(fields.Field[dict[str, Any]]):
    """The question of an answer: its id, and its ref if there is one. A schema of its own, twelve times a call, would
    take a third of the time of the whole reading.
    """

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        id_, ref = (value.get("id"), value.get("ref")) if isinstance(value, dict) else (None, None)
        if not isinstance(id_, str) or not id_:
            raise ValidationError({"id": ["Missing."]})
        return {"id": id_, "ref": ref if isinstance(ref, str) else None}


class GivenSchema(Envelope):
    """One answer: its value lies under the name of its type."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    field = Asked(required=True)
