"""What NationBuilder posts of a person or a donation (sources.md 3.13). Shapes only."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, pre_load


class NationBuilderSchema(Schema):
    """`said`: what happened beside the person, as a donation."""

    class Meta:
        unknown = EXCLUDE

    person = fields.Dict(keys=fields.String(), required=True)
    said = fields.Dict(keys=fields.String(), load_default=dict)

    @pre_load
    def _unwrap(self, call: Any, **_: Any) -> Any:
        """The person lies under its name, or in a donation as its donor."""
        payload = call.get("payload") if isinstance(call, Mapping) else None
        if not isinstance(payload, Mapping):
            return {}
        donation = payload.get("donation")
        if isinstance(donation, Mapping) and "person" not in payload:
            rest = {name: value for name, value in donation.items() if name != "donor"}
            return {"person": donation.get("donor"), "said": {"donation": rest}}
        return {"person": payload.get("person"), "said": {n: v for n, v in payload.items() if n != "person"}}
