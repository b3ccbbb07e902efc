"""What Cal.com sends, and the booking in it (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class BookingSchema(Schema):
    """`said`: the questions of the booking page by name. Older calls have none, and only attendees."""

    class Meta:
        unknown = EXCLUDE

    said = fields.Dict(keys=fields.String(), data_key="responses", allow_none=True, load_default=None)
    attendees = fields.List(fields.Dict(), load_default=list)
    inputs = fields.Raw(data_key="customInputs", load_default=None)


class CalcomSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    trigger = fields.String(required=True, data_key="triggerEvent")
    created_at = fields.Raw(data_key="createdAt", load_default=None)
    payload = fields.Dict(keys=fields.String(), load_default=dict)
