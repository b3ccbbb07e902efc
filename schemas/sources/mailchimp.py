"""One event of a Mailchimp audience (docs/tools.md 3.15). Shapes only."""

from datetime import UTC

from marshmallow import fields

from schemas.sources.envelope import Envelope, Key, Moment


class DataSchema(Envelope):
    email = fields.Raw(allow_none=True)
    action = fields.Raw(allow_none=True)
    reason = fields.Raw(allow_none=True)
    merges = fields.Dict(load_default=dict)


class ChangeSchema(Envelope):
    """`upemail`: the contact is found by the old address, so both must be there."""

    old_email = Key()
    new_email = Key()


class MailchimpSchema(Envelope):
    type = fields.String(required=True)
    fired_at = Moment(zone=UTC)
    data = fields.Dict(required=True)
