"""One event of Brevo's marketing webhooks (docs/tools.md 3.14). Shapes only."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.sources.envelope import Envelope, Epoch, Moment


class BrevoSchema(Envelope):
    """`id` is the webhook's number, the same on every event. What became of a text message is a status, no event."""

    event = fields.String(load_default="")
    sms = fields.String(data_key="msg_status", load_default="")
    ts = Epoch()
    ts_event = Epoch()
    date = Moment()

    @validates_schema
    def _either(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if not data["event"] and not data["sms"]:
            raise ValidationError("is missing", "event")
