"""What a webhook of Odoo posts: the chosen fields, and some of its own (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields


class OdooSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    model = fields.String(data_key="_model", required=True)
    id = fields.Raw(data_key="_id", required=True)
