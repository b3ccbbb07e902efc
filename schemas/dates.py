"""Days as people write them: what could be another day, or nobody's, is none, and nothing is guessed. Times and days as
tools write them: where one cannot be read for certain the time of receipt counts. Pure."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from flask_babel import lazy_gettext as _

from schemas.normal import bare, certain_day, real_day

_TOKENS = re.compile(r"YYYY|YY|MM|DD")
_DIGITS = {
    "YYYY": "(?P<Y>[0-9]{4})",
    "YY": "(?P<Y>%s[0-9]{2})",
    "MM": "(?P<M>[0-9]{%s})",
    "DD": "(?P<D>[0-9]{%s})",
}
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))? ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_FIRST_BIRTH = date(1900, 1, 1)
_FIRST_YEAR = 1000
"""Before it, a year is one of two digits that somebody filled with zeros, or Go's zero date."""
_AHEAD = 20
"""Years that a day of two-digit year may lie after the answer, birth dates aside; as Java's SimpleDateFormat has it."""
_SHORT_YEAR = 2
_DAY_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?")
_COUNT = re.compile(r"\d{1,15}(?:\.\d{1,9})?")


def date_pattern(form: str) -> re.Pattern[str] | None:
    """`DD/MM/YYYY` as a pattern, or None when `form` does not name day, month and year once each.

    With separators in the form, people may write other separators, leave out leading zeros and write a year whole.
    """
    tokens, between = _TOKENS.findall(form), _TOKENS.split(form)
    if sorted(token[0] for token in tokens) != ["D", "M", "Y"] or re.search(r"[^\W_]", "".join(between)):
        return None
    loose = all(between[1:3])
    free = {"YY": "[0-9]{4}|" if loose else "", "MM": "1,2" if loose else "2", "DD": "1,2" if loose else "2"}
    groups = [_DIGITS[token].replace("%s", free.get(token, "")) for token in tokens]
    return re.compile((r"[\W_]{1,3}" if loose else "").join(groups))


@dataclass(frozen=True, slots=True)
class Days:
    """How the days of one question are read: by the form that the hook says, else what is certain.

    `zone`: the hook's. `birth`: the day lies between 1900 and the answer.
    """

    pattern: re.Pattern[str] | None = None
    zone: tzinfo = UTC
    birth: bool = False

    def read(self, text: str, said_at: datetime | None, *, typed: bool = False) -> date:
        """`typed`: the tool says that it is a date, so ISO goes before the hook's form. Without `said_at` a year of two
        digits is not read. Raises ValueError with a sentence."""
        said, last = bare(text), None if said_at is None else said_at.astimezone(self.zone).date()
        formed = self.formed(said, last)
        standing = iso_day(said, self.zone)
        found = (standing or formed) if typed else (formed or standing)
        found = found or certain_day(said)
        if found is None or found.year < _FIRST_YEAR:
            raise ValueError(_("Not a day that can be read for certain."))
        if self.birth and not _FIRST_BIRTH <= found <= (last or date.max):
            raise ValueError(_("Nobody's birth date: before 1900, or after the answer."))
        return found

    def formed(self, said: str, last: date | None) -> date | None:
        """The day in the form that the hook says, whatever day that is."""
        found = self.pattern.fullmatch(said) if self.pattern is not None else None
        if found is None:
            return None
        year, month, day = found["Y"], int(found["M"]), int(found["D"])
        if len(year) > _SHORT_YEAR:
            return real_day(year, month, day)
        return None if last is None else self._of_short_year(int(year), month, day, last)

    def _of_short_year(self, short: int, month: int, day: int, last: date) -> date | None:
        """28 is 1928 for somebody born: the latest year that is not after the answer."""
        latest = last.year if self.birth else last.year + _AHEAD
        year = latest - (latest - short) % 100
        if self.birth and (year, month, day) > (last.year, last.month, last.day):
            year -= 100
        return real_day(year, month, day)


def is_written(text: str, form: str) -> bool:
    """Whether a day is written in this form, to the letter of it."""
    pattern = date_pattern(form)
    return pattern is not None and Days(pattern).formed(bare(text), None) is not None


def iso_day(said: str, zone: tzinfo) -> date | None:
    """The day of an ISO day or time, as it is written; but of an instant that is midnight in the zone, the zone's day.

    JavaScript, Make and Power Automate write the fifth of July in Paris as `1986-07-04T22:00:00.000Z`.
    """
    found = _ISO.fullmatch(said)
    if found is None:
        return None
    day, clock, part, offset = found.groups()
    try:
        written = date.fromisoformat(day)
        if clock is None:
            return written
        at = datetime.fromisoformat(f"{day}T{clock}{(offset or '').replace('UTC', 'Z')}")
        return written if part is not None and part.strip("0") else _of_midnight(at, zone) or written
    except (ValueError, OverflowError):
        return None


def _of_midnight(at: datetime, zone: tzinfo) -> date | None:
    """The zone's day that begins at this instant; None where none does, or the text itself says midnight."""
    if at.tzinfo is None or at.time() == time():
        return None
    there = at.astimezone(zone)
    begins = datetime.combine(there.date(), time(), zone)  # where clocks skip midnight, the first moment after it
    return there.date() if there.time() == time() or begins.astimezone(UTC) == at else None


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
    if isinstance(said, bool) or not _COUNT.fullmatch(str(said).strip()):
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
