"""The envelope of a Netlify form's submission (docs/tools.md 5). Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope, Id, Moment


class NetlifySchema(Envelope):
    """`said`: everything by field name; `ordered`: what the form shows, with its titles, in its order."""

    id = Id()
    said = fields.Dict(required=True, data_key="data")
    ordered = fields.List(fields.Dict(), data_key="ordered_human_fields", allow_none=True, load_default=None)
    created_at = Moment()
