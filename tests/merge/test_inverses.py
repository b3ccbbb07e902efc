"""docs/laws.md 12, as far as it is weighed: what an event leaves for putting back gives the contact before, field by
field.
"""

import copy
from typing import Any

from hypothesis import given

from bridge.qomon import compare
from tests.support.answer_tables import REGION
from tests.support.worlds import World, worlds


def put_back(body: dict[str, Any], inverse: dict[str, Any]) -> dict[str, Any]:
    """Each field as it was, where it still is what the event left."""
    found = copy.deepcopy(body)
    for field, change in inverse.items():
        assert compare.part(found, field) == change["after"]
        group, _, rest = field.partition(".")
        if group in ("formdatas", "custom_fields"):
            others = [entry for entry in found[group] if str(entry["form_id"]) != rest]
            found[group] = others + (change["before"] or [])
        elif group == "address":
            parts = {**found.get("address", {}), rest: change["before"]}
            found["address"] = {part: text for part, text in parts.items() if text is not None}
        else:
            found[group] = change["before"]
    return found


@given(worlds(sound=False))
def test_law_12_what_an_event_changes_can_be_put_back(world: World) -> None:
    weighed = world.weigh()
    back = put_back(weighed.after, weighed.inverse)
    assert compare.facets(back, REGION) == weighed.facets[0]
    assert set(weighed.inverse) == set(weighed.changed)
