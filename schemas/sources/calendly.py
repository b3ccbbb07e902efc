"""What Calendly sends, and the invitee in it (docs/tools.md 3.27). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Key, Moment


class QuestionSchema(Envelope):
    question = Key()
    answer = Anything()


class InviteeSchema(Envelope):
    """`uri` names the invitee, in every event about them."""

    uri = Key()
    questions = fields.List(fields.Nested(QuestionSchema), data_key="questions_and_answers", load_default=list)
    booked = fields.Dict(data_key="scheduled_event", allow_none=True, load_default=None)
    cancellation = fields.Dict(allow_none=True, load_default=None)
    payment = fields.Dict(allow_none=True, load_default=None)
    tracking = fields.Dict(allow_none=True, load_default=None)


class CalendlySchema(Envelope):
    event = fields.String(required=True)
    created_at = Moment()
    payload = fields.Dict(required=True)
