"""What Cal.com sends, and the booking in it (docs/tools.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Moment


class BookingSchema(Envelope):
    """`said`: the questions of the booking page by name. Older calls have none, and only attendees."""

    said = fields.Dict(data_key="responses", allow_none=True, load_default=None)
    attendees = fields.List(fields.Dict(), load_default=list)
    inputs = Anything(data_key="customInputs")


class CalcomSchema(Envelope):
    trigger = fields.String(required=True, data_key="triggerEvent")
    created_at = Moment(data_key="createdAt")
    payload = fields.Dict(load_default=dict)
