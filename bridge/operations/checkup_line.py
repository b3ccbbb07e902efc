"""One line of the check-up, and its four words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Word: TypeAlias = Literal["bad", "look", "unknown", "good"]
WORDS: tuple[Word, ...] = ("bad", "look", "unknown", "good")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `at`: when, where that is not now."""

    code: str
    word: Word
    sentence: str
    fix: str = ""
    at: datetime | None = None
