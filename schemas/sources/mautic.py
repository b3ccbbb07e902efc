"""What Mautic posts under the name of an event (docs/tools.md 3.28). Shapes only."""

from datetime import UTC

from marshmallow import fields

from schemas.sources.envelope import Anything, Envelope, Moment


class SubmissionSchema(Envelope):
    id = Anything()
    submitted = Moment(data_key="dateSubmitted", zone=UTC)
    results = fields.Raw(required=True)


class ContactSchema(Envelope):
    """`fields` by group; a group without any is an empty list."""

    groups = fields.Dict(data_key="fields", required=True)


class MauticSchema(Envelope):
    """`submission` for a form, `contact` (once `lead`) for a person."""

    submission = fields.Nested(SubmissionSchema, load_default=None)
    contact = fields.Nested(ContactSchema, load_default=None)
    lead = fields.Nested(ContactSchema, load_default=None)
    timestamp = Moment(zone=UTC)
