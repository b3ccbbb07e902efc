"""What the bridge itself adds to a contact, in the request's spelling; `Plain`, for what is JSON already, as that and a
report are.

Never the contact that Qomon holds: a schema drops the keys that it does not know, and what is not sent is cleared.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields


class Plain(Schema):
    """Dumps dictionaries by taking the keys that it names, `only=` and `exclude=` applied; one that is not there stays
    away. Values go as they are: field by field, twelve answers would take a tenth of the time of their whole crossing.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._taken = [
            (field.attribute or name, field.data_key or name, field if isinstance(field, fields.Nested) else None)
            for name, field in self.dump_fields.items()
        ]

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        several = self.many if many is None else many
        return [self._one(each) for each in obj] if several else self._one(obj)

    def _one(self, table: Mapping[str, Any]) -> dict[str, Any]:
        return {
            shown: value if nested is None or value is None else nested.schema.dump(value, many=nested.many)
            for name, shown, nested in self._taken
            if name in table
            for value in [table[name]]
        }


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
