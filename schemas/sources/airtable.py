"""What Airtable's webhooks post, and what the script of an automation posts (docs/tools.md 3.23)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.sources.envelope import Envelope, Moment


class AirtableSchema(Envelope):
    """A record has `fields`; a webhook only says which webhook it is."""

    webhook = fields.Dict()
    timestamp = Moment()
    cells = fields.Dict(data_key="fields")

    @validates_schema
    def _either(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if "webhook" not in data and "cells" not in data:
            raise ValidationError("is missing", "fields")
