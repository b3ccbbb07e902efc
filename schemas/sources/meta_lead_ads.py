"""What Meta posts of a lead form, and the lead as its API and automation tools have it (docs/tools.md 3.17)."""

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope


class LeadPingSchema(Envelope):
    """One change of a page."""

    field = fields.String(required=True)


class LeadSchema(Envelope):
    created_time = Anything()
    field_data = fields.Raw(required=True)
    custom_disclaimer_responses = Anything()
