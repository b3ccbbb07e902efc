"""What the pages of one webhook's mapping are made from: its draft or its version in service, beside the questions of
its last submissions and Qomon's fields.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from bridge.errors import Faults, TryLater
from bridge.hooks import revisions
from bridge.hooks.hook import Hook
from bridge.hooks.revisions import Revision
from bridge.mapping.compile import compile_hook
from bridge.mapping.targets import MAPPED, NOTHING, fit, form_target, plain_target, single
from bridge.model import Json, Mapped, Question, Value
from bridge.operations.authoring import drafts, publishing, samples
from bridge.operations.authoring.drafts import Row
from bridge.operations.authoring.proposal import Suggestion
from bridge.operations.authoring.samples import Sample
from bridge.operations.authoring.suggest import suggest
from bridge.pages import targets
from bridge.pages.session import services
from bridge.pages.webhook import Webhook, found
from bridge.qomon.catalogue import Catalogue

PAST = 50
"""Submissions that a page opens to know the questions and their answers."""
_TRIED = 10
"""Of these, how many are mapped to show what an answer becomes."""
CHANGES: Mapping[str, LazyString] = {
    "set": lazy_gettext("Replace"),
    "fill": lazy_gettext("Only if empty"),
    "add": lazy_gettext("Add to the list"),
    "remove": lazy_gettext("Remove from the list"),
    "replace": lazy_gettext("Replace the list"),
    "clear": lazy_gettext("Replace; an empty answer erases"),
}
"""What an answer does to a value that Qomon holds."""


@dataclass(frozen=True, slots=True)
class Board:
    """`base`: the draft, where one was `begun`, else the version in service. `left`: the rows whose questions nobody
    decided; `becomes`: by row the status and the value of its newest answer; `faults`: as `drafts.placed` gives them.
    """

    webhook: Webhook
    base: Hook
    begun: Revision | None
    past: tuple[Sample, ...]
    questions: tuple[Question, ...]
    rows: tuple[Row, ...]
    catalogue: Catalogue | None
    suggested: Mapping[str, Suggestion] = field(default_factory=dict[str, Suggestion])
    left: frozenset[str] = frozenset()
    becomes: Mapping[str, tuple[str, Json]] = field(default_factory=dict[str, tuple[str, Json]])
    faults: tuple[tuple[str | None, str], ...] = ()

    @property
    def read_only(self) -> str | None:
        """Why nothing can be changed here."""
        if self.webhook.deleted:
            return _("This webhook was deleted.")
        if self.base.owner == "pages":
            return None
        return _(
            "This webhook is kept in a file (owner: git). It is changed there, and imported; here it is only read."
        )

    @property
    def options(self) -> frozenset[str]:
        """What the list of places holds."""
        listed = (name for title, places in targets.groups(self.catalogue) for name, label in places)
        return frozenset((*listed, NOTHING))

    @property
    def sure(self) -> list[Row]:
        """The rows whose suggestion may be accepted with the others: never a consent, nor what is written already."""
        taken = {self.option(rule.to, rule.form_id) for rule in self.base.rules}
        open_ = [row for row in self.rows if not row.lines and row.id in self.suggested]
        return [row for row in open_ if _acceptable(self, self.suggested[row.id], taken)]

    def option(self, to: str | tuple[str, ...] | None, form_id: int | None = None) -> str | None:
        if to is None or to == "=":
            return to
        return "+".join(to) if isinstance(to, tuple) else targets.option_of(to, self.catalogue, form_id)

    def is_consent(self, to: str) -> bool:
        form = targets.form_of(to, self.catalogue)
        return form is not None and form.consent

    def said(self, row: Row) -> list[Value]:
        if not row.part:
            return [*row.question.said]
        return [value[row.part] for value in row.question.said if isinstance(value, Mapping) and value.get(row.part)]

    def change_of(self, row: Row) -> str | None:
        """The code of what happens to an existing value; None where nothing is written."""
        rule = row.rules[0] if row.rules else None
        if rule is None or rule.to in (NOTHING, "id"):
            return None
        form = targets.form_of(rule.to, self.catalogue, rule.form_id)
        target = form_target(form) if form is not None else plain_target(rule.to)
        return rule.change or (fit(target).changes[0] if target is not None else None)


def board(hook: str) -> Board:
    """404 for an id that no webhook has. Raises Faults for one that does not load and has no draft."""
    mine = services()
    with mine.store.read() as tx:
        webhook = found(tx, hook)
        base = webhook.draft or webhook.hook
        if base is None:
            raise Faults([*webhook.faults] or [_("This webhook has no version yet.")])
        begun = revisions.draft(tx, webhook.id)
        past = tuple(samples.last(tx, mine.vault, base, PAST))
    questions, catalogue = samples.questions_of(past), forms(base)
    listed = tuple(drafts.rows(base, questions))
    made = Board(webhook, base, begun, past, questions, listed, catalogue)
    undecided = {question.key for question in publishing.undecided(base, questions)}
    firsts = {row.question.key: row.id for row in reversed(listed)}
    wrong = publishing.faults(base, catalogue, questions) if catalogue is not None else []
    return replace(
        made,
        suggested=_suggested(made, undecided),
        left=frozenset(firsts[key] for key in undecided),
        becomes=_becomes(made),
        faults=tuple(drafts.placed(wrong, base.text, listed)),
    )


def forms(hook: Hook) -> Catalogue | None:
    """Qomon's fields as they were last read; asked for only where they never were. None: Qomon does not answer."""
    mine = services()
    known = mine.catalogues.stored(hook.space)
    if known is not None:
        return known
    try:
        return mine.catalogues.refresh(hook.space, mine.spaces[hook.space].visit(), mine.now())
    except (TryLater, KeyError):
        return None


def _suggested(at: Board, undecided: Iterable[str]) -> dict[str, Suggestion]:
    if at.catalogue is None:
        return {}
    found = {one.question.key: one for one in suggest(at.questions, at.catalogue, at.base.region)}
    open_, made = {*undecided}, dict[str, Suggestion]()
    for row in at.rows:
        one = found[row.question.key]
        if row.part:
            one = _of_part(row, one)
        if row.question.key in open_ and not row.lines:
            made[row.id] = one
    return made


def _of_part(row: Row, one: Suggestion) -> Suggestion:
    to = f"address.{row.part}"
    if to not in MAPPED:
        return replace(one, source=row.source, to=None, confidence="none", reason=lazy_gettext("a part of an answer"))
    return replace(one, source=row.source, to=to, confidence="likely", reason=lazy_gettext("a part of an address"))


def _acceptable(at: Board, one: Suggestion, taken: Iterable[str | None]) -> bool:
    to = at.option(one.to)
    if one.confidence != "sure" or one.asks or to is None:
        return False
    form = targets.form_of(to, at.catalogue)
    target = form_target(form) if form is not None else plain_target(to)
    return not (to in taken and (target is None or single(target)) and to != NOTHING)


def _becomes(at: Board) -> dict[str, tuple[str, Json]]:
    """By the mapping itself, of the newest submission that has an answer there."""
    if at.catalogue is None or not at.past:
        return {}
    mapper = compile_hook(at.base, at.catalogue, at.base.region)
    rows = {number: row.id for row in at.rows for number in row.numbers}
    made: dict[str, tuple[str, Json]] = {}
    for sample in at.past[:_TRIED]:
        lines: dict[str, list[Mapped]] = {}
        for line in mapper.changes(sample.submission).answers:
            if line.rule in rows:
                lines.setdefault(rows[line.rule], []).append(line)
        for row, mine in lines.items():
            if made.get(row, ("empty", None))[0] == "empty":
                made[row] = (mine[0].status, _value(at, [line for line in mine if line.sent is not None]))
    return made


def _value(at: Board, lines: list[Mapped]) -> Json:
    values = [_in_words(at, line) for line in lines]
    return values[0] if len(values) == 1 else values or None


def _in_words(at: Board, line: Mapped) -> Json:
    """A choice by its label, as people know it."""
    form = targets.form_of(line.to, at.catalogue)
    if form is None or form.free:
        return line.sent
    said = line.sent if isinstance(line.sent, list) else [line.sent]
    found = [form.choice(str(one)) for one in said]
    labels: list[Json] = [
        choice[0].label or str(one) if choice else str(one) for choice, one in zip(found, said, strict=True)
    ]
    return labels
