"""What Calendly sends, and the invitee in it (sources.md 3.27). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class QuestionSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    question = fields.String(required=True, validate=validate.Length(min=1))
    answer = fields.Raw(load_default=None)


class InviteeSchema(Schema):
    """`uri` names the invitee, in every event about them."""

    class Meta:
        unknown = EXCLUDE

    uri = fields.String(required=True, validate=validate.Length(min=1))
    questions = fields.List(fields.Nested(QuestionSchema), data_key="questions_and_answers", load_default=list)
    booked = fields.Dict(keys=fields.String(), data_key="scheduled_event", allow_none=True, load_default=None)
    cancellation = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    payment = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    tracking = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)


class CalendlySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    event = fields.String(required=True)
    created_at = fields.Raw(load_default=None)
    payload = fields.Dict(keys=fields.String(), required=True)
