"""What Luma sends, and the guest in it (docs/tools.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope, Key, Moment


class QuestionSchema(Envelope):
    """`value` is the newer name of `answer`; an answer in two parts has them in `value` alone."""

    id = Key(data_key="question_id")
    label = fields.String(load_default="")
    type = fields.String(data_key="question_type", load_default="")
    value = fields.Raw()
    answer = fields.Raw()


class GuestSchema(Envelope):
    id = Key()
    registered_at = Moment()
    questions = fields.List(
        fields.Nested(QuestionSchema), data_key="registration_answers", allow_none=True, load_default=None
    )


class LumaSchema(Envelope):
    type = fields.String(required=True)
    data = fields.Dict(required=True)
