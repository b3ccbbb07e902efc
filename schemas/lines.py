"""How each value of a hook file is written, and what is said when it is not. Which keys there are is in `hook`.

Everything arrives as text (YAML read without types). Messages are sentences that say what to write instead.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import OneOf, Range, Regexp

from schemas.dates import date_pattern
from schemas.normal import folded
from schemas.paths import path_fault

BOTH_NAMES = ("firstname", "surname")


def near(word: str, known: Collection[str]) -> str:
    """` Did you mean ...?` with a leading space when something known looks alike, else nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return gettext(" Did you mean %(names)s?", names=f"`{close[0]}`") if close else ""


def later(says: LazyString) -> str:
    """For a validator, which puts the sentence into words when it tells a fault: in its reader's language."""
    return cast("str", says)


class Table(Schema):
    """A table of the file. Keys that it does not know are faults, with the nearest one that it does."""

    class Meta:
        unknown = RAISE

    error_messages: dict[str, Any] = {  # noqa: RUF012 - as marshmallow declares it
        "unknown": "unknown",
        "type": _("must be a table such as {key: value}."),
    }

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:  # noqa: ARG002
        known = {field.data_key or name for name, field in self.fields.items()}
        messages = error.messages
        if isinstance(messages, dict):
            for key, told in messages.items():
                if told == ["unknown"]:
                    parts = {"near": near(key, known), "known": ", ".join(sorted(known))}
                    messages[key] = [gettext("is no key here.%(near)s Known are %(known)s.", **parts)]


class Line(fields.Field[Any]):
    """One text that is not empty, trimmed."""

    default_error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "required": [_("is missing.")],
        "invalid": [_("must be one text, not a list or a table.")],
        "blank": [_("has no value.")],
        "few": [_("needs at least one, and none twice.")],
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        return self.take(value)

    def take(self, written: object) -> Any:
        if not isinstance(written, str):
            raise self.make_error("invalid")
        if not written.strip():
            raise self.make_error("blank")
        return self.read(written.strip())

    def read(self, text: str) -> Any:
        return text


class Known(OneOf):
    """One of the words that are known."""

    def _format_error(self, value: str) -> str:
        parts = {"word": value, "near": near(value, list(self.choices)), "known": self.choices_text}
        return gettext("`%(word)s` is not known.%(near)s Known are %(known)s.", **parts)


def word(*known: str, **kwargs: Any) -> Line:
    return Line(validate=Known(known), **kwargs)


def shaped(pattern: str, says: LazyString, **kwargs: Any) -> Line:
    """A text of a certain form; `says` is what to write."""
    return Line(validate=Regexp(rf"(?:{pattern})\Z", error=later(says)), **kwargs)


class Some(Line):
    """One or a list of `each`, as a tuple: at least one, none twice."""

    def __init__(self, each: Line, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.each = each

    def take(self, written: object) -> tuple[Any, ...]:
        found = tuple(self.each.deserialize(one) for one in (written if isinstance(written, list) else [written]))
        if not found or len(set(found)) < len(found):
            raise self.make_error("few")
        return found


class Count(Line):
    """A whole number from 1 to `most`; `says` is what to write."""

    def __init__(self, most: int, says: LazyString) -> None:
        super().__init__(validate=Range(1, most, error=later(says)))

    def read(self, text: str) -> int:
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


class Span(Line):
    """`2s`, `500ms`, `5m` or `0`, within bounds; `says` is what to write."""

    def __init__(self, least: timedelta, most: timedelta, says: LazyString) -> None:
        super().__init__(validate=Range(least, most, error=later(says)))

    def read(self, text: str) -> timedelta:
        found = re.fullmatch(r"([0-9]{1,5})(ms|s|m)|0", text)
        unit = {"ms": 1, "s": 1000, "m": 60_000, None: 0}[found[2]] if found else 0
        return timedelta(milliseconds=int(found[1] or 0) * unit) if found else timedelta.max


class Zone(Line):
    def read(self, text: str) -> ZoneInfo:
        try:
            return ZoneInfo(text)
        except (ValueError, OSError, LookupError):
            raise ValidationError(gettext("is no time zone. Write one such as Europe/Paris.")) from None


class Conversion(Line):
    """`as`: a word of the known ones, or {date: DD/MM/YYYY}. Loads to (word, form of dates)."""

    def __init__(self, known: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.word = word(*known)

    def take(self, written: object) -> tuple[str, str | None]:
        if not isinstance(written, dict):
            return self.word.deserialize(written), None
        form = written.get("date")
        if list(written) != ["date"] or not isinstance(form, str) or date_pattern(form) is None:
            raise ValidationError(gettext("takes a table only for dates, such as {date: DD/MM/YYYY}."))
        return "date", form


class To(Line):
    """Where a rule writes, as a tuple: one target, or the two that a whole name is split into."""

    def take(self, written: object) -> tuple[str, ...]:
        if not isinstance(written, list):
            return (super().take(written),)
        if tuple(written) != BOTH_NAMES:
            raise ValidationError(gettext("takes a list only for names: to: [firstname, surname], as: split_name."))
        return BOTH_NAMES


class Path(Line):
    """JMESPath."""

    def read(self, text: str) -> str:
        fault = path_fault(text)
        if fault is not None:
            raise ValidationError(fault)
        return text


class Values(Line):
    """A table from what the form says to what Qomon gets. No two lines differ in case or accents only."""

    def take(self, written: object) -> dict[str, str]:
        table = written if isinstance(written, dict) else {}
        if not table or not all(isinstance(to, str) and to.strip() for to in table.values()):
            raise ValidationError(gettext("must be a table of texts such as {Oui: yes, Non: nothing}."))
        if len({folded(said) for said in table}) < len(table):
            raise ValidationError(gettext("names one answer twice (case and accents do not count). Remove one."))
        return {said.strip(): to.strip() for said, to in table.items()}


class Days(Line):
    """A table from variables to days, such as {$OLD: 2026-12-31}. What was written is not repeated: a secret may stand
    in the place of its variable."""

    def take(self, written: object) -> dict[str, date]:
        table = written if isinstance(written, dict) else {}
        try:
            days = {name.strip(): _day(text) for name, text in table.items()}
        except ValueError:
            days = {}
        if not days:
            raise ValidationError(gettext("must be a table of variables and days such as {$OLD: 2026-12-31}."))
        return days


def _day(text: object) -> date:
    """Raises ValueError."""
    if not isinstance(text, str) or not re.fullmatch(r"\s*2[0-9]{3}-[0-9]{2}-[0-9]{2}\s*", text):
        raise ValueError
    return date.fromisoformat(text.strip())
