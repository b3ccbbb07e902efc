"""Times and days as tools write them. What cannot be read for certain is None: then the time of receipt counts."""

import math
import re
from datetime import UTC, datetime, tzinfo
from typing import Any

_DAY_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?")
_DIGITS = re.compile(r"\d{1,15}(?:\.\d{1,9})?")


def moment(said: object, zone: tzinfo) -> datetime | None:
    """An ISO day and time in UTC; without an offset it is the zone's. None when this is no such text."""
    if not isinstance(said, str) or not _DAY_AND_TIME.match(said.strip()):
        return None
    try:
        return _in_utc(datetime.fromisoformat(said.strip()), zone)
    except (ValueError, OverflowError):
        return None


def written(said: object, zone: tzinfo, *forms: str) -> datetime | None:
    """A time in one of these forms (`%d/%m/%Y %H:%M:%S`), in the zone unless the form has an offset."""
    for form in forms:
        try:
            return _in_utc(datetime.strptime(str(said).strip(), form), zone)  # noqa: DTZ007  # the zone is added
        except (ValueError, OverflowError):
            continue
    return None


def epoch(said: object, per_second: int = 1) -> datetime | None:
    """A count since 1970, number or text; `per_second=1000` for milliseconds."""
    if isinstance(said, bool) or not _DIGITS.fullmatch(str(said).strip()):
        return None
    seconds = float(str(said)) / per_second
    try:
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
    except (ValueError, OverflowError, OSError):
        return None


def day(said: Any, *forms: str) -> Any:
    """A calendar day that a tool wrote as midnight, with an offset or not: the day as written, never shifted. One in a
    form of the tool's own (`%d/%m/%Y`) in ISO.

    Anything else stays as it is.
    """
    if not isinstance(said, str):
        return said
    found = _DAY.fullmatch(said.strip())
    if found:
        return found[1]
    for form in forms:
        at = written(said, UTC, form)
        if at:
            return at.strftime("%Y-%m-%dT%H:%M") if "%H" in form else at.date().isoformat()
    return said


def _in_utc(found: datetime, zone: tzinfo) -> datetime:
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
