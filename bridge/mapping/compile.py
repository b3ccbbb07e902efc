"""A hook compiled into a marshmallow schema: a submission becomes the changes it asks for, a line per answer.

Pure. It never sees the contact, never picks one of two, and holds what the catalogue cannot place (docs/laws.md 6).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal, TypeAlias, cast

from marshmallow import RAISE, Schema, ValidationError

from bridge.mapping.binding import Bound, bind, read_as
from bridge.mapping.choices import choose
from bridge.mapping.links import SIGNED_ID, opened
from bridge.mapping.lookup import Answers, empty
from bridge.mapping.rules import Rule, Rules
from bridge.mapping.targets import NOTHING
from bridge.model import Answer, Change, Changes, Json, Mapped, Note, Submission, Target, Value, Who
from bridge.qomon.catalogue import Catalogue
from bridge.sources.kit.source import country as country_of
from schemas import normal
from schemas.codes import Kind, Op
from schemas.countries import code_of
from schemas.fields import SaidAt, Typed, reader, spoken_each
from schemas.hook import IDENTITIES

RuleStatus: TypeAlias = Literal["used", "not_seen", "not_applicable"]
LineStatus: TypeAlias = Literal["mapped", "unmapped", "not_sent", "empty", "invalid", "held"]
_HOLDS = ("unknown_field", "unknown_choice")
"""In the order in which one of several is named."""


def compile_hook(hook: Rules, catalogue: Catalogue, region: str) -> "Mapper":
    """Cheap enough for each catalogue version; the caller keeps it. `region` reads national phone numbers."""
    return Mapper(tuple(bind(rule, catalogue) for rule in hook.rules), region, hook.timezone, hook.link_key)


@dataclass(slots=True)
class _Sheet:
    """What gathers while one submission is mapped. Lines are kept by the position of their answer."""

    lines: defaultdict[int, list[Mapped]] = field(default_factory=lambda: defaultdict(list))
    rules: dict[int, RuleStatus] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    wanted: list[Change] = field(default_factory=list)
    holds: set[str] = field(default_factory=set)

    def line(self, match: "_Match", status: LineStatus, sent: Json = None, outside: tuple[str, ...] = ()) -> None:
        if match.answer is not None:
            answer, bound = match.answer, match.bound
            line = Mapped(answer.key, answer.label, status, bound.name, sent, bound.rule.number, outside)
            self.lines[match.at].append(line)

    def note(self, match: "_Match", code: str) -> None:
        """Once for a rule with two targets."""
        note = Note(code, match.key, match.bound.rule.number)
        self.notes += [note] if note not in self.notes else []


@dataclass(frozen=True, slots=True)
class _Match:
    """A rule with what it found: an answer and its position, or neither for a constant."""

    bound: Bound
    at: int = -1
    answer: Answer | None = None

    @property
    def key(self) -> str | None:
        return self.answer.key if self.answer else None

    @property
    def value(self) -> object:
        if self.answer is None:
            return self.bound.rule.constant
        typed = self.answer.type == "date" and isinstance(self.answer.value, str)
        return Typed(self.answer.value) if typed else self.answer.value


class Mapper:
    """One hook against one catalogue. `changes` may be called from several threads."""

    def __init__(self, bounds: tuple[Bound, ...], region: str, zone: tzinfo, link_key: Callable[[], bytes]) -> None:
        self._bounds, self._region, self._zone = bounds, region, zone
        self._link_key = link_key
        self._rules = tuple(bound.rule for bound in bounds)
        self._schemas: dict[str, Schema] = {}
        self.consents = any(bound.target is not None and bound.target.consent for bound in bounds)

    def bound(self, number: int | None) -> list[Bound]:
        """The rule with this number, bound to its place: two where its line has two targets."""
        return [one for one in self._bounds if one.rule.number == number]

    def changes(self, submission: Submission, said_at: datetime | None = None) -> Changes:
        """Every answer gets a line, every rule a status; what is wrong with one answer stops no other.

        `said_at`: when it was submitted by our clock, where that is known better than the tool says it.
        """
        answers, sheet = Answers(submission), _Sheet()
        found = (self._match(bound, submission.kind, answers, sheet) for bound in self._bounds)
        seen = {match.bound.key: match for match in found if match is not None}
        schema = self._schema(_country(self._rules, submission.kind, answers))
        values, bad = {key: match.value for key, match in seen.items()}, cast("Mapping[str, Any]", {})
        try:
            with SaidAt(said_at or submission.submitted_at):
                good = cast("Mapping[str, Any]", schema.load(values))
        except ValidationError as error:
            good, bad = cast("Mapping[str, Any]", error.valid_data), error.messages_dict
        for key, match in seen.items():
            if key in bad:
                _invalid(match, sheet)
            else:
                _map(match, good[key], sheet)
        return self._gathered(answers, sheet)

    def _schema(self, country: str) -> Schema:
        """What reads the answers of somebody in this country, by its ISO code: made once for each."""
        if country not in self._schemas:
            bounds = ((bound, bound.target) for bound in self._bounds)
            way = (self._region, self._zone, country)
            read = {b.key: read_as(b.rule, target, *way) for b, target in bounds if target is not None}
            self._schemas[country] = Schema.from_dict(read, name="Answers")(unknown=RAISE)
        return self._schemas[country]

    def _match(self, bound: Bound, kind: Kind, answers: Answers, sheet: _Sheet) -> _Match | None:
        """What is there to convert; None when the rule is already settled on the sheet."""
        rule = bound.rule
        if kind not in rule.runs:
            sheet.rules[rule.number] = "not_applicable"
            return None
        places = answers.of(rule.source, rule.path, rule.key)
        there = bool(places) or rule.constant is not None
        sheet.rules[rule.number] = "used" if there else "not_seen"
        if answers.unclear(places):
            for at, answer in places:
                _invalid(_Match(bound, at, answer), sheet)
        elif there:
            match = _Match(bound, *(places[0] if places else ()))
            if rule.convert != SIGNED_ID or _number(match.value, self._link_key):
                return _settled(match, sheet)
            if empty(places[0][1].value):
                sheet.line(match, "empty")
            else:  # a personal link whose MAC is not right: somebody changed the number, or it is another hook's
                _invalid(match, sheet)
        return None

    def _gathered(self, answers: Answers, sheet: _Sheet) -> Changes:
        """An answer that only rules for other kinds of event name was decided, and is not sent."""
        for bound in self._bounds:
            rule = bound.rule
            if sheet.rules[rule.number] == "not_applicable":
                for at, answer in answers.of(rule.source, rule.path, rule.key):
                    if at not in sheet.lines:
                        sheet.line(_Match(bound, at, answer), "not_sent")
        groups = (
            sheet.lines.get(at) or [Mapped(answer.key, answer.label, "unmapped")]
            for at, answer in enumerate(answers.listed)
        )
        hold = next((reason for reason in _HOLDS if reason in sheet.holds), None)
        lines = tuple(line for group in groups for line in group)
        return Changes(tuple(sheet.wanted), lines, sheet.rules, tuple(sheet.notes), hold)


def _settled(match: _Match, sheet: _Sheet) -> _Match | None:
    """Deals with what needs no converting: not to be sent, empty, or without a place in Qomon.

    Empty keeps what Qomon holds, unless the rule says clear.
    """
    rule, target = match.bound.rule, match.bound.target
    blank = match.answer is not None and empty(match.answer.value)
    if rule.to in (NOTHING, "id"):
        sheet.line(match, "not_sent")
    elif blank and rule.change != "clear":
        sheet.line(match, "empty")
    elif target is None:
        sheet.line(match, "held")
        sheet.holds.add("unknown_field")
    elif blank:
        sheet.line(match, "empty")
        sheet.wanted.append(Change(rule.number, target, "clear", (), match.key))
    else:
        return match
    return None


def _invalid(match: _Match, sheet: _Sheet) -> None:
    sheet.line(match, "invalid")
    sheet.note(match, "bad_value")


def _map(match: _Match, converted: object, sheet: _Sheet) -> None:
    """A good answer: chosen from the form's choices or the rule's values, then wanted. A name may have no surname."""
    bound = match.bound
    if converted == "":
        return sheet.line(match, "empty")
    chosen = choose(bound, converted if isinstance(converted, tuple) else (converted,))
    values = chosen.values
    if bound.single and len(values) > 1:
        return _invalid(match, sheet)
    if chosen.outside:
        sheet.note(match, "not_a_choice")
    if chosen.hold:
        sheet.holds.add("unknown_choice")
        values = values if bound.op in ("add", "remove") else ()
    if values and bound.target is not None:
        sheet.wanted += _wanted(bound, bound.target, values, match.key)
    shown: list[Json] = [value[1] if isinstance(value, tuple) else value for value in values]
    status: LineStatus = "held" if chosen.hold else "mapped" if values else "not_sent"
    return sheet.line(match, status, shown[0] if bound.single and shown else shown or None, chosen.outside)


def _wanted(bound: Bound, target: Target, values: tuple[Any, ...], key: str | None) -> list[Change]:
    """One change; two where a consent's answer says yes and no. A form's only no takes its other choices out."""
    if not target.consent:
        return [Change(bound.rule.number, target, bound.op, values, key)]
    no = tuple(value for value in values if bound.refuses(value))
    yes = tuple(value for value in values if value not in no)
    op: Op = "replace" if bound.op == "add" and target.kind == "checkbox" and len(bound.refusals) == 1 else bound.op
    changes = [Change(bound.rule.number, target, bound.op, yes, key)] if yes else []
    return changes + ([Change(bound.rule.number, target, op, no, key, refuses=True)] if no else [])


def who_is_it(hook: Rules, submission: Submission) -> Who:
    """Who the event is about: by the hook's identity rules; where it has none, by the tool's typed answers.

    A rule finds people for every kind of event, whatever its `when`: an unsubscription is about somebody too. Of a
    changed mail the tool's old one finds, and the new one only joins (docs/ledger.md 1).
    """
    answers = Answers(submission)
    named = any(rule.to in IDENTITIES for rule in hook.rules)
    texts = {name: _first(hook, name, submission.kind, answers) for name in (*IDENTITIES, "firstname", "surname")}
    given = {name: texts[name] for name in IDENTITIES} if named else submission.identities
    joins: dict[str, str] = {}
    if submission.kind == "mail_changed":
        given = {**given, "mail": submission.identities.get("mail") or given.get("mail", "")}
        joins = _joining(hook, answers, given["mail"])
    country = _country(hook.rules, submission.kind, answers)
    found = {name: _normal(name, text, hook.region, country) for name, text in given.items()}
    identities = {name: text for name, text in found.items() if text}
    if not named and "phone" in identities and normal.is_mobile(identities["phone"]):  # only a region could read it
        identities.setdefault("mobile", identities.pop("phone"))
    return Who(identities, normal.cleaned(texts["firstname"]), normal.cleaned(texts["surname"]), joins)


def passes(hook: Rules, submission: Submission) -> bool:
    """Whether `only` lets the event through: not when its question is absent, empty or there twice."""
    if hook.only is None:
        return True
    places = Answers(submission).find(hook.only.answer)
    if len(places) != 1 or empty(places[0][1].value):
        return False
    allowed = {normal.folded(text) for text in hook.only.allowed}
    return any(normal.folded(text) in allowed for text in spoken_each(places[0][1].value))


def _first(hook: Rules, to: str, kind: Kind, answers: Answers) -> str:
    """What the rules for `to` say: one for this kind of event before one for any, and that before one for another. ""
    if that is not clear.
    """
    rules = [rule for rule in hook.rules if rule.to == to and not (to == "mail" and _sets_the_new(rule, kind))]
    chosen = sorted(rules, key=lambda rule: (kind not in (rule.kinds or ()), bool(rule.kinds)))
    return next((text for rule in chosen if (text := _answer_text(rule, answers, hook.link_key))), "")


def _joining(hook: Rules, answers: Answers, old: str) -> dict[str, str]:
    """The new address of a changed mail: what a rule sets then, else the other one that the tool types as a mail."""
    news = [rule for rule in hook.rules if rule.to == "mail" and _sets_the_new(rule, "mail_changed")]
    ruled = [_answer_text(rule, answers, hook.link_key) for rule in news]
    typed = [spoken_each(answer.value)[0] for answer in answers.listed if answer.type == "mail" and answer.value]
    mails = [normal.mail(text) for text in (*ruled, *typed)]
    new = next((mail for mail in mails if mail is not None and mail != normal.mail(old)), None)
    return {} if new is None else {"mail": new}


def _sets_the_new(rule: Rule, kind: Kind) -> bool:
    """Whether the rule is there for the new one of two addresses."""
    return set(rule.kinds or ()) == {"mail_changed"} or (kind == "mail_changed" and kind in (rule.kinds or ()))


def _answer_text(rule: Rule, answers: Answers, link_key: Callable[[], bytes]) -> str:
    """The one answer that the rule names, as it was said; "" for a constant, several and none."""
    places = answers.of(rule.source, rule.path, rule.key) if rule.constant is None else []
    there = len(places) == 1 and not empty(places[0][1].value)
    return _text(rule, places[0][1].value, link_key) if there else ""


def _country(rules: Sequence[Rule], kind: Kind, answers: Answers) -> str:
    """The ISO code of the country that a submission says, "" where it says none: what a rule sends to
    `address.country`, else that of the address that the tool asked for.
    """
    for rule in (rule for rule in rules if rule.to == "address.country" and kind in rule.runs):
        places = answers.of(rule.source, rule.path, rule.key)
        texts = spoken_each(places[0][1].value) if len(places) == 1 else (rule.constant or "",)
        table = {normal.folded(text): to for text, to in (rule.values or {}).items()}
        codes = {code_of(table.get(normal.folded(text), text)) for text in texts} - {""}
        if len(codes) == 1:
            return codes.pop()
    return country_of(answers.listed)


def _text(rule: Rule, value: Value, link_key: Callable[[], bytes]) -> str:
    """As it was said; of a whole name this rule's half, "" where the halves are not clear; of a personal link
    its number, "" where the MAC is not right."""
    if rule.convert == SIGNED_ID:
        return _number(value, link_key) or ""
    if rule.convert != "split_name":
        return ", ".join(spoken_each(value))
    try:
        return str(reader(rule.convert, "", field=rule.to).deserialize(value))
    except ValidationError:
        return ""


def _number(value: object, link_key: Callable[[], bytes]) -> str | None:
    return opened(link_key(), value) if isinstance(value, str) else None


def _normal(name: str, text: str, region: str, country: str) -> str | None:
    if name == "id":
        digits = normal.bare(text)
        return digits if re.fullmatch(r"[1-9][0-9]{0,17}", digits) else None
    return normal.mail(text) if name == "mail" else normal.phone(text, region, country)
