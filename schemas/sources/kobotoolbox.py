"""What KoboToolbox posts (sources.md 3.22). A subset of fields may leave anything out."""

from marshmallow import EXCLUDE, Schema, fields


class KoboSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    uuid = fields.Raw(data_key="_uuid", load_default=None)
    submitted = fields.Raw(data_key="_submission_time", load_default=None)
    attachments = fields.Raw(data_key="_attachments", load_default=None)
