"""What people chose about alerts: quiet hours, what they want to be told, and by which channel."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from bridge.store.tables import preference


@dataclass(frozen=True, slots=True)
class Preferences:
    """Hours of the campaign's zone. `only_urgent`: channels, by name, that get only what is urgent. `at_least`: by
    hook, within how many days something comes at least."""

    quiet_from: int = 21
    quiet_until: int = 8
    weekly: bool = True
    reminder: bool = True
    only_urgent: frozenset[str] = frozenset()
    at_least: Mapping[str, int] = field(default_factory=dict[str, int])


def read(tx: Connection) -> Preferences:
    body = tx.scalar(select(preference.c.body).where(preference.c.name == "alerts"))
    said = json.loads(body) if body else {}
    return Preferences(**{**said, "only_urgent": frozenset(said.get("only_urgent", ()))})
