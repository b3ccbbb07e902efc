"""The envelope of a Raisely event and what happened in it (docs/tools.md 3.29). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope, Id, Moment


class EventSchema(Envelope):
    uuid = Id()
    type = fields.String(required=True)
    created_at = Moment(data_key="createdAt")
    data = fields.Dict(required=True)


class RaiselySchema(Envelope):
    event = fields.Nested(EventSchema, data_key="data", required=True)
