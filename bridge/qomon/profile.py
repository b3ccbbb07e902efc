"""Whether a space leaves empty lists out of its reads, as a trial on a throw-away contact shows (docs/laws.md 10;
docs/qomon.md A2).

A list is proved when it is not shown while it is surely empty, because we just wrote it so, and is shown once it holds
something. Less would not do: a read that never shows the list looks the same as one of an empty list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.qomon import contact
from bridge.qomon.fields import LISTS, SPELLINGS
from bridge.qomon.trial import Evidence

_LISTS = frozenset(field.name for field in LISTS)


@dataclass(frozen=True, slots=True)
class Learned:
    """`omitted`: left out when empty, proved. `shown`: there although empty. `unproved`: missing, why is open."""

    omitted: frozenset[str]
    shown: frozenset[str]
    unproved: frozenset[str]


def learned(evidence: Evidence) -> Learned:
    found, same, full = evidence.found, evidence.stages.get("same"), evidence.stages.get("full")
    missing = contact.missing(found)
    shown = frozenset(
        name for name in _LISTS - missing if not _filled(found, name)
    )  # with nothing in it, dead or alive
    empty = missing & contact.missing(same.read) if same else frozenset[str]()
    seen = frozenset(name for name in empty if full and full.sent[name] and _filled(full.read, name))
    return Learned(_proved(empty, seen), shown, missing - _proved(empty, seen))


def _proved(empty: frozenset[str], seen: frozenset[str]) -> frozenset[str]:
    """Nobody can fill `action_ids` for a try: it goes with the others, when all that are missing are proved."""
    others = empty - {"action_ids"}
    return empty if others and others == seen else seen


def _filled(read: Mapping[str, Any], name: str) -> bool:
    return any(read.get(spelling) for spelling in SPELLINGS[name])
