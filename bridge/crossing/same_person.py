"""Two names that a person said are one person's: whoever says the one again on that contact is not held for it.

Kept as a mark of the contact, by a keyed fingerprint of the two names: it goes with the contact's other marks, and a
contact that is called otherwise since is judged anew.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from bridge.crossing import find
from bridge.crossing.lane_run import LaneRun
from bridge.crossing.opened import Opened
from bridge.merge import history
from bridge.merge.address import Log
from bridge.merge.precedence import Mark
from bridge.model import Who
from bridge.store.tables import mark
from bridge.store.vault import Vault
from schemas import normal


def agrees(run: LaneRun, event: Opened, contact: int, shown: Mapping[str, Any]) -> bool:
    """Whether the event may be this contact's by the names, as it is `shown`."""
    if event.hook.names != "agree" or find.names_agree(event.who, shown):
        return True
    return known(run, event.who, contact, shown)


def known(run: LaneRun, who: Who, contact: int, shown: Mapping[str, Any]) -> bool:
    """Whether a person said that these two names are one person's."""
    of_both = _of_both(run.context.vault, run.lease.space, who, shown)
    mine = (mark.c.space == run.lease.space) & (mark.c.contact == contact)
    with run.context.store.read() as tx:
        asked = select(mark.c.contact).where(mine, mark.c.field == history.NAMES, mark.c.element == of_both)
        return tx.execute(asked).first() is not None


def remember(tx: Connection, vault: Vault, space: str, contact: int, who: Who, shown: Mapping[str, Any]) -> None:
    """`shown`: the contact as the person who said so saw it."""
    made = {(history.NAMES, _of_both(vault, space, who, shown)): Mark(None, "", "")}
    history.write(tx, vault, space, contact, made, Log())


def _of_both(vault: Vault, space: str, who: Who, shown: Mapping[str, Any]) -> str:
    names = (who.firstname, who.surname, shown.get("firstname"), shown.get("surname"))
    return vault.fingerprint("names", space, *(normal.folded(str(name or "")) for name in names))
