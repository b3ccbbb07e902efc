"""What Baserow posts (sources.md 3.23): rows that were created, updated or deleted."""

from marshmallow import EXCLUDE, Schema, fields, validate


class BaserowSchema(Schema):
    """The whole call; what its rows are is not looked at."""

    class Meta:
        unknown = EXCLUDE

    event_type = fields.String(required=True, validate=validate.Length(1, 100))
    items = fields.List(fields.Raw(), load_default=list)


class BaserowRowSchema(Schema):
    """One row in the shape of the call."""

    class Meta:
        unknown = EXCLUDE

    items = fields.List(fields.Dict(keys=fields.String()), required=True, validate=validate.Length(equal=1))
