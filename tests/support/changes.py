"""Changes of a hook that people make, one after the other or at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeAlias

from sqlalchemy import Connection

from bridge.errors import BridgeError
from bridge.hooks.registry import Hooks
from tests.support.whole_bridge import House

Change: TypeAlias = Callable[[Connection, Hooks], object]


def begin_draft(house: House, text: str, who: str = "Léa") -> None:
    with house.services.store.write() as tx:
        house.services.hooks.save_draft(tx, text, house.clock(), who)


def at_once(house: House, *asked: Change) -> list[str]:
    """What each of these was told; nothing where it was done."""
    gate = Barrier(len(asked))

    def go(act: Change) -> str:
        gate.wait()
        try:
            with house.services.store.write() as tx:
                act(tx, house.services.hooks)
        except BridgeError as refusal:
            return str(refusal)
        return ""

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(go, asked))
