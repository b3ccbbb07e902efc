"""What Meta posts of a lead form, and the lead as its API and automation tools have it (sources.md 3.17)."""

from marshmallow import EXCLUDE, Schema, fields


class LeadPingSchema(Schema):
    """One change of a page."""

    class Meta:
        unknown = EXCLUDE

    field = fields.String(required=True)


class LeadSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    created_time = fields.Raw(load_default=None)
    field_data = fields.Raw(required=True)
    custom_disclaimer_responses = fields.Raw(load_default=None)
