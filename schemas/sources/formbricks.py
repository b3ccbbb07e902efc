"""What Formbricks sends, and the response in it (docs/tools.md 3.24). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Id, Moment


class ResponseSchema(Envelope):
    """`said`: the answers by the id of the question; `attributes`: what the survey's host knows of the person."""

    id = Id()
    said = fields.Dict(required=True, data_key="data")
    variables = Anything()
    attributes = Anything(data_key="contactAttributes")
    updated_at = Moment(data_key="updatedAt")


class FormbricksSchema(Envelope):
    event = fields.String(required=True)
    data = fields.Dict(load_default=dict)
