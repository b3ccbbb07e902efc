"""Whether a Qomon account was tried on a test contact, and lately enough: the check-up, going live, publishing and
importing all ask here, so that they say the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.qomon import account

How: TypeAlias = Literal["lately", "old", "undated", "never"]

AGAIN = timedelta(days=90)
"""What is proved holds on; but Qomon changes, and nobody says so."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`undated`: it was tried, and nobody noted when."""

    space: str
    how: How
    at: datetime | None = None

    @property
    def sentence(self) -> str:
        return {
            "lately": _("%(space)s was tried on a test contact in the last 90 days.", space=self.space),
            "old": _("%(space)s was tried on a test contact more than 90 days ago.", space=self.space),
            "undated": _("%(space)s: when it was last tried on a test contact is not known.", space=self.space),
            "never": _(
                "%(space)s: what Qomon leaves out of a read was never tried on a test contact.", space=self.space
            ),
        }[self.how]


def of(tx: Connection, space: str, now: datetime) -> Proof:
    at = account.tried(tx, space)
    if at is None:
        return Proof(space, "undated" if account.probed(tx, space) else "never")
    return Proof(space, "lately" if now - at <= AGAIN else "old", at)


def lacking(tx: Connection, spaces: Iterable[str], now: datetime) -> list[Proof]:
    """Of these accounts those that are to be tried, or tried again."""
    return [proof for name in sorted({*spaces}) if (proof := of(tx, name, now)).how != "lately"]


def command(space: str) -> str:
    """What is typed to try it."""
    return "flask doctor --probe CONTACT" + ("" if space == "default" else f" --space {space}")
