"""What Airtable's webhooks post, and what the script of an automation posts (sources.md 3.23)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema


class AirtableSchema(Schema):
    """A record has `fields`; a webhook only says which webhook it is."""

    class Meta:
        unknown = EXCLUDE

    webhook = fields.Dict()
    timestamp = fields.Raw(load_default=None)
    cells = fields.Dict(data_key="fields", keys=fields.String())

    @validates_schema
    def _either(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if "webhook" not in data and "cells" not in data:
            raise ValidationError("is missing", "fields")
