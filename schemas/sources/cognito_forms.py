"""The envelope of a Cognito Forms entry (docs/tools.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope, Id, Moment


class EntrySchema(Envelope):
    submitted = Moment(data_key="DateSubmitted")
    updated = Moment(data_key="DateUpdated")


class CognitoFormsSchema(Envelope):
    id = Id(data_key="Id")
    form = fields.Dict(required=True, data_key="Form")
    entry = fields.Nested(EntrySchema, required=True, data_key="Entry")
