"""Causes that nobody wants to hear of for a while. They go on being looked at, and are listed."""

from datetime import timedelta
from typing import Literal, TypeAlias

from flask_babel import gettext as _
from sqlalchemy import update

from bridge.errors import BridgeError
from bridge.hooks.revisions import By
from bridge.operations import audit
from bridge.services import Services
from bridge.store.store import lock
from bridge.store.tables import alert
from schemas import normal

Days: TypeAlias = Literal[1, 7]


class NoSuchCause(BridgeError):
    """It is over, and nothing is said of it any more."""


def mute(services: Services, cause: str, days: Days, by: By) -> None:
    """Raises NoSuchCause."""
    _set(services, cause, normal.epoch_ms(services.now() + timedelta(days=days)), "alert_muted", by)


def unmute(services: Services, cause: str, by: By) -> None:
    """Raises NoSuchCause."""
    _set(services, cause, None, "alert_unmuted", by)


def _set(services: Services, cause: str, until: int | None, deed: str, by: By) -> None:
    with services.store.write() as tx:
        lock(tx, ["alerts"])  # what is looked at just now would be written over it
        found = update(alert).where(alert.c.cause == cause).values(muted_until=until).returning(alert.c.kind)
        kind = tx.execute(found).scalar()
        if kind is None:
            raise NoSuchCause(_("This is over: nothing is said of it any more."))
        audit.note(tx, services.vault, by, deed, kind)
