"""What a webhook of Odoo posts: the chosen fields, and some of its own (docs/tools.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope


class OdooSchema(Envelope):
    model = fields.String(data_key="_model", required=True)
    id = fields.Raw(data_key="_id", required=True)
