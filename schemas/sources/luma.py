"""What Luma sends, and the guest in it (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class QuestionSchema(Schema):
    """`value` is the newer name of `answer`; an answer in two parts has them in `value` alone."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, data_key="question_id", validate=validate.Length(min=1))
    label = fields.String(load_default="")
    type = fields.String(data_key="question_type", load_default="")
    value = fields.Raw()
    answer = fields.Raw()


class GuestSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(min=1))
    registered_at = fields.Raw(load_default=None)
    questions = fields.List(
        fields.Nested(QuestionSchema), data_key="registration_answers", allow_none=True, load_default=None
    )


class LumaSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    type = fields.String(required=True)
    data = fields.Dict(keys=fields.String(), required=True)
