"""What people chose about alerts: quiet hours, what they want to be told, and by which channel."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import Connection, select

from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.services import Services
from bridge.store.store import upsert
from bridge.store.tables import preference
from schemas import normal
from schemas.alerts import PreferencesSchema

_NAME = "alerts"
_SAVE = upsert(preference, "at", "body")
_SCHEMA = PreferencesSchema()
_CHANNELS = ("only_urgent", "admins")


@dataclass(frozen=True, slots=True)
class Preferences:
    """Hours of the campaign's zone. `only_urgent`: channels, by name, that get only what is urgent. `admins`:
    those that only admins read. `at_least`: by hook, within how many days something comes at least."""

    quiet_from: int = 21
    quiet_until: int = 8
    weekly: bool = True
    reminder: bool = True
    only_urgent: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    at_least: Mapping[str, int] = field(default_factory=dict[str, int])


def read(tx: Connection) -> Preferences:
    """What does not read is as if nobody had chosen: an alert too many is better than none."""
    body = tx.scalar(select(preference.c.body).where(preference.c.name == _NAME))
    try:
        said = _SCHEMA.load(json.loads(body)) if body else {}
    except (ValueError, ValidationError):
        said = {}
    return of(said)


def of(said: Mapping[str, Any]) -> Preferences:
    """As the schema loads them."""
    return Preferences(**{**said, **{name: frozenset(said.get(name, ())) for name in _CHANNELS}})


def plain(chosen: Preferences) -> dict[str, Any]:
    """As the schema takes them."""
    return {**asdict(chosen), **{name: sorted(getattr(chosen, name)) for name in _CHANNELS}}


def keep(services: Services, chosen: Preferences, by: By) -> None:
    body = json.dumps(plain(chosen))
    with services.store.write() as tx:
        tx.execute(_SAVE(tx), {"name": _NAME, "at": normal.epoch_ms(services.now()), "body": body})
        audit.note(tx, services.vault, by, "alerts_chosen", "")
