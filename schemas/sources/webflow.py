"""The envelope of a Webflow event and the form in it (docs/tools.md 3.25). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope, Id, Moment


class QuestionSchema(Envelope):
    name = fields.String(data_key="fieldName", load_default="")
    type = fields.String(data_key="fieldType", load_default="")


class FormSchema(Envelope):
    """`questions` is absent in older calls."""

    id = Id()
    said = fields.Dict(required=True, data_key="data")
    questions = fields.List(fields.Nested(QuestionSchema), data_key="schema", load_default=list)
    submitted_at = Moment(data_key="submittedAt")


class FirstSchema(FormSchema):
    """The whole call of the first version of the API."""

    id = Id(data_key="_id")
    submitted_at = Moment(data_key="d")


class WebflowSchema(Envelope):
    trigger = fields.String(required=True, data_key="triggerType")
    payload = fields.Dict(required=True)
