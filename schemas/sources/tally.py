"""The envelope and the questions of a Tally webhook (sources.md 3.1). Shapes only: no id is resolved."""

from marshmallow import EXCLUDE, INCLUDE, Schema, fields, validate


class ResponseSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    response_id = fields.String(data_key="responseId", required=True, validate=validate.Length(1, 255))
    created_at = fields.String(data_key="createdAt", allow_none=True, load_default=None)
    questions = fields.List(fields.Raw(), data_key="fields", required=True)


class TallySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    created_at = fields.String(data_key="createdAt", allow_none=True, load_default=None)
    response = fields.Nested(ResponseSchema, data_key="data", required=True)


class TallyNoticeSchema(Schema):
    """Any event that is not a response: only its type is known to be there."""

    class Meta:
        unknown = EXCLUDE

    event_type = fields.String(data_key="eventType", required=True)


class QuestionSchema(Schema):
    """`value`, `options`, `rows` and `columns` differ per type of question: they pass as they are."""

    class Meta:
        unknown = INCLUDE

    key = fields.String(required=True, validate=validate.Length(min=1))
    label = fields.String(allow_none=True, load_default=None)
    type = fields.String(required=True)
