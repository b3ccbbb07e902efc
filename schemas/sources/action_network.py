"""One element of what Action Network posts, and the person in it (docs/tools.md 3.12). Shapes only."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_load

from schemas.sources.envelope import Envelope, Moment


class PersonSchema(Envelope):
    given_name = fields.Raw()
    family_name = fields.Raw()
    emails = fields.List(fields.Dict(), data_key="email_addresses", load_default=list)
    phones = fields.List(fields.Dict(), data_key="phone_numbers", load_default=list)
    addresses = fields.List(fields.Dict(), data_key="postal_addresses", load_default=list)
    custom_fields = fields.Dict(load_default=dict)
    languages_spoken = fields.Raw()


class ActionNetworkSchema(Envelope):
    """`action`: whatever this kind of action has, as it came."""

    action = fields.Dict(required=True)
    person = fields.Nested(PersonSchema, required=True)
    modified_date = Moment()

    @pre_load
    def _unwrap(self, element: Any, **_: Any) -> Any:
        """The key that says the type is whichever holds a person, so that types which come later are read too."""
        inner = element.values() if isinstance(element, Mapping) else ()
        found = [action for action in inner if isinstance(action, Mapping) and "person" in action]
        return {**found[0], "action": found[0]} if len(found) == 1 else {}
