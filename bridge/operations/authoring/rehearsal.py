"""Past submissions through two versions of a mapping, field by field: what the newer one would send otherwise. Pure.

Nothing is read in Qomon and nothing is written: what is compared is what each version wants of the contact.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bridge.hooks.hook import Hook
from bridge.mapping.compile import Mapper, passes, who_is_it
from bridge.model import Submission

Wants: TypeAlias = Mapping[str, frozenset[tuple[str, tuple[object, ...]]]]
"""By field's name for people: what is done there (set, add, ...) with which values."""
Kind: TypeAlias = str  # same, new, lost, different

KINDS: tuple[Kind, ...] = ("same", "new", "lost", "different")


@dataclass(slots=True)
class Line:
    """One field: how many submissions send the same there by both versions, and how many do not."""

    name: str
    counts: Counter[Kind] = field(default_factory=Counter[Kind])
    events: list[str] = field(default_factory=list[str])
    """Those to look at: all but the same, in the order given."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`holds`: reason -> submissions that only the newer version would hold. `left_out`: that only the newer one would
    leave aside, by its filter or because nobody can be found by what it still reads."""

    submissions: int
    lines: tuple[Line, ...]
    holds: Mapping[str, int]
    left_out: int

    @property
    def lost(self) -> int:
        """Answers that the older version sends and the newer one does not."""
        return sum(line.counts["lost"] for line in self.lines)


@dataclass(frozen=True, slots=True)
class Version:
    """A hook as one of its versions says, compiled."""

    hook: Hook
    mapper: Mapper


def rehearse(old: Version, new: Version, submissions: Iterable[tuple[str, Submission]]) -> Rehearsal:
    """`submissions` with the ids of their events. Lines with a loss come first, then by how much changes."""
    lines: dict[str, Line] = {}
    holds: Counter[str] = Counter()
    left_out = total = 0
    for event, submission in submissions:
        total += 1
        (before, held, found), (after, holding, finds) = _result(old, submission), _result(new, submission)
        for name in sorted(before.keys() | after.keys()):
            line = lines.setdefault(name, Line(name))
            kind = _kind(before.get(name), after.get(name))
            line.counts[kind] += 1
            line.events += [event] if kind != "same" else []
        holds.update([holding] if holding and holding != held else [])
        left_out += found and not finds
    ordered = sorted(lines.values(), key=lambda line: (-line.counts["lost"], -len(line.events), line.name))
    return Rehearsal(total, tuple(ordered), holds, left_out)


def _result(version: Version, submission: Submission) -> tuple[Wants, str | None, bool]:
    """What is wanted, why it is held, and whether somebody is found: what is filtered out, or about nobody, wants
    nothing."""
    hook = version.hook
    said = who_is_it(hook, submission)
    found = passes(hook, submission) and any(name in said.identities for name in hook.find)
    changes = version.mapper.changes(submission)
    wants: dict[str, set[tuple[str, tuple[object, ...]]]] = {}
    for change in changes.wanted if found else ():
        wants.setdefault(change.target.name, set()).add((change.op, change.values))
    return {name: frozenset(done) for name, done in wants.items()}, changes.hold if found else None, found


def _kind(before: object, after: object) -> Kind:
    if before == after:
        return "same"
    return "new" if before is None else "lost" if after is None else "different"
