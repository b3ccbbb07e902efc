"""How each value of a hook file is written, and what is said when it is not. Which keys there are is in `hook`.

Everything arrives as text (YAML read without types). Messages are sentences that say what to write instead.
"""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from marshmallow import RAISE, Schema, ValidationError, fields

from schemas.dates import date_pattern
from schemas.normal import folded
from schemas.paths import path_fault

BOTH_NAMES = ("firstname", "surname")


def near(word: str, known: Collection[str]) -> str:
    """` Did you mean ...?` with a leading space when something known looks alike, else nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean `{close[0]}`?" if close else ""


class Told(Schema):
    """A table of the file. Keys that it does not know are faults, with the nearest one that it does."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "unknown": "unknown",
        "type": "must be a table such as {key: value}.",
    }

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:  # noqa: ARG002
        known = {field.data_key or name for name, field in self.fields.items()}
        messages = error.messages
        if isinstance(messages, dict):
            for key, told in messages.items():
                if told == ["unknown"]:
                    messages[key] = [f"is no key here.{near(key, known)} Known are {', '.join(sorted(known))}."]


class Line(fields.Field[Any]):
    """One text that is not empty, trimmed."""

    default_error_messages = {"required": "is missing."}  # noqa: RUF012 - as marshmallow declares it

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return self.take(super()._deserialize(value, attr, data, **kwargs))

    def take(self, written: object) -> Any:
        if not isinstance(written, str):
            raise ValidationError("must be one text, not a list or a table.")
        if not written.strip():
            raise ValidationError("has no value.")
        return self.read(written.strip())

    def read(self, text: str) -> Any:
        return text


class Word(Line):
    """One of the words that are known."""

    def __init__(self, known: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = tuple(known)

    def read(self, text: str) -> Any:
        if text not in self.known:
            known = ", ".join(self.known)
            raise ValidationError(f"`{text}` is not known.{near(text, self.known)} Known are {known}.")
        return text


class Shaped(Line):
    """A text of a certain form; `says` is what to write."""

    def __init__(self, pattern: str, says: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pattern, self.says = re.compile(pattern), says

    def read(self, text: str) -> Any:
        if not self.pattern.fullmatch(text):
            raise ValidationError(self.says)
        return text


class Some(Line):
    """One or a list of `each`, as a tuple: at least one, none twice."""

    def __init__(self, each: Line, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.each = each

    def take(self, written: object) -> Any:
        listed = written if isinstance(written, list) else [written]
        found = tuple(self.each.deserialize(one) for one in listed)
        if not found or len(set(found)) < len(found):
            raise ValidationError("needs at least one, and none twice.")
        return found


class Count(Line):
    """A whole number from 1 to `most`; `says` is what to write."""

    def __init__(self, most: int, says: str) -> None:
        super().__init__()
        self.most, self.says = most, says

    def read(self, text: str) -> Any:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(self.most)) else 0
        if not 1 <= number <= self.most:
            raise ValidationError(self.says)
        return number


class Span(Line):
    """`2s`, `500ms`, `5m` or `0`, within bounds; `says` is what to write."""

    def __init__(self, least: timedelta, most: timedelta, says: str) -> None:
        super().__init__()
        self.least, self.most, self.says = least, most, says

    def read(self, text: str) -> Any:
        found = re.fullmatch(r"([0-9]{1,5})(ms|s|m)|0", text)
        unit = {"ms": 1, "s": 1000, "m": 60_000, None: 0}[found[2]] if found else 0
        span = timedelta(milliseconds=int(found[1] or 0) * unit) if found else timedelta.max
        if not self.least <= span <= self.most:
            raise ValidationError(self.says)
        return span


class Zone(Line):
    def read(self, text: str) -> Any:
        try:
            return ZoneInfo(text)
        except (ValueError, OSError, LookupError):
            raise ValidationError("is no time zone. Write one such as Europe/Paris.") from None


class Region(Line):
    def read(self, text: str) -> Any:
        if text not in phonenumbers.SUPPORTED_REGIONS:
            raise ValidationError("is no country in two capitals, such as FR.")
        return text


class Conversion(Word):
    """`as`: a word, or {date: DD/MM/YYYY}. Loads to (word, form of dates)."""

    def take(self, written: object) -> Any:
        if not isinstance(written, dict):
            return super().take(written), None
        form = written.get("date")
        if list(written) != ["date"] or not isinstance(form, str) or date_pattern(form) is None:
            raise ValidationError("takes a table only for dates, such as {date: DD/MM/YYYY}.")
        return "date", form


class To(Line):
    """Where a rule writes, as a tuple: one target, or the two that a whole name is split into."""

    def take(self, written: object) -> Any:
        if not isinstance(written, list):
            return (super().take(written),)
        if tuple(written) != BOTH_NAMES:
            raise ValidationError("takes a list only for names: to: [firstname, surname], as: split_name.")
        return BOTH_NAMES


class Path(Line):
    """JMESPath."""

    def read(self, text: str) -> Any:
        fault = path_fault(text)
        if fault is not None:
            raise ValidationError(fault)
        return text


class Values(Line):
    """A table from what the form says to what Qomon gets. No two lines differ in case or accents only."""

    def take(self, written: object) -> dict[str, str]:
        table = written if isinstance(written, dict) else {}
        if not table or not all(isinstance(to, str) and to.strip() for to in table.values()):
            raise ValidationError("must be a table of texts such as {Oui: yes, Non: nothing}.")
        if len({folded(said) for said in table}) < len(table):
            raise ValidationError("names one answer twice (case and accents do not count). Remove one.")
        return {said.strip(): to.strip() for said, to in table.items()}
