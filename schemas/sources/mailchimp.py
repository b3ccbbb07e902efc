"""One event of a Mailchimp audience (sources.md 3.15). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class DataSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    email = fields.Raw(allow_none=True)
    action = fields.Raw(allow_none=True)
    reason = fields.Raw(allow_none=True)
    merges = fields.Dict(keys=fields.String(), load_default=dict)


class ChangeSchema(Schema):
    """`upemail`: the contact is found by the old address, so both must be there."""

    class Meta:
        unknown = EXCLUDE

    old_email = fields.String(required=True, validate=validate.Length(min=1))
    new_email = fields.String(required=True, validate=validate.Length(min=1))


class MailchimpSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    type = fields.String(required=True)
    fired_at = fields.Raw(load_default=None)
    data = fields.Dict(keys=fields.String(), required=True)
