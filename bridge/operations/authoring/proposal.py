"""One proposal for one question: where its answers may go, how sure that is, and why. Shapes only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel.speaklater import LazyString

from bridge.model import Question

Confidence = Literal["sure", "likely", "guess", "none"]
RANK: Mapping[Confidence, int] = {"sure": 3, "likely": 2, "guess": 1, "none": 0}
BOTH = ("firstname", "surname")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`source` is the rule's `from`. `to` None: nothing is proposed; BOTH is a whole name. No reason holds an answer.
    `asks`: it gives or takes back a consent, which a person has to confirm by itself. `outside`: what is answered and
    is no choice in Qomon."""

    question: Question
    source: str
    to: str | tuple[str, ...] | None
    confidence: Confidence
    reason: LazyString
    values: Mapping[str, str] | None = None
    convert: str | None = None
    date_format: str | None = None
    change: str | None = None
    otherwise: str | None = None
    asks: bool = False
    outside: tuple[str, ...] = ()


def rule(suggestion: Suggestion) -> dict[str, Any]:
    """The line of a hook's `fields` that it proposes."""
    said: dict[str, Any] = {
        "from": suggestion.source,
        "to": list(suggestion.to) if isinstance(suggestion.to, tuple) else suggestion.to,
        "as": suggestion.convert if suggestion.date_format is None else {"date": suggestion.date_format},
        "values": dict(suggestion.values) if suggestion.values else None,
        "otherwise": suggestion.otherwise,
        "change": suggestion.change,
    }
    return {key: value for key, value in said.items() if value is not None}


def plain(suggestion: Suggestion) -> dict[str, Any]:
    """For programs: `from, to, confidence, reason, values` are the contract (docs/commands.md), the others explain
    it.
    """
    keys = ("from", "to", "confidence", "reason", "values", "as", "change", "otherwise")
    whole = {**dict.fromkeys(keys), **rule(suggestion), "reason": str(suggestion.reason)}
    whole |= {"confidence": suggestion.confidence, "asks": suggestion.asks, "outside": [*suggestion.outside]}
    return {**whole, "key": suggestion.question.key, "label": suggestion.question.label}
