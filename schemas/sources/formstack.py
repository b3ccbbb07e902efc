"""What Formstack posts beside the answers, which stand under their labels (sources.md 3.30). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class FormstackSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    unique_id = fields.Raw(data_key="UniqueID", required=True)
