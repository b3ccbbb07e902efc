"""The envelope of a Fillout submission (docs/tools.md 3.26). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Id, Moment


class SubmissionSchema(Envelope):
    """Only the questions are always there."""

    submission_id = Id(data_key="submissionId")
    submission_time = Moment(data_key="submissionTime")
    last_updated_at = Moment(data_key="lastUpdatedAt")
    questions = fields.List(fields.Dict(), required=True)
    url_parameters = fields.List(fields.Dict(), data_key="urlParameters", load_default=list)
    calculations = fields.List(fields.Dict(), load_default=list)
    scheduling = fields.List(fields.Dict(), load_default=list)
    payments = fields.List(fields.Dict(), load_default=list)
    login = Anything()
    quiz = Anything()


class FilloutSchema(Envelope):
    submission = fields.Nested(SubmissionSchema, required=True)
