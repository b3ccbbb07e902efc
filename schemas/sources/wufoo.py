"""What Wufoo posts beside the fields (docs/tools.md 3.30). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope


class WufooSchema(Envelope):
    entry_id = fields.Raw(data_key="EntryId", required=True)
