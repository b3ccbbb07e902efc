"""The envelope of a Webflow event and the form in it (sources.md 3.25). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class QuestionSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    name = fields.String(data_key="fieldName", load_default="")
    type = fields.String(data_key="fieldType", load_default="")


class FormSchema(Schema):
    """`questions` is absent in older calls."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(1, 255))
    said = fields.Dict(keys=fields.String(), required=True, data_key="data")
    questions = fields.List(fields.Nested(QuestionSchema), data_key="schema", load_default=list)
    submitted_at = fields.Raw(data_key="submittedAt", load_default=None)


class FirstSchema(Schema):
    """The whole call of the first version of the API."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, data_key="_id", validate=validate.Length(1, 255))
    said = fields.Dict(keys=fields.String(), required=True, data_key="data")
    submitted_at = fields.Raw(data_key="d", load_default=None)


class WebflowSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    trigger = fields.String(required=True, data_key="triggerType")
    payload = fields.Dict(keys=fields.String(), required=True)
