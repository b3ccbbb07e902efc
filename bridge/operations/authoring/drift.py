"""What moved around a hook in service since its revision was made: its form, Qomon's fields, the flow of its
submissions (many held, silence). Facts for people; only `DriftWatch` reads the store.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Connection

from bridge.hooks import revisions
from bridge.hooks.hook import Hook, at_line, of_key
from bridge.mapping.rules import Rule
from bridge.mapping.targets import forms_named, is_form
from bridge.model import Json, Question
from bridge.operations.authoring import samples
from bridge.operations.authoring.questions import as_asked
from bridge.operations.authoring.samples import LAST, Came, questions_of
from bridge.qomon.catalogue import Catalogue, Choice, Form
from bridge.store.vault import Vault
from schemas import normal
from schemas.moved import COUNTED, MOVED
from schemas.normal import folded

AREAS = {"form": _("Form:"), "qomon": _("Qomon:"), "flow": _("Submissions:")}
RECENT = 50
"""Submissions in which a question has to be seen once to count as still asked."""
LOOK = timedelta(weeks=4)
"""How far back usual is looked for."""
MOST = 3_000
"""Submissions that are looked at for that. Where more come, only a day without any is silence: the nights of four weeks
are not seen."""

_LAST = 50
_FEWEST = 20
"""Submissions that a share, or a silence, must rest on."""
_MORE = 0.1
_TIMES = 3


@dataclass(frozen=True, slots=True)
class Moved:
    """One fact. `code`: of the list in schemas/moved.py, whose sentences the other parts fill in. `rules`: the numbers
    of those concerned. `count` and `since`: how many submissions tell so, and from when."""

    area: str
    code: str
    subject: str
    rules: tuple[int, ...] = ()
    detail: str = ""
    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Was:
    """A question as a revision knew it."""

    key: str
    label: str
    type: str
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """Works in the caller's transaction, on one moment of Qomon's forms."""

    vault: Vault
    now: datetime

    def moved(self, tx: Connection, hook: Hook, catalogue: Catalogue) -> list[Moved]:
        """Everything, the form first. A hook that nothing was received for has no form yet."""
        past = samples.last(tx, self.vault, hook, LAST)
        asked, named = revisions.as_was(tx, hook.id, hook.revision)
        known = from_plain(self.vault.unseal(asked)) if asked is not None else ()
        recent = past[:RECENT]
        form = form_drift(hook, known, questions_of(past), questions_of(recent), len(recent)) if past else []
        forms = from_named(json.loads(named)) if named is not None else ()
        unknown = unknown_choices(hook, questions_of(past), catalogue)
        came = samples.came(tx, hook.id, self.now - LOOK, MOST)
        return [*form, *unknown, *qomon_drift(hook, forms, catalogue), *flow(came, self.now)]


def told(moved: Sequence[Moved]) -> Iterator[str]:
    """In words, area by area."""
    for area, title in AREAS.items():
        mine = [one for one in moved if one.area == area]
        yield from [str(title), *(f"  {sentence(one)}" for one in mine)] if mine else []


def sentence(moved: Moved) -> str:
    rules = ", ".join(map(str, moved.rules)) or "-"
    since = normal.to_ms(moved.since)[:10] if moved.since is not None else ""
    said = COUNTED[moved.code](moved.count) if moved.code in COUNTED else str(MOVED[moved.code])
    return said.format(subject=moved.subject, detail=moved.detail, count=moved.count, rules=rules, since=since)


def plain(moved: Moved) -> dict[str, Any]:
    """For programs."""
    since = normal.to_ms(moved.since) if moved.since is not None else None
    return {**asdict(moved), "since": since, "said": sentence(moved)}


def as_plain(questions: Iterable[Question]) -> Json:
    """What is kept beside a revision: what is asked, and never what was answered, as it stays when answers go."""
    return [
        {"key": one.key, "label": one.label, "type": one.type, "offered": [*one.offered] if one.listed else []}
        for one in questions
    ]


def from_plain(plain: Json) -> tuple[Was, ...]:
    return tuple(Was(**{**one, "offered": tuple(one["offered"])}) for one in cast("list[dict[str, Any]]", plain))


def named_forms(hook: Hook, catalogue: Catalogue) -> Json:
    """Qomon's forms that a hook's rules write to, as they are now."""
    found = {form.id: form for rule in hook.rules for form in forms_named(rule.to, catalogue, rule.form_id)}
    return cast("Json", [asdict(form) for form in found.values()])


def from_named(plain: Json) -> tuple[Form, ...]:
    listed = cast("list[dict[str, Any]]", plain)
    return tuple(Form(**{**one, "choices": tuple(Choice(**choice) for choice in one["choices"])}) for one in listed)


def form_drift(
    hook: Hook, known: Sequence[Was], questions: Sequence[Question], recent: Sequence[Question], looked: int
) -> list[Moved]:
    """`known`: when the revision was made, empty if nothing had come. `questions`: of all submissions looked at;
    `recent`: of the newest `looked` ones."""
    asked = as_asked(questions)
    named: dict[str, list[Rule]] = {one.key: [] for one in questions}
    for rule in hook.rules:
        for _at, answer in asked.of(rule.source, None, rule.key):
            named[answer.key.partition(".")[0] if answer.key not in named else answer.key].append(rule)
    before = {one.key: one for one in known}
    told: list[Moved] = []
    for question in questions:
        told += _question(hook, question, before.get(question.key), named[question.key], bool(known))
    renamed = {number for one in told if one.code == "question_lost" for number in one.rules}
    return [*told, *_unmatched(hook, recent, looked, renamed)]


def _question(
    hook: Hook,
    now: Question,
    was: Was | None,
    rules: Sequence[Rule],
    knew: bool,  # noqa: FBT001
) -> Iterator[Moved]:
    numbers = tuple(rule.number for rule in rules)
    if was is not None and was.label != now.label:
        yield from _renamed(hook, now, was, rules)
    if not rules and not (was is not None and was.label != now.label):
        code = "question_new" if knew and was is None else "question_open"
        yield Moved("form", code, now.label, count=now.seen, since=now.first)
    if was is not None and was.type != now.type and "text" not in (was.type, now.type):
        yield Moved("form", "question_type", now.label, numbers, f"{was.type} → {now.type}")
    yield from _choices(now, was, rules)


def _renamed(hook: Hook, now: Question, was: Was, rules: Sequence[Rule]) -> Iterator[Moved]:
    follow = tuple(rule.number for rule in rules)
    by_name = (rule for rule in hook.rules if rule.source and folded(rule.source) == folded(was.label))
    lost = tuple(rule.number for rule in by_name if rule.number not in follow)
    code = "question_lost" if lost else "question_renamed"
    yield Moved("form", code, was.label, lost or follow, now.label, now.seen)


def _choices(now: Question, was: Was | None, rules: Sequence[Rule]) -> Iterator[Moved]:
    offered = {folded(choice): choice for choice in now.offered}
    listed = {rule.number: {folded(said) for said in rule.values} for rule in rules if rule.values is not None}
    old = {folded(choice) for choice in was.offered} if was is not None else set()
    for like, choice in offered.items():
        lacking = tuple(number for number, table in listed.items() if like not in table)
        if lacking and like not in old:
            yield Moved("form", "choice_new", now.label, lacking, choice)
        elif not listed and rules and old and like not in old:
            yield Moved("form", "choice_new", now.label, tuple(rule.number for rule in rules), choice)
    for choice in was.offered if was is not None and now.offered else ():
        if folded(choice) not in offered:
            yield Moved("form", "choice_left", now.label, tuple(rule.number for rule in rules), choice)


def _unmatched(hook: Hook, recent: Sequence[Question], looked: int, told: set[int]) -> Iterator[Moved]:
    """Rules that find no question any more, or more than one."""
    asked = as_asked(recent)
    for rule in hook.rules if looked else ():
        places = asked.of(rule.source, None, rule.key)
        if rule.source is None or rule.number in told:
            continue
        if not places:
            yield Moved("form", "question_gone", rule.source, (rule.number,), count=looked)
        elif len(places) > 1:
            yield Moved("form", "label_twice", rule.source, (rule.number,))


def unknown_choices(hook: Hook, questions: Sequence[Question], catalogue: Catalogue) -> list[Moved]:
    """What is offered and is no choice in Qomon, of rules that send what was said as it is."""
    asked, named, told = as_asked(questions), {one.key: one for one in questions}, []
    for rule in hook.rules:
        forms = [form for form in forms_named(rule.to, catalogue, rule.form_id) if not form.free]
        if rule.values is not None or rule.convert is not None or len(forms) != 1:
            continue
        for _at, answer in asked.of(rule.source, None, rule.key):
            offered = named[answer.key].offered if answer.key in named else ()
            for choice in offered:
                found = forms[0].meant(choice)
                if len(found) != 1 or found[0].lacks_value:
                    told.append(Moved("form", "choice_unknown", answer.label, (rule.number,), choice))
    return told


def qomon_drift(hook: Hook, named: Sequence[Form], catalogue: Catalogue) -> list[Moved]:
    """`named`: Qomon's forms as the revision knew them."""
    users: dict[int, list[int]] = {}
    for rule in hook.rules:
        if is_form(rule.to):
            for form in [form for form in named if form.id == rule.form_id] or _named_as(rule, named):
                users.setdefault(form.id, []).append(rule.number)
    return [moved for form in named for moved in _form(form, catalogue, tuple(users.get(form.id, ())))]


def _form(was: Form, catalogue: Catalogue, rules: tuple[int, ...]) -> Iterator[Moved]:
    now, name = catalogue.forms.get(was.id), f"{was.array}.{was.label or was.id}"
    if now is None:
        yield Moved("qomon", "form_gone", name, rules)
        return
    if now.label != was.label:
        yield Moved("qomon", "form_renamed", name, rules, now.label)
    if (now.kind, now.array) != (was.kind, was.array):
        yield Moved("qomon", "form_type", name, rules, f"{was.kind} → {now.kind}")
    there = {choice.id: choice for choice in now.choices}
    for choice in () if was.free else was.choices:
        found = there.get(choice.id)
        if found is None:
            yield Moved("qomon", "choice_gone", name, rules, choice.label or choice.value)
        elif (found.label, found.value) != (choice.label, choice.value):
            detail = f"{choice.label or choice.value} → {found.label or found.value}"
            yield Moved("qomon", "choice_renamed", name, rules, detail)


def consent_gaps(hook: Hook, questions: Sequence[Question], catalogue: Catalogue) -> list[str]:
    """A consent's table without `otherwise` must say what each choice does that the form offers (docs/hook-file.md)."""
    asked, offered = as_asked(questions), {one.key: one.offered for one in questions if one.listed}
    told = []
    for rule in hook.rules:
        consent = any(form.consent for form in forms_named(rule.to, catalogue, rule.form_id))
        if not consent or rule.values is None or rule.otherwise is not None:
            continue
        known = {folded(choice) for choice in rule.values}
        for _at, answer in asked.of(rule.source, None, rule.key):
            for choice in [one for one in offered.get(answer.key, ()) if folded(one) not in known]:
                gap = gettext(
                    "does not say what ‘%(choice)s’ does, which the form offers: add it, or `otherwise`.", choice=choice
                )
                told.append(at_line(rule.line, of_key("values", gap)))
    return told


def _named_as(rule: Rule, named: Sequence[Form]) -> list[Form]:
    array, _, name = rule.to.partition(".")
    return [
        form for form in named if form.array == array and (folded(form.label) == folded(name) or str(form.id) == name)
    ]


def flow(came: Sequence[Came], now: datetime) -> list[Moved]:
    """`came`: of the last four weeks, oldest first."""
    newest, usual = came[-_LAST:], came[:-_LAST]
    told: list[Moved] = []
    if min(len(newest), len(usual)) >= _FEWEST:
        told += _share("held_share", "held", newest, usual)
        told += _share("created_share", "created", newest, usual)
    return [*told, *_silence(came, now)]


def _share(code: str, outcome: str, newest: Sequence[Came], usual: Sequence[Came]) -> Iterator[Moved]:
    """Told when it is twice the usual share and at least ten points more."""
    now, then = (sum(one.outcome == outcome for one in part) / len(part) for part in (newest, usual))
    if now >= then + _MORE and now >= 2 * then:
        yield Moved("flow", code, f"{now:.0%}", detail=f"{then:.0%}", count=len(newest), since=newest[0].at)


def _silence(came: Sequence[Came], now: datetime) -> Iterator[Moved]:
    """Longer than three times the longest gap, where there were twenty or more in the two weeks before it."""
    if not came:
        return
    last = came[-1].at
    busy = [one for one in came if one.at > last - timedelta(days=14)]
    gaps = [later.at - earlier.at for earlier, later in pairwise(came)]
    least = timedelta(days=1) if len(came) == MOST else timedelta()
    if len(busy) >= _FEWEST and now - last > max(_TIMES * max(gaps), least):
        yield Moved("flow", "silence", "", detail=f"{len(busy) / 14:.0f}", count=len(busy), since=last)
