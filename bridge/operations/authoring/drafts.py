"""The draft of a webhook, question by question: which rules a question has, other ones in their place, and saving it
over nobody else's work.

The text of a hook is the only thing that is kept: what people decide on a page becomes lines of its `fields`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.errors import BridgeError, Faults
from bridge.hooks import revisions
from bridge.hooks.hook import at_line
from bridge.hooks.registry import Hook, Hooks
from bridge.hooks.revisions import By
from bridge.hooks.yaml import plain_of, read_yaml, with_contact, with_rules_instead
from bridge.mapping.rules import Rule
from bridge.model import Question
from bridge.operations.authoring.questions import as_asked
from bridge.operations.authoring.suggest import source_of
from bridge.store.store import lock
from schemas.normal import folded

Line = Mapping[str, Any]
"""A rule as the file says it."""
POLICIES = ("find", "names", "missing", "address")


class Moved(BridgeError):
    """Somebody saved another draft, or published, since this one was begun; nothing was saved."""

    def __init__(self, who: str | None, at: datetime) -> None:
        super().__init__("moved")
        self.who, self.at = who, at


@dataclass(frozen=True, slots=True)
class Row:
    """A question, or one part of its answer, with the rules that say where it goes: as the file says them, by their
    numbers, and as they are read. `source`: what a new rule's `from` says. `id` tells it apart in addresses."""

    id: str
    question: Question
    part: str
    source: str
    lines: tuple[Line, ...]
    numbers: tuple[int, ...]
    rules: tuple[Rule, ...]

    @property
    def to(self) -> str | None:
        """Where it goes: the one target, both of a whole name with a plus; None where it is not decided, "=" where it
        goes to several places or only for some kinds of event."""
        if not self.lines:
            return None
        said = self.lines[0].get("to")
        plain = len(self.lines) == 1 and "when" not in self.lines[0]
        return ("+".join(said) if isinstance(said, list) else str(said)) if plain else "="


def rows(hook: Hook, questions: Sequence[Question]) -> list[Row]:
    """In the form's order; an answer in parts has a row for each part."""
    asked, listed = as_asked(questions), plain_of(hook.text).get("fields")
    lines: list[Any] = listed if isinstance(listed, list) else []
    found: dict[tuple[str, str], dict[int, list[Rule]]] = {}
    for rule in hook.rules:
        for at, _answer in asked.of(rule.source, None, rule.key):
            place = (questions[at].key, _part(questions[at], rule))
            found.setdefault(place, {}).setdefault(rule.number, []).append(rule)
    parts: dict[str, list[str]] = {}
    for key, part in found:
        parts.setdefault(key, []).append(part)
    made = []
    for question in questions:
        source = source_of(question, asked)
        for part in _parts(question, parts.get(question.key, [])):
            rules = found.get((question.key, part), {})
            numbers = tuple(sorted(rules))
            mine = tuple(rule for number in numbers for rule in rules[number])
            named = f"{source}.{part}" if part else source
            written = tuple(lines[number - 1] for number in numbers)
            made.append(Row(_id(question.key, part), question, part, named, written, numbers, mine))
    return made


def beside(hook: Hook, listed: Sequence[Row]) -> list[Rule]:
    """The rules about no question that was seen: constants, paths, questions that are asked no more."""
    led = {number for row in listed for number in row.numbers}
    return [rule for rule in hook.rules if rule.number not in led]


def decided(text: str, decisions: Sequence[tuple[Row, Sequence[Line]]], policies: Mapping[str, Any]) -> str:
    """The same hook with these rules for these rows, and with these policies of `contact`."""
    instead: dict[int, list[Line]] = {0: []}
    for row, lines in decisions:
        instead |= {number: [] for number in row.numbers}
        instead[row.numbers[0] if row.numbers else 0] += lines
    return with_contact(with_rules_instead(text, instead) if decisions else text, **policies)


def fingerprint(hook: Hook) -> str:
    """Of what a page was made from: the draft, else the version in service."""
    return hashlib.sha256(hook.text.encode()).hexdigest()[:16]


def save(tx: Connection, hooks: Hooks, name: str, based: str, edit: Callable[[Hook], str], by: By) -> Hook:
    """The draft with a change, if it still is what the change was made on. Raises Moved, Faults; the caller's
    transaction then ends."""
    lock(tx, ["hooks"])
    head, begun = hooks.by_name(tx, name), hooks.draft(tx, name)
    before = begun[0] if begun is not None else head
    if before is None:
        raise Faults([_("This webhook is not in the store any more.")])
    if before.owner != "pages":
        raise Faults([_("%(hook)s is kept in a file: write the rules there, and import it.", hook=name)])
    if fingerprint(before) != based:
        raise _moved(tx, before, begun[1].by if begun is not None else None)
    return hooks.save_draft(tx, edit(before), by.at, by.who)


def placed(faults: Sequence[str], text: str, listed: Sequence[Row]) -> list[tuple[str | None, str]]:
    """Each fault with the row that its line belongs to, None where it is of none. `text`: what they are faults of."""
    written = read_yaml(text)
    fields = written.plain.get("fields") if isinstance(written.plain, dict) else None
    many = len(fields) if isinstance(fields, list) else 0
    starts = [written.line(("fields", at)) for at in range(many)] + [len(text.splitlines()) + 1]
    mine = {number: row.id for row in listed for number in row.numbers}
    return [_placed(fault, starts, mine) for fault in faults]


def _placed(fault: str, starts: Sequence[int], rows_: Mapping[int, str]) -> tuple[str | None, str]:
    for number in range(1, len(starts)):
        for line in range(starts[number - 1], max(starts[number], starts[number - 1] + 1)):
            begins = at_line(line, "").strip()
            if fault.startswith(begins + " "):
                return rows_.get(number), fault.removeprefix(begins).strip()
    return None, fault


def _moved(tx: Connection, before: Hook, drafted: By | None) -> Moved:
    by = drafted or revisions.history(tx, before.id)[-1].by
    return Moved(by.who, by.at)


def _parts(question: Question, ruled: Sequence[str]) -> Iterator[str]:
    """ "" is the whole answer: it stands for itself where there are no parts, or where a rule names it."""
    found = [name for value in question.said if isinstance(value, Mapping) for name in value]
    named = list(dict.fromkeys([*found, *(part for part in ruled if part)]))
    if not found or "" in ruled:
        yield ""
    yield from named


def _part(question: Question, rule: Rule) -> str:
    """Which part of the answer the rule names; "" for all of it."""
    source = rule.source or ""
    whole = folded(source) in {folded(one) for one in (question.key, question.label, *question.aliases)}
    if whole or rule.key == question.key or "." not in source:
        return ""
    return source.rpartition(".")[2]


def _id(key: str, part: str) -> str:
    return hashlib.sha256(f"{key}\0{part}".encode()).hexdigest()[:12]
