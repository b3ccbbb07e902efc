"""The envelope and the questions of a Tally webhook (docs/tools.md 3.1). Shapes only: no id is resolved."""

from marshmallow import INCLUDE, fields

from schemas.sources.envelope import Envelope, Id, Key, Moment, Text


class ResponseSchema(Envelope):
    response_id = Id(data_key="responseId")
    created_at = Moment(data_key="createdAt")
    questions = fields.List(fields.Raw(), data_key="fields", required=True)


class TallySchema(Envelope):
    created_at = Moment(data_key="createdAt")
    response = fields.Nested(ResponseSchema, data_key="data", required=True)


class TallyNoticeSchema(Envelope):
    """Any event that is not a response: only its type is known to be there."""

    event_type = fields.String(data_key="eventType", required=True)


class QuestionSchema(Envelope):
    """`value`, `options`, `rows` and `columns` differ per type of question: they pass as they are."""

    class Meta:
        unknown = INCLUDE

    key = Key()
    label = Text()
    type = fields.String(required=True)
