"""What NationBuilder posts of a person or a donation (docs/tools.md 3.13). Shapes only."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_load

from schemas.sources.envelope import Envelope


class NationBuilderSchema(Envelope):
    """`said`: what happened beside the person, as a donation."""

    person = fields.Dict(required=True)
    said = fields.Dict(load_default=dict)

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
