"""A statement made once, compiled once for each database and set of values, and run on the driver's own connection.

It belongs to the transaction of the caller, like any other, and fails like any other. SQLAlchemy's own way from a
statement to its rows costs ten times as much processor time as SQLite takes to answer. The time in a statement is the
same for all who share a store: `NOW`.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam

Values: TypeAlias = Mapping[str, Any]
"""By column or bind name: texts, whole numbers, bytes, lists for an array, None. `b_now` may be there unasked."""


class Now(ColumnElement[int]):
    """Milliseconds since the epoch. Each database says what it means by it (docs/ledger.md 5); `b_now` is the
    caller's.
    """

    inherit_cache = True
    type = BigInteger()

    def __init__(self) -> None:
        """One is enough: `NOW`."""


NOW: Any = Now()
"""In a statement that is executed with `b_now`."""


class Statement:
    """`made`: what `tx.execute` would be given, or `store.either`. It writes the columns that the values name: no
    default is filled in; and no IN may expand.
    """

    def __init__(self, made: Any) -> None:
        self._made: Callable[[Connection], Any] = (lambda _tx: made) if hasattr(made, "compile") else made
        self._ready: dict[tuple[str, ...], _Ready] = {}

    def all(self, tx: Connection, values: Values) -> list[Any]:
        """The rows, with their columns as attributes."""
        ready = self._for(tx, values)
        cursor = _run(tx, "execute", ready.sql, ready.said(values))
        return list(map(ready.row(cursor), cursor.fetchall()))

    def first(self, tx: Connection, values: Values) -> Any:
        ready = self._for(tx, values)
        cursor = _run(tx, "execute", ready.sql, ready.said(values))
        found = cursor.fetchone()
        return None if found is None else ready.row(cursor)(found)

    def run(self, tx: Connection, values: Values) -> None:
        """For what answers no rows."""
        ready = self._for(tx, values)
        _run(tx, "execute", ready.sql, ready.said(values))

    def run_each(self, tx: Connection, many: Sequence[Values]) -> None:
        """The same for each of these, which name the same columns; none is no work."""
        if many:
            ready = self._for(tx, many[0])
            _run(tx, "executemany", ready.sql, [ready.said(values) for values in many])

    def _for(self, tx: Connection, values: Values) -> "_Ready":
        asked = (tx.dialect.name, *values)
        ready = self._ready.get(asked)
        if ready is None:
            ready = self._ready[asked] = _compiled(self._made(tx), tx, list(values))
        return ready


class Listing:
    """Statements that look for each of a list, made once for each length: `made` is given the binds of an IN."""

    def __init__(self, made: Callable[[Sequence[Any]], Any]) -> None:
        self._made = cache(lambda many: Statement(made([bindparam(name) for name in _listed(many)])))

    def all(self, tx: Connection, values: Values, listed: Sequence[Any]) -> list[Any]:
        """The rows; none is found in an empty list."""
        if not listed:
            return []
        named = dict(zip(_listed(len(listed)), listed, strict=True))
        return self._made(len(listed)).all(tx, {**values, **named})


def _listed(many: int) -> Sequence[str]:
    return [f"b_listed_{number}" for number in range(many)]


@dataclass(slots=True)
class _Ready:
    """`fixed`: values that the statement holds. `order`: their names, for a driver that wants them by place."""

    sql: str
    fixed: Values
    order: Sequence[str] | None
    names: Callable[[Iterable[Any]], Any] | None = None

    def said(self, values: Values) -> Any:
        whole = {**self.fixed, **values} if self.fixed else values
        return whole if self.order is None else [whole[name] for name in self.order]

    def row(self, cursor: Any) -> Callable[[Iterable[Any]], Any]:
        if self.names is None:
            names = [column[0] for column in cursor.description]
            kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024  # `class` is no name
            self.names = kind._make
        return self.names


def _compiled(made: Any, tx: Connection, names: list[str]) -> _Ready:
    compiled = made.compile(dialect=tx.dialect, column_keys=names)
    missing = [name for name, bind in compiled.binds.items() if bind.required and name not in names]
    if missing:
        raise LookupError(f"no value for {', '.join(missing)}")
    fixed = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
    return _Ready(compiled.string, fixed, compiled.positiontup)


def _run(tx: Connection, how: str, sql: str, said: Any) -> Any:
    cursor = tx.connection.cursor()
    try:
        getattr(cursor, how)(sql, said)
    except Exception as error:  # noqa: BLE001  # whatever the driver raises becomes what `tx.execute` would raise
        tx._handle_dbapi_exception(error, sql, None, cursor, None)  # noqa: SLF001  # no public way leads there
    return cursor
