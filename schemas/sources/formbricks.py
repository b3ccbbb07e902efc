"""What Formbricks sends, and the response in it (sources.md 3.24). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class ResponseSchema(Schema):
    """`said`: the answers by the id of the question; `attributes`: what the survey's host knows of the person."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(1, 255))
    said = fields.Dict(keys=fields.String(), required=True, data_key="data")
    variables = fields.Raw(load_default=None)
    attributes = fields.Raw(data_key="contactAttributes", load_default=None)
    updated_at = fields.Raw(data_key="updatedAt", load_default=None)


class FormbricksSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    event = fields.String(required=True)
    data = fields.Dict(keys=fields.String(), load_default=dict)
