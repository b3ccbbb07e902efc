"""What Formstack posts beside the answers, which stand under their labels (docs/tools.md 3.30). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope


class FormstackSchema(Envelope):
    unique_id = fields.Raw(data_key="UniqueID", required=True)
