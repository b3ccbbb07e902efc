"""The contact called Test that things are tried on, and what has to be there afterwards."""

from typing import Any

PONT = 9000900
OLD = "2025-05-19T17:40:02.998Z"


def kept(contact: dict[str, Any]) -> dict[str, Any]:
    """What people see of a contact: without times, and without what was deleted."""
    times = ("UpdatedAt", "lastchange", "formdatas", "custom_fields")
    live = {
        array: [(e["form_id"], e["data"], e["date"]) for e in contact[array] if not e["deleted_at"]]
        for array in ("formdatas", "custom_fields")
    }
    return {name: value for name, value in contact.items() if name not in times} | live
