"""What SurveyMonkey posts (sources.md 5): ids only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class SurveyMonkeySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    event_type = fields.String(required=True, validate=validate.Length(1, 100))
    event_id = fields.Raw(required=True)
    event_datetime = fields.Raw(load_default=None)
    object_type = fields.String(required=True)
