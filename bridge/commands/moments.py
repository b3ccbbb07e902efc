"""Moments as people write them at a terminal: a day, a time, a few plain words, in French or English."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from bridge.commands.command import Refused
from schemas import normal

_TODAY = ("today", "aujourd'hui")
_YESTERDAY = ("yesterday", "hier")
_NOW = ("now", "maintenant")
_AGO = re.compile(r"([0-9]{1,5}) ?(d|j|h|days?|jours?|hours?|heures?)(?: ago)?")
_DAY = re.compile(r"([0-9]{4}) ([0-9]{2}) ([0-9]{2})")
"""Folded: its hyphens are blanks."""
_TIME = re.compile(
    r"[0-9]{4}(?:-[0-9]{2}){2}[T ][0-9]{2}(?::[0-9]{2}){1,2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
"""Less than Python reads, which takes any sign between day and time."""
_HOURS = "h"


def span(
    since: str | None, until: str | None, now: datetime, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """What --since and --until say, where they were said. Raises Refused, also where nothing lies between the two."""
    from_ = begins("--since", since, now, zone) if since is not None else None
    to = ends("--until", until, now, zone) if until is not None else None
    if from_ is not None and from_ >= (to or now):
        both = {"since": normal.to_ms(from_), "until": normal.to_ms(to or now)}
        raise Refused(_("Nothing lies between %(since)s and %(until)s: --since comes before --until.", **both))
    return from_, to


def begins(option: str, text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """A day begins when it does in this zone. Raises Refused."""
    return _moment(option, text, now, zone, days=0)


def ends(option: str, text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The same for an end: of a day that is named it is the day's own, so that it is within."""
    return _moment(option, text, now, zone, days=1)


def _moment(option: str, text: str, now: datetime, zone: ZoneInfo, days: int) -> datetime:
    said = normal.folded(text)
    try:
        day = _day(said, now.astimezone(zone).date())
        if day is not None:
            return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC)
        return _time(text, said, now, zone)
    except (ValueError, OverflowError):
        raise Refused(
            _(
                "%(option)s: not a moment that we can read: %(text)s. Write a day (2026-11-22), a time "
                "(2026-11-22T14:30, or with +01:00 or Z), today, yesterday, now, or how long ago: 7 days, 12 hours.",
                option=option,
                text=text,
            )
        ) from None


def _day(said: str, today: date) -> date | None:
    """None where it names no day. Raises ValueError for one that there is not."""
    if said in (*_TODAY, *_YESTERDAY):
        return today - timedelta(days=said in _YESTERDAY)
    if found := _DAY.fullmatch(said):
        return date(*(int(part) for part in found.groups()))
    return None


def _time(text: str, said: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Raises ValueError, OverflowError."""
    if said in _NOW:
        return now
    if found := _AGO.fullmatch(said):
        many = int(found[1])
        return now - (timedelta(hours=many) if found[2].startswith(_HOURS) else timedelta(days=many))
    written = normal.bare(text).upper()
    if not _TIME.fullmatch(written):
        raise ValueError
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
