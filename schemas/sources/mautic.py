"""What Mautic posts under the name of an event (sources.md 3.28). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class SubmissionSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.Raw(load_default=None)
    submitted = fields.Raw(data_key="dateSubmitted", load_default=None)
    results = fields.Raw(required=True)


class ContactSchema(Schema):
    """`fields` by group; a group without any is an empty list."""

    class Meta:
        unknown = EXCLUDE

    groups = fields.Dict(keys=fields.String(), data_key="fields", required=True)


class MauticSchema(Schema):
    """`submission` for a form, `contact` (once `lead`) for a person."""

    class Meta:
        unknown = EXCLUDE

    submission = fields.Nested(SubmissionSchema, load_default=None)
    contact = fields.Nested(ContactSchema, load_default=None)
    lead = fields.Nested(ContactSchema, load_default=None)
    timestamp = fields.Raw(load_default=None)
