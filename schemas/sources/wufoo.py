"""What Wufoo posts beside the fields (sources.md 3.30). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class WufooSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    entry_id = fields.Raw(data_key="EntryId", required=True)
