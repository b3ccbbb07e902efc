"""What the bridge itself adds to a contact, in the request's spelling.

Never the contact that Qomon holds: a schema drops the keys that it does not know, and what is not sent is cleared.
"""

from marshmallow import fields

from schemas.plain import Plain


class EntrySchema(Plain):
    """One answer to a form of Qomon. `date`: when it was given, as `normal.to_ms` writes it."""

    form_id = fields.Integer()
    form_ref_id = fields.Integer()
    data = fields.String()
    date = fields.String()


class TagSchema(Plain):
    name = fields.String()


class ChangesSchema(Plain):
    """What a mapping wants to add, list by list."""

    formdatas = fields.Nested(EntrySchema, many=True)
    custom_fields = fields.Nested(EntrySchema, many=True)
    tags = fields.Nested(TagSchema, many=True)
