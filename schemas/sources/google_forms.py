"""What a script of a Google form or of its sheet posts (sources.md 3.3)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema


class GoogleFormsSchema(Schema):
    """`responses` is {title: value}, or the list of {id, title, type, value} of docs/google-forms.gs."""

    class Meta:
        unknown = EXCLUDE

    timestamp = fields.Raw(load_default=None)
    respondent = fields.Raw(data_key="respondentEmail", load_default=None)
    responses = fields.Raw()
    named = fields.Dict(data_key="namedValues", keys=fields.String())

    @validates_schema
    def _either(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if "named" not in data and not isinstance(data.get("responses"), dict | list):
            raise ValidationError("is missing", "responses")
