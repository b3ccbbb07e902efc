"""What an answer becomes before it is sent: a marshmallow field for each `as` of a hook. Not where it goes.

A message is a sentence about the kind of fault and never holds the answer.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from marshmallow import ValidationError, fields

from schemas import normal
from schemas.countries import country_code, country_name
from schemas.genders import gender
from schemas.names import split_name

_T = TypeVar("_T")

TRUE = frozenset({"true", "1", "yes", "y", "oui", "o", "on", "vrai", "x", "✓", "✔", "checked"})
FALSE = frozenset({"false", "0", "no", "n", "non", "off", "faux", "unchecked"})

_NUMBER = re.compile(r"([+-]?)([0-9]{1,18})(?:[.,]([0-9]{1,9}))?")
_THOUSANDS = re.compile(r"(?<=[0-9])[ \u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.,]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_TOKENS = re.compile(r"YYYY|YY|MM|DD")
_DIGITS = {
    "YYYY": "(?P<Y>[0-9]{4})",
    "YY": "(?P<y>[0-9]{2})",
    "MM": "(?P<M>[0-9]{%s})",
    "DD": "(?P<D>[0-9]{%s})",
}
_NEXT_CENTURY = 30


class Iso(str):
    """A day that the tool itself wrote, so in ISO, whatever the hook says of how people write theirs."""

    __slots__ = ()


def spoken(value: object) -> str:
    """One answer as text: `true` and `false`, whole numbers without a point, an address's parts in order."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return ", ".join(part for part in value.values() if part)
    return str(value)


def spoken_each(value: object) -> tuple[str, ...]:
    """Every text of an answer: those chosen when it is a list, else the one that it is."""
    return tuple(spoken(one) for one in value) if isinstance(value, list | tuple) else (spoken(value),)


class Said(fields.Field[_T], Generic[_T]):
    """A field that reads one text. A list of one is that one; of several, a fault."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> _T:
        return self.hear(super()._deserialize(value, attr, data, **kwargs))

    def hear(self, value: object) -> _T:
        if isinstance(value, Iso):
            return self.read(value)
        texts = spoken_each(value)
        if len(texts) != 1:
            raise ValidationError("Several answers where one is wanted.")
        return self.read(texts[0])

    def read(self, text: str) -> _T:
        raise NotImplementedError


class Text(Said[str]):
    """Also names: NFC, no control characters, trimmed; never another case. Several answers are joined."""

    def hear(self, value: object) -> str:
        return self.read(", ".join(text for text in spoken_each(value) if text.strip()))

    def read(self, text: str) -> str:
        return normal.cleaned(text)


class Mail(Said[str]):
    """Sent as the person wrote it: the merge compares mails folded, so another case alone changes nothing."""

    def read(self, text: str) -> str:
        if normal.mail(text) is None:
            raise ValidationError("Not a mail address.")
        return normal.bare(text).removeprefix("mailto:")


class Phone(Said[str]):
    """E.164. `country`, else `region`, reads national spellings."""

    def __init__(self, region: str, country: str) -> None:
        super().__init__()
        self.region, self.country = region, country

    def read(self, text: str) -> str:
        number = normal.phone(text, self.region, self.country)
        if number is None:
            raise ValidationError("Not a phone number.")
        return number


class Number(Said[str]):
    """Digits as text: a decimal comma is read, spaces between thousands go. `whole`: only integers."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.whole = whole

    def read(self, text: str) -> str:
        found = _NUMBER.fullmatch(_THOUSANDS.sub("", normal.bare(text)))
        if found is None:
            raise ValidationError("Not a number.")
        decimals = (found[3] or "").rstrip("0")
        if decimals and self.whole:
            raise ValidationError("Not a whole number.")
        digits = str(int(found[2])) + ("." + decimals if decimals else "")
        return "-" + digits if found[1] == "-" and digits != "0" else digits


class Bool(Said[bool]):
    """Yes and no in the spellings that tools send. Anything else is a fault, never a no."""

    def read(self, text: str) -> bool:
        word = normal.folded(text)
        if word not in TRUE | FALSE:
            raise ValidationError("Neither yes nor no.")
        return word in TRUE


def date_pattern(form: str) -> re.Pattern[str] | None:
    """`DD/MM/YYYY` as a pattern, or None when `form` does not name day, month and year once each.

    With separators in the form, people may write other separators and leave out leading zeros.
    """
    tokens, between = _TOKENS.findall(form), _TOKENS.split(form)
    if sorted(token[0] for token in tokens) != ["D", "M", "Y"] or re.search(r"[^\W_]", "".join(between)):
        return None
    loose = all(between[1:3])
    groups = [_DIGITS[t].replace("%s", "1,2" if loose else "2") for t in tokens]
    return re.compile((r"[\W_]{1,3}" if loose else "").join(groups))


class Date(Said[str]):
    """A calendar day that exists, as Qomon stores it (midnight UTC). Of a time the day as written is kept.

    Two-digit years: 00 to 29 are 2000 to 2029, the others 1930 to 1999 (no clock is read here).
    """

    def __init__(self, form: str | None = None) -> None:
        super().__init__()
        self.pattern = date_pattern(form) if form else None

    def read(self, text: str) -> str:
        if self.pattern is None or isinstance(text, Iso):
            return normal.midnight(_iso(text))
        return normal.midnight(_written(text, self.pattern))


def _iso(text: str) -> date:
    found = _ISO.fullmatch(normal.bare(text))
    if found is None:
        raise ValidationError("Not a date in the form YYYY-MM-DD.")
    year, month, day = (int(part) for part in found[1].split("-"))
    return _day(year, month, day)


def _written(text: str, pattern: re.Pattern[str]) -> date:
    found = pattern.fullmatch(normal.bare(text))
    if found is None:
        raise ValidationError("Not a date in the form that the hook says.")
    parts = {name: int(digits) for name, digits in found.groupdict().items()}
    year = parts["Y"] if "Y" in parts else parts["y"] + (2000 if parts["y"] < _NEXT_CENTURY else 1900)
    return _day(year, parts["M"], parts["D"])


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValidationError("No such day in the calendar.") from None


class Told(Said[str]):
    """What a file beside this one reads; its ValueError is the sentence. Named parts are not one text."""

    def __init__(self, told: Callable[[str], str]) -> None:
        super().__init__()
        self.told = told

    def hear(self, value: object) -> str:
        if isinstance(value, Mapping):
            raise ValidationError("Named parts where one text is wanted. Name one with a dot.")
        return super().hear(value)

    def read(self, text: str) -> str:
        try:
            return self.told(text)
        except ValueError as fault:
            raise ValidationError(str(fault)) from None


class Each(Said[tuple[str | bool, ...]]):
    """Every text of an answer through one reader: for tags, choices and tables of values. Empty ones go."""

    def __init__(self, each: "Reader") -> None:
        super().__init__()
        self.each = each

    def hear(self, value: object) -> tuple[str | bool, ...]:
        read: list[str | bool] = [self.each.read(text) for text in spoken_each(value)]
        return tuple(one for one in read if one != "")


Reader: TypeAlias = Said[str] | Said[bool]
CONVERSIONS = frozenset({"text", "name", "mail", "phone", "number", "date", "bool", "country", "gender", "split_name"})


def reader(
    convert: str, region: str, form: str | None = None, *, whole: bool = False, field: str = "", country: str = ""
) -> Reader:
    """The field of an `as`. `form` is that of dates; `whole` asks numbers to be integers; `field`: where it goes."""
    made: Mapping[str, Callable[[], Reader]] = {
        "text": Text,
        "name": Text,
        "mail": Mail,
        "phone": partial(Phone, region, country),
        "number": partial(Number, whole=whole),
        "date": partial(Date, form),
        "bool": Bool,
        "country": partial(Told, country_code if field == "nationality" else country_name),
        "gender": partial(Told, gender),
        "split_name": partial(Told, lambda text: split_name(text)[field == "surname"]),
    }
    return made[convert]()
