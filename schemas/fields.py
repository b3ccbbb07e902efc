"""What an answer becomes before it is sent: a marshmallow field for each `as` of a hook. Not where it goes.

A message is a sentence about the kind of fault and never holds the answer.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields
from marshmallow.experimental.context import Context

from schemas import normal
from schemas.countries import country_code, country_name
from schemas.dates import Days, date_pattern
from schemas.names import split_name
from schemas.numbers import from_float, number
from schemas.words import gender

_T = TypeVar("_T")

TRUE = frozenset({"true", "1", "yes", "y", "oui", "o", "on", "vrai", "x", "✓", "✔", "checked"})
FALSE = frozenset({"false", "0", "no", "n", "non", "off", "faux", "unchecked"})

SaidAt: TypeAlias = Context[datetime | None]
"""When the answers that are being read were given, where somebody knows."""


class Typed(str):
    """A text that the tool calls a date, so mostly in ISO, whatever the hook says of how people write theirs."""

    __slots__ = ()


def spoken(value: object) -> str:
    """One answer as text: `true` and `false`, whole numbers without a point, an address's parts in order."""
    if type(value) is str:
        return value
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
        if isinstance(value, Typed):
            return self.read(value)
        texts = spoken_each(value)
        if len(texts) != 1:
            raise ValidationError([_("Several answers where one is wanted.")])
        return self.read(texts[0])

    def read(self, text: str) -> _T:
        raise NotImplementedError


class Text(Said[str]):
    """Also names: NFC, no control characters, trimmed; never another case. Several answers are joined."""

    def hear(self, value: object) -> str:
        return self.read(", ".join(text for text in spoken_each(value) if text.strip()))

    def read(self, text: str) -> str:
        return normal.cleaned(text)


class Number(Said[str]):
    """Digits as text, decimals after a point. `whole`: only integers."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.whole = whole

    def hear(self, value: object) -> str:
        one = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
        return self._checked(from_float(one)) if isinstance(one, float) else super().hear(value)

    def read(self, text: str) -> str:
        return self._checked(number(text))

    def _checked(self, digits: str | None) -> str:
        if digits is None:
            raise ValidationError([_("Not a number that can be read for certain.")])
        if self.whole and "." in digits:
            raise ValidationError([_("Not a whole number.")])
        return digits


class ReadBy(Said[_T]):
    """What a function reads; its ValueError is the sentence. `parts`: named parts are read as one text."""

    def __init__(self, by: Callable[[str], _T], *, parts: bool = False) -> None:
        super().__init__()
        self.by, self.parts = by, parts

    def hear(self, value: object) -> _T:
        if isinstance(value, Mapping) and not self.parts:
            raise ValidationError([_("Named parts where one text is wanted. Name one with a dot.")])
        return super().hear(value)

    def read(self, text: str) -> _T:
        try:
            return self.by(text)
        except ValueError as fault:
            raise ValidationError([*fault.args]) from None


def _mail(text: str) -> str:
    """Sent as the person wrote it: the merge compares mails folded, so another case alone changes nothing."""
    if normal.mail(text) is None:
        raise ValueError(_("Not a mail address."))
    return normal.bare(text).removeprefix("mailto:")


def _phone(text: str, region: str, country: str) -> str:
    """E.164. `country`, else `region`, reads national spellings."""
    number = normal.phone(text, region, country)
    if number is None:
        raise ValueError(_("Not a phone number."))
    return number


def _agreed(text: str) -> bool:
    """Yes and no in the spellings that tools send. Anything else is a fault, never a no."""
    word = normal.folded(text)
    if word not in TRUE | FALSE:
        raise ValueError(_("Neither yes nor no."))
    return word in TRUE


def _day(text: str, days: Days) -> str:
    """A calendar day that exists, as Qomon stores it (midnight UTC)."""
    said_at: datetime | None = Context.get(None)
    return normal.midnight(days.read(text, said_at, typed=isinstance(text, Typed)))


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
    convert: str,
    region: str,
    form: str | None = None,
    *,
    whole: bool = False,
    field: str = "",
    zone: tzinfo = UTC,
    country: str = "",
) -> Reader:
    """The field of an `as`. `form` is that of dates and `zone` the hook's; `whole` asks numbers to be integers;
    `field`: where it goes."""
    days = Days(date_pattern(form) if form else None, zone, field == "birthdate")
    made: Mapping[str, Callable[[], Reader]] = {
        "text": Text,
        "name": Text,
        "mail": lambda: ReadBy(_mail, parts=True),
        "phone": lambda: ReadBy(partial(_phone, region=region, country=country), parts=True),
        "number": partial(Number, whole=whole),
        "date": lambda: ReadBy(partial(_day, days=days), parts=True),
        "bool": lambda: ReadBy(_agreed, parts=True),
        "country": lambda: ReadBy(country_code if field == "nationality" else country_name),
        "gender": lambda: ReadBy(gender),
        "split_name": lambda: ReadBy(lambda text: split_name(text)[field == "surname"]),
    }
    return made[convert]()
