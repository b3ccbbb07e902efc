"""The envelope of a Cognito Forms entry (sources.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Id


class EntrySchema(Envelope):
    submitted = Anything(data_key="DateSubmitted")
    updated = Anything(data_key="DateUpdated")


class CognitoFormsSchema(Envelope):
    id = Id(data_key="Id")
    form = fields.Dict(required=True, data_key="Form")
    entry = fields.Nested(EntrySchema, required=True, data_key="Entry")
