"""What Jotform posts beside the answers (sources.md 3.6). The answers are JSON in `rawRequest`. Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class JotformSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    submission_id = fields.String(data_key="submissionID", required=True, validate=validate.Length(1, 255))
    pretty = fields.String(load_default="")
    raw = fields.Dict(keys=fields.String(), data_key="rawRequest", required=True)
