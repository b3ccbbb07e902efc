"""The smallest rows that there are, by which tests of the store see what was written."""

from sqlalchemy import Connection, insert, select

from bridge.store.store import Store
from bridge.store.tables import catalogue


def keep(connection: Connection, space: str) -> None:
    connection.execute(insert(catalogue).values(space=space, version="v", at=0, body="{}"))


def spaces(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.scalars(select(catalogue.c.space).order_by(catalogue.c.space)))
