"""One answer of Qomon and what it says, in all the envelopes of docs/qomon.md 2.3, 2.4 and 3. Pure."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from math import isfinite
from typing import Any, NoReturn

import orjson
import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

_SUCCESS = 2
_DIGITS = re.compile(r"[0-9]{1,18}")
_PLACE = re.compile(r"[\w.\[\]-]{1,100}")
_COST = re.compile(r"\d{1,4}(\.\d+)?")
_NINES = bytes.maketrans(b"012345678", b"9" * 9)
_LONG = b"9" * 19


@dataclass(frozen=True, slots=True)
class Reply:
    """Qomon's answer. `body` is the parsed object, None when it is no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] | None

    @property
    def inside(self) -> dict[str, Any]:
        """What lies under `data` of a success; empty for everything else."""
        found = self.body.get("data") if self.body is not None and self.status // 100 == _SUCCESS else None
        return found if isinstance(found, dict) else {}

    @property
    def contact(self) -> dict[str, Any]:
        """The contact with or without its own key in the envelope (docs/qomon.md 3)."""
        found = self.inside.get("contact", self.inside)
        return numbered(found) if isinstance(found, dict) else {}

    @property
    def missing(self) -> bool:
        """Qomon's own 404. An HTML one comes from something in between and says nothing of the contact."""
        html = "html" in self.headers.get("content-type", "").lower()
        return self.status == HTTPStatus.NOT_FOUND and not html


def parsed(body: bytes) -> dict[str, Any] | None:
    try:
        found = _read(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _read(body: bytes) -> Any:
    """What orjson refuses may still be read: half a character, another encoding. And it rounds what is longer than 64
    bits. Raises ValueError, RecursionError.
    """
    with suppress(ValueError):
        if _LONG not in body.translate(_NINES):
            return orjson.loads(body)
    return _DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))


def _no_number(name: str) -> NoReturn:
    """NaN and Infinity are no JSON: they could not be sent back."""
    raise ValueError(name)


def _finite(text: str) -> float:
    """Nor could what Python reads as infinite: 1e999."""
    number = float(text)
    return number if isfinite(number) else _no_number(text)


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)


def number(value: object) -> int | None:
    """A whole number however it is written (710, 710.0, "710 "), None for what is none."""
    if type(value) is int:
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def numbered(contact: dict[str, Any]) -> dict[str, Any]:
    found = number(contact.get("id"))
    return contact if found is None or found is contact["id"] else {**contact, "id": found}


def has_id(contact: dict[str, Any]) -> bool:
    return type(contact.get("id")) is int


def listed(found: object) -> bool:
    """A list, or the null that Qomon writes for an empty one. A missing key is neither."""
    return found is None or isinstance(found, list)


def places(body: dict[str, Any] | None) -> tuple[str, ...]:
    """The `location`s of Qomon's problem object; its messages and values may repeat what a person wrote."""
    errors = (body or {}).get("errors")
    named = [e.get("location") for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return tuple(place for place in named[:20] if isinstance(place, str) and _PLACE.fullmatch(place))


def stated_cost(headers: Mapping[str, str], assumed: int) -> float:
    found = _COST.fullmatch(headers.get("x-ratelimit-cost", ""))
    return float(found[0]) if found else assumed


def told_at(headers: Mapping[str, str]) -> datetime | None:
    """When the answer was made, by its `Date`. None for an answer out of a cache, which is as old as that says."""
    if "age" in headers:
        return None
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Lost(Enum):
    """No answer came. NOT_SENT is certain: Qomon never saw the request."""

    NOT_SENT = "not sent"
    CUT = "cut"


_UNCONNECTED = (requests.ConnectTimeout, ConnectTimeoutError, NewConnectionError)


def before_sending(failure: Exception) -> bool:
    """Whether the connection was never made: nothing can have been applied."""
    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    return isinstance(failure, _UNCONNECTED) or isinstance(reason, NewConnectionError)
