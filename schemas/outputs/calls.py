"""What the door answers to a call, as programs read it: problems, what was stored, whether the bridge is well."""

from marshmallow import Schema, fields

from schemas.report import ReportSchema


class Problem(Schema):
    """An error as RFC 9457 writes it. It never repeats what was sent. `reason`: the same in one word.
    `request`: which call it was, as in the header `X-Request-Id`."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    reason = fields.String()
    request = fields.String()


class Told(ReportSchema):
    """The caller's view of a report, with `answer: full` the staff's. Without any proof it is the id alone. `first`:
    the report of the event that this one repeats."""

    event = fields.String(required=True, allow_none=True)
    first = fields.Nested(ReportSchema)


class Stored(Schema):
    """One call, and an event for each record in it."""

    delivery = fields.String(required=True, allow_none=True)
    events = fields.List(fields.Nested(Told), required=True)


class Well(Schema):
    status = fields.String(required=True)
