"""The envelope of a Cognito Forms entry (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class EntrySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    submitted = fields.Raw(data_key="DateSubmitted", load_default=None)
    updated = fields.Raw(data_key="DateUpdated", load_default=None)


class CognitoFormsSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, data_key="Id", validate=validate.Length(1, 255))
    form = fields.Dict(keys=fields.String(), required=True, data_key="Form")
    entry = fields.Nested(EntrySchema, required=True, data_key="Entry")
