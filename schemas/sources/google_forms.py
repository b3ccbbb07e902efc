"""What a script of a Google form or of its sheet posts (docs/tools.md 3.3)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.sources.envelope import Anything, Envelope, Moment


class GoogleFormsSchema(Envelope):
    """`responses` is {title: value}, or the list of {id, title, type, value} of docs/google-forms.gs."""

    timestamp = Moment()
    respondent = Anything(data_key="respondentEmail")
    responses = fields.Raw()
    named = fields.Dict(data_key="namedValues")

    @validates_schema
    def _either(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if "named" not in data and not isinstance(data.get("responses"), dict | list):
            raise ValidationError("is missing", "responses")
