"""Tables for spreadsheets (CSV, UTF-8), in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection)."""

_END = "\r\n"
"""The signs in it are those of a cell that the writer puts into quotes."""


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], between: str = ",") -> Iterator[str]:
    """The lines, headed; what a row lacks, and None, is an empty cell. A line may hold line ends, within quotes.
    `between` the cells: French spreadsheets take `;`."""
    yield _line(columns, between)
    for row in rows:
        yield _line([_cell(row.get(name)) for name in columns], between)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _line(cells: Iterable[str], between: str) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=between, lineterminator=_END).writerow(map(harmless, cells))
    return written.getvalue().removesuffix(_END)
