"""Where the parts of a chart lie: numbers in, places of an SVG out. The charts are drawn by templates/charts.html.

Nothing is drawn that is not in the table below its chart too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor, log10
from typing import TypeAlias

from babel.dates import format_date, format_timedelta

from bridge.pages.shown import language, number

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 16, 14, 28
_SPARK_WIDTH, _SPARK_HEIGHT, _EDGE = 132, 30, 3
_SECOND, _MINUTE, _HOUR = 1000, 60_000, 3_600_000
_SPANS = (
    *(many * _SECOND for many in (2, 4, 10, 20, 40)),
    *(many * _MINUTE for many in (1, 2, 4, 10, 20, 40)),
    *(many * _HOUR for many in (1, 2, 4, 12, 24, 48, 96, 192)),
)
"""What a chart of times reaches up to: half of each is easily read too."""


Stack: TypeAlias = Sequence[tuple[int, float]]
"""The values of a column from the ground up, each with its series."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a column: of which series, counted from 1."""

    series: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    x: float
    width: float
    middle: float
    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines`: heights with what is written beside them."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    bottom: int = HEIGHT - _BOTTOM


@dataclass(frozen=True, slots=True)
class Spark:
    """Points of a line, and of the band within which it usually lies; empty where too little is known."""

    line: str
    band: str
    end: tuple[float, float]
    width: int = _SPARK_WIDTH
    height: int = _SPARK_HEIGHT


def counted(columns: Sequence[Stack], labels: Sequence[str]) -> Chart:
    """How many of each series lie on each other, in whole numbers."""
    top = _round(_most(columns))
    steps = [top] if top < 2 else [top / 2, top]  # noqa: PLR2004 - half a submission is none
    return _chart(columns, labels, top, [(step, number(round(step))) for step in steps])


def timed(columns: Sequence[Stack], labels: Sequence[str]) -> Chart:
    """Milliseconds that lie on each other."""
    most = _most(columns)
    top = next((one for one in _SPANS if one >= most), most)
    return _chart(columns, labels, top, [(step, span(step)) for step in (top / 2, top)])


def spark(values: Sequence[int], usual: Sequence[tuple[int, int] | None]) -> Spark:
    top = max([1, *values, *(one[1] for one in usual if one)])

    def at(index: int, value: float) -> tuple[float, float]:
        x = _EDGE + index * (_SPARK_WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
        return round(x, 1), round(_SPARK_HEIGHT - _EDGE - value / top * (_SPARK_HEIGHT - 2 * _EDGE), 1)

    known = [(index, one) for index, one in enumerate(usual) if one is not None]
    band = [at(index, one[1]) for index, one in known] + [at(index, one[0]) for index, one in reversed(known)]
    line = [at(index, value) for index, value in enumerate(values)]
    return Spark(_points(line), _points(band) if len(known) > 1 else "", line[-1] if line else (0, 0))


def short(at: date) -> str:
    """`21 Nov`, below a column."""
    return str(format_date(at, "d MMM", locale=language()))


def span(ms: float) -> str:
    """How long, in the largest unit that still says something."""
    if 0 < ms < _SECOND:
        return str(format_timedelta(timedelta(seconds=1), format="short", locale=language()))
    return str(format_timedelta(timedelta(milliseconds=ms), format="short", threshold=1.5, locale=language()))


def _chart(columns: Sequence[Stack], labels: Sequence[str], top: float, lines: Sequence[tuple[float, str]]) -> Chart:
    room, each = HEIGHT - _TOP - _BOTTOM, (WIDTH - _LEFT - _RIGHT) / max(1, len(columns))
    tall = room / top if top else 0.0
    made = []
    for index, values in enumerate(columns):
        x, y, parts = _LEFT + index * each, float(HEIGHT - _BOTTOM), []
        for series, value in values:
            if value > 0:
                height = value * tall
                y -= height
                parts.append(Part(series, round(y, 1), round(max(height, 1.0), 1)))
        place = (round(x + each * 0.14, 1), round(each * 0.72, 1), round(x + each / 2, 1))
        made.append(Column(*place, labels[index], tuple(parts)))
    drawn = tuple((round(HEIGHT - _BOTTOM - value * tall, 1), label) for value, label in lines if top)
    return Chart(tuple(made), drawn)


def _most(columns: Sequence[Stack]) -> float:
    return max((sum(value for _series, value in one) for one in columns), default=0)


def _round(most: float) -> float:
    """The next number that is easily read, and half of which is: 1, 2, 4, 6, 8, 10, 20..."""
    if most <= 0:
        return 0
    ten = 10.0 ** floor(log10(most))
    return next(step * ten for step in (1, 2, 4, 6, 8, 10) if step * ten >= most)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)
