"""From what somebody said to what Qomon stores: the rule's `values`, then the form's choices. Pure.

What matches nothing is told, what matches two is held: never guessed, never dropped in silence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from bridge.mapping.binding import Bound
from bridge.mapping.targets import NOTHING
from schemas.fields import spoken
from schemas.normal import folded

Wanted: TypeAlias = str | bool | tuple[int, str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """`values` each once, in the order of the answer. `outside`: what was said and is no choice."""

    values: tuple[Wanted, ...]
    outside: tuple[str, ...]
    hold: bool


def choose(bound: Bound, answers: Iterable[str | bool]) -> Chosen:
    values: dict[Wanted, None] = {}
    outside: dict[str, None] = {}
    hold, table = False, bound.rule.values
    for answer in answers:
        said = spoken(answer)
        text: str | None = said
        if table is not None and bound.folded is not None:  # exact, then folded
            text = table.get(said) or bound.folded.get(folded(said))
            if text == NOTHING:
                continue
        found = [] if text is None else _placed(bound, text)
        blank = found and isinstance(found[0], tuple) and not found[0][1]  # Qomon gave the choice no value: never sent
        if len(found) == 1 and not blank:
            values[found[0]] = None
        else:
            outside[said] = None
            listed = bound.rule.constant is not None or (text is not None and bound.folded is not None)
            hold = hold or bool(found) or listed or bound.rule.otherwise != "skip"
    values.pop(False, None)
    return Chosen(tuple(values), tuple(outside), hold)


def _placed(bound: Bound, text: str) -> list[Wanted]:
    """What to store for it: one if it is clear, several if it is ambiguous, none if there is no choice."""
    form = bound.form
    if form is None:
        return [text == "true" if bound.target is not None and bound.target.kind == "bool" else text]
    if form.free:
        return [] if form.free_ref is None else [(form.free_ref, text)]
    named = bound.folded is not None or bound.rule.constant is not None  # by the hook, so as Qomon stores it
    choices = form.choice(text) if named else form.meant(text)
    return [(choice.id, "" if choice.lacks_value else choice.value) for choice in choices]
