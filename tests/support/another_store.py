"""The same bridge in front of the same Qomon, with its store somewhere else."""

import copy
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import Any

from sqlalchemy import select

from app import create_app
from bridge.store.store import Store
from bridge.store.tables import metadata
from tests.support.postgres import ServerClock
from tests.support.whole_bridge import QOMON, House
from tests.support.wsgi_adapter import mounted

Contents = dict[str, set[tuple[Any, ...]]]


@contextmanager
def another(house: House, url: str, **environ: str) -> Iterator[House]:
    """Its server's clock stands where the house's does."""
    given = {**house.unopened.settings.environ, "DATABASE_URL": url, **environ}
    other = copy.copy(house)
    other.app = create_app(given, house.clock, lambda: mounted(house.qomon, QOMON))
    with closing(ServerClock(url)) if url.startswith("postgresql") else nullcontext() as clock:
        if clock is not None:
            clock.set(house.clock())
        try:
            yield other
        finally:
            other.close()


def contents(url: str) -> Contents:
    """Every row, by table."""
    with closing(Store(url)) as store, store.read() as tx:
        return {table.name: {tuple(row) for row in tx.execute(select(table))} for table in metadata.sorted_tables}
