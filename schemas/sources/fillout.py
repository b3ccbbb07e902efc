"""The envelope of a Fillout submission (sources.md 3.26). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class SubmissionSchema(Schema):
    """Only the questions are always there."""

    class Meta:
        unknown = EXCLUDE

    submission_id = fields.String(required=True, data_key="submissionId", validate=validate.Length(1, 255))
    submission_time = fields.Raw(data_key="submissionTime", load_default=None)
    last_updated_at = fields.Raw(data_key="lastUpdatedAt", load_default=None)
    questions = fields.List(fields.Dict(), required=True)
    url_parameters = fields.List(fields.Dict(), data_key="urlParameters", load_default=list)
    calculations = fields.List(fields.Dict(), load_default=list)
    scheduling = fields.List(fields.Dict(), load_default=list)
    payments = fields.List(fields.Dict(), load_default=list)
    login = fields.Raw(load_default=None)
    quiz = fields.Raw(load_default=None)


class FilloutSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    submission = fields.Nested(SubmissionSchema, required=True)
