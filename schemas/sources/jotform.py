"""What Jotform posts beside the answers (docs/tools.md 3.6). The answers are JSON in `rawRequest`. Shapes only."""

from marshmallow import fields

from schemas.sources.envelope import Envelope, Id


class JotformSchema(Envelope):
    submission_id = Id(data_key="submissionID")
    pretty = fields.String(load_default="")
    raw = fields.Dict(data_key="rawRequest", required=True)
