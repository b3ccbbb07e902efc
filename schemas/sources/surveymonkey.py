"""What SurveyMonkey posts (docs/tools.md 5): ids only."""

from marshmallow import fields, validate

from schemas.sources.envelope import Envelope, Moment


class SurveyMonkeySchema(Envelope):
    event_type = fields.String(required=True, validate=validate.Length(1, 100))
    event_id = fields.Raw(required=True)
    event_datetime = Moment()
    object_type = fields.String(required=True)
