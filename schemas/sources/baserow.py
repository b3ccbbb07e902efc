"""What Baserow posts (docs/tools.md 3.23): rows that were created, updated or deleted."""

from marshmallow import fields, validate

from schemas.sources.envelope import Envelope


class BaserowSchema(Envelope):
    """The whole call; what its rows are is not looked at."""

    event_type = fields.String(required=True, validate=validate.Length(1, 100))
    items = fields.List(fields.Raw(), load_default=list)


class BaserowRowSchema(Envelope):
    """One row in the shape of the call."""

    items = fields.List(fields.Dict(), required=True, validate=validate.Length(equal=1))
