"""What somebody said, so far that a person can judge whether it is an answer, and not whose it is. Pure."""

import re
from collections.abc import Mapping

from bridge.model import Value

HIDDEN = "•••"
_MAIL = re.compile(r"([^\W_])[^\s@]*@([^\W_])[^\s@]*\.([a-z]{2,6})", re.IGNORECASE)
_DIGITS = 6
"""Signs that are digits and no letters, from so many on, are a number of somebody: its last two are shown."""
_WORDS = 3
_LONGEST = 80


def masked(value: Value) -> str:
    """An address as `z•••@e•••.org`, the last two digits of a number, of other words the initials; a list and a table
    likewise, part by part. Empty for an empty answer."""
    if isinstance(value, str):
        return _text(value.strip())
    if isinstance(value, tuple):
        return ", ".join(filter(None, map(masked, value)))
    if isinstance(value, Mapping):
        return ", ".join(filter(None, map(masked, value.values())))
    return HIDDEN if value is not None else ""


def asked(label: str) -> str:
    """A question's label on one line, whoever wrote it; masked where it is no question but somebody's address or
    number."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in label).split())
    held = _MAIL.search(line) or len(re.findall(r"\d", line)) >= _DIGITS
    return masked(line) if held else line[:_LONGEST] + ("…" if len(line) > _LONGEST else "")


def _text(said: str) -> str:
    if mail := _MAIL.fullmatch(said):
        return f"{mail[1]}{HIDDEN}@{mail[2]}{HIDDEN}.{mail[3]}"
    digits = re.findall(r"[0-9]", said)
    if len(digits) >= _DIGITS and not any(sign.isalpha() for sign in said):
        return HIDDEN + "".join(digits[-2:])
    words = said.split()
    initials = [f"{next((sign for sign in word if sign.isalnum()), '•')}." for word in words[:_WORDS]]
    return " ".join([*initials, *(["…"] if len(words) > _WORDS else [])])
