"""A statement made once, compiled once for each database and set of values, and run on the driver's own connection.

It belongs to the transaction of the caller, like any other, and fails like any other. SQLAlchemy's own way from a
statement to its rows costs ten times as much processor time as SQLite takes to answer. The time in a statement is the
same for all who share a store: `NOW`.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

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


class Among(ColumnElement[bool]):
    """Whether a column of text is one of a list, of any length, that is bound as one value: `LISTED`.

    It says no type: of a boolean, SQLAlchemy would ask SQLite whether it is 1, and no index answers that.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[str]) -> None:
        self.column = column


LISTED = "b_listed"


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
    """A statement that looks for each of a list of texts: one, however long the list is. `made` is given `Among`, and
    for one text, which is what is mostly asked, `=`: to take a list apart costs SQLite more than to find it.
    """

    def __init__(self, made: Callable[[Callable[[ColumnElement[str]], ColumnElement[bool]]], Any]) -> None:
        self._one, self._many = Statement(made(lambda column: column == bindparam(LISTED))), Statement(made(Among))

    def all(self, tx: Connection, values: Values, listed: Sequence[str]) -> list[Any]:
        """The rows; none is found in an empty list."""
        if not listed:
            return []
        if len(listed) == 1:
            return self._one.all(tx, {**values, LISTED: listed[0]})
        bound = json.dumps(listed) if tx.dialect.name == "sqlite" else list(listed)
        return self._many.all(tx, {**values, LISTED: bound})


class Rows:
    """The INSERT of rows, one or many, that name the same columns: one statement, however many they are. Their numbers
    follow their order. In a file it is stepped for each: that costs nothing but the row itself.

    `same`: columns that are this expression in each; `then`: what is to be added to the INSERT of either database.
    """

    def __init__(self, table: Table, then: Callable[[Any], Any] = lambda made: made, **same: Any) -> None:
        self._table, self._then, self._same = table, then, same
        self._one = Statement(lambda tx: then(self._begun(tx).values(**same).inline()))
        self._many: dict[tuple[str, ...], Statement] = {}

    def put(self, tx: Connection, rows: Sequence[Values], **values: Any) -> None:
        """`values`: what `same` asks for."""
        if len(rows) == 1:
            self._one.run(tx, {**rows[0], **values} if values else rows[0])
            return
        if not rows or tx.dialect.name == "sqlite":
            self._one.run_each(tx, [{**row, **values} for row in rows] if values else rows)
            return
        names = tuple(rows[0])
        if names not in self._many:
            self._many[names] = Statement(self._unnested(names))
        self._many[names].run(tx, {**{name: [row[name] for row in rows] for name in names}, **values})

    def _begun(self, tx: Connection) -> Any:
        return (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(self._table)

    def _unnested(self, names: Sequence[str]) -> Any:
        """One array for each column: the server makes rows of them, in their order."""
        kinds = [postgresql.ARRAY(self._table.c[name].type) for name in names]
        arrays = [cast(bindparam(name, type_=kind), kind) for name, kind in zip(names, kinds, strict=True)]
        rows = func.unnest(*arrays).table_valued(*names, with_ordinality="place").render_derived("given")
        found = select(*(rows.c[name] for name in names), *self._same.values()).order_by(rows.c.place)
        made = postgresql.insert(self._table).from_select([*names, *self._same], found, include_defaults=False)
        return self._then(made)


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
