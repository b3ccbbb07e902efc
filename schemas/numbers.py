"""A number as people and tools write it. What could be two numbers is none: `1,000` is one to some and a thousand to
others. Pure."""

import math
import re
from decimal import Decimal

from schemas.normal import bare

_GROUPED = r"[1-9][0-9]{0,2}(?:%s[0-9]{3})+"
_BLANK = "[ \u00a0\u2009\u202f]"
_FORMS = tuple(
    re.compile(rf"(?P<sign>[+\-\u2212]?)(?P<whole>{whole})(?:{point}(?P<part>[0-9]{{1,9}}))?")
    for whole, point in (
        (r"[0-9]+", r"[.,]"),
        (_GROUPED % _BLANK, r"[.,]"),
        (_GROUPED % "['\u2019]", r"[.,]"),
        (_GROUPED % r"\.", r","),
        (_GROUPED % r",", r"\."),
    )
)
"""By what stands between the thousands."""
_LONGEST = 18
_EXACT = 2**53
"""From here on a floating number does not hold every integer."""


def number(text: str) -> str | None:
    """Digits with a point before decimals that are not zero: `-1234.5`. None where this is no number for certain."""
    said = bare(text)
    read = [one for form in _FORMS if (one := form.fullmatch(said))]
    signed = [(one["sign"] in ("-", "\u2212"), re.sub("[^0-9]", "", one["whole"]), one["part"] or "") for one in read]
    found = {_digits(*parts) for parts in signed}
    return found.pop() if len(found) == 1 else None


def from_float(value: float) -> str | None:
    """The same of a number that a tool sent as one."""
    if not math.isfinite(value) or abs(value) >= _EXACT:
        return None
    whole, _, part = f"{Decimal(repr(value)):f}".partition(".")
    return _digits(whole.startswith("-"), whole.lstrip("-"), part)


def _digits(minus: bool, whole: str, part: str) -> str | None:  # noqa: FBT001
    digits = whole.lstrip("0") or "0"
    decimals = part.rstrip("0")
    if len(digits) > _LONGEST:
        return None
    plain = f"{digits}.{decimals}" if decimals else digits
    return f"-{plain}" if minus and plain != "0" else plain
