"""One line of what `make bench` prints, and the printing."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """`reached` is None where nothing is asked for."""

    what: str
    measured: str
    beside: str = ""
    ratio: str = ""
    target: str = ""
    reached: bool | None = None


def at_least(what: str, measured: float, floor: float, least: float, unit: str) -> Line:
    """More is better: a share of the floor."""
    ratio = measured / floor
    return Line(
        what, f"{measured:.0f} {unit}", f"{floor:.0f} {unit}", f"{ratio:.2f}", f">= {least:.2f}", ratio >= least
    )


def at_most(what: str, measured: float, most: float, unit: str, beside: str = "") -> Line:
    """Less is better: a bound."""
    shown = f"{measured:.0f}" if measured >= 100 else f"{measured:.2f}" if measured < 10 else f"{measured:.1f}"
    return Line(what, f"{shown} {unit}", beside, f"{measured / most:.2f}", f"<= {most:g} {unit}", measured <= most)


def printed(lines: Sequence[Line]) -> str:
    heads = Line("what", "measured", "beside", "ratio", "target")
    marks = {None: "", True: "yes", False: "NO"}
    cells = [[one.what, one.measured, one.beside, one.ratio, one.target] for one in (heads, *lines)]
    rows = [[*row, mark] for row, mark in zip(cells, ["reached", *(marks[one.reached] for one in lines)], strict=True)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
