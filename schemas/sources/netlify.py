"""The envelope of a Netlify form's submission (sources.md 5). Shapes only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class NetlifySchema(Schema):
    """`said`: everything by field name; `ordered`: what the form shows, with its titles, in its order."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Length(1, 255))
    said = fields.Dict(keys=fields.String(), required=True, data_key="data")
    ordered = fields.List(
        fields.Dict(keys=fields.String()), data_key="ordered_human_fields", allow_none=True, load_default=None
    )
    created_at = fields.Raw(load_default=None)
