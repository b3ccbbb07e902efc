"""The charts of the overview: which numbers stand in them, their tables, and the sentences above them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.operations.figures import Day, Figures
from bridge.operations.speed import Hour
from bridge.pages import drawing
from bridge.pages.shown import clock, day, number
from schemas import normal

_SHOWN = ("delivered", "created", "unchanged", "queued", "held", "failed")


def became(known: Figures) -> dict[str, Any]:
    """What became of what came in 14 days."""
    days = known.last
    columns = [_series(one) for one in days]
    names = [(1, _("Written")), (2, _("Nothing to change")), (3, _("Waiting")), (4, _("Held")), (5, _("Given up"))]
    many = sum(one.of() for one in days)
    waits = sum(one.of("queued", "held", "failed") for one in days)
    said = ngettext(
        "%(num)s submission in 14 days; %(waits)s of them still wait.",
        "%(num)s submissions in 14 days; %(waits)s of them still wait.",
        many,
        waits=number(waits),
    )
    return {
        "sentence": said,
        "many": many,
        "names": names,
        "chart": drawing.counted(columns, [drawing.short(one.day) for one in days]),
        "rows": [_row(one) for one in reversed(days)],
    }


def speed(hours: Sequence[Hour]) -> dict[str, Any] | None:
    """How long until Qomon had it, by hour; None where nothing was written."""
    if not hours:
        return None
    by_at = {one.at: one for one in hours}
    last = max(by_at)
    all_ = [by_at.get(last - back * 3_600_000) for back in range(23, -1, -1)]
    labels = [clock(normal.from_epoch_ms(last - back * 3_600_000)) for back in range(23, -1, -1)]
    worst = max(hours, key=lambda one: (one.median, one.slow))
    told = {"hour": clock(normal.from_epoch_ms(worst.at))}
    told |= {"median": drawing.span(worst.median), "slow": drawing.span(worst.slow)}
    said = _(
        "The slowest hour began at %(hour)s: half were in Qomon within %(median)s, 95 of 100 within %(slow)s.", **told
    )
    names = [(1, _("Until half of them are in Qomon")), (3, _("Of it waiting for Qomon’s quota"))]
    names.append((2, _("Until 95 of 100 are")))
    return {
        "sentence": said,
        "names": names,
        "chart": drawing.timed([_times(one) for one in all_], labels),
        "rows": [_hour(one) for one in reversed(hours)],
    }


def spark(known: Figures, hook: str) -> dict[str, Any]:
    """One webhook's 14 days, and within what each of them usually lies: the same weekday of the four weeks before."""
    days = known.last
    values = [one.of(hook=hook) for one in days]
    usual: list[tuple[int, int] | None] = []
    for one in days:
        before = [other.of(hook=hook) for other in known.same(one.day)]
        usual.append((min(before), max(before)) if len(before) > 1 else None)
    told = {"least": min(values, default=0), "most": max(values, default=0), "last": values[-1] if values else 0}
    title = _("14 days: from %(least)s to %(most)s a day, %(last)s today", **told)
    return {"drawn": drawing.spark(values, usual), "title": title}


def _series(one: Day) -> drawing.Stack:
    kinds = (("delivered", "created"), ("unchanged",), ("queued",), ("held",), ("failed",))
    return [(series, one.of(*outcomes)) for series, outcomes in enumerate(kinds, 1)]


def _row(one: Day) -> dict[str, Any]:
    counts = {outcome: one.of(outcome) for outcome in _SHOWN}
    received = one.of()
    return {
        "day": one.day,
        "name": day(one.day),
        "received": received,
        **counts,
        "others": received - sum(counts.values()),
    }


def _times(one: Hour | None) -> drawing.Stack:
    if one is None:
        return ()
    waited = one.median * one.quota
    return ((3, waited), (1, one.median - waited), (2, max(0, one.slow - one.median)))


def _hour(one: Hour) -> dict[str, Any]:
    begin = normal.from_epoch_ms(one.at)
    return {
        "at": begin,
        "until": begin + timedelta(hours=1),
        "looked": one.many,
        "median_ms": one.median,
        "slow_ms": one.slow,
        "quota": one.quota,
        "median": drawing.span(one.median),
        "slow": drawing.span(one.slow),
    }
