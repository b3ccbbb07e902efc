"""What the time is, inside a statement: one clock for all who share a store (ledger.md 5). Reads nothing by itself."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement


class Now(ColumnElement[int]):
    """Milliseconds since the epoch. Each database says what it means by it; `b_now` is the caller's time."""

    inherit_cache = True
    type = BigInteger()

    def __init__(self) -> None:
        """One is enough: `NOW`."""


NOW: Any = Now()
"""In a statement that is executed with `b_now`."""
