"""Submissions that are held, for tests of To do and of decisions."""

import re
from typing import Any

from sqlalchemy import select

from bridge.operations import causes
from bridge.store import tables
from tests.support.json_hook import ZOES_MAIL, said, sent, written
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

KARIM = {"mail": ZOES_MAIL, "prenom": "Karim", "nom": "Petit", "metier": "Boulangère"}
HOSTILE = "<script>x</script>\u202egnol\u200b"


def held(house: House, **answers: Any) -> str:
    event = sent(house, written(**answers))
    house.drain()
    assert said(house.report(event))[0] == "held"
    return event


def outside(house: House, many: int, choice: str = "Peut-être") -> list[str]:
    """So many people say what is no choice in Qomon."""
    return [held(house, mail=f"x{number}@example.org", prenom="Ada", dispo=choice) for number in range(many)]


def named(house: House) -> None:
    causes.name_some(house.services.store, house.services.vault, 10)


def cause_of(house: House, event: str) -> str:
    named(house)
    with house.services.store.read() as tx:
        return str(tx.scalar(select(tables.event.c.cause).where(tables.event.c.id == event)))


def events_in(visitor: Visitor) -> list[str]:
    return re.findall(r'name="event" value="([0-9a-f]+)"', visitor.source)
