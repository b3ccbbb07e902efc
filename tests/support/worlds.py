"""Generated hooks and submissions over the catalogues and contacts of `tests/support/strategies.py`: a whole world.

A hook is written as YAML and parsed, as a person's file is. Beside it stands what each rule means (`Wish`), written
down while it is generated: an oracle needs neither the parser nor the mapping to know what was asked.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bridge.crossing.plan import Effect, Plan
from bridge.hooks.hook import Hook, parse
from bridge.mapping.compile import compile_hook
from bridge.merge.address import Log
from bridge.merge.precedence import History, Order, Stamp
from bridge.model import Answer, AnswerType, Outcome, Submission
from bridge.qomon.catalogue import Catalogue, read_catalogue
from bridge.report import report
from bridge.report.report import Report
from schemas import normal
from schemas.codes import Kind
from tests.support import strategies
from tests.support.answer_tables import EMPTY, MEANS, PLAIN, REGION, SAID
from tests.support.strategies import Form, pick
from tests.support.whole_bridge import NOW

TIMES = (None, datetime(2026, 11, 20, 8, 0, 0, 123999, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
LISTS = ("formdatas", "custom_fields", "tags", "notes", "action_ids")
USUAL = ("submitted", "subscribed")
KINDS_OF_EVENT: Sequence[Kind] = ("submitted", "submitted", "submitted", "submitted", "subscribed", "unsubscribed")
ONE = ("set", "fill", "clear", None)
MANY = ("add", "remove", "replace", "clear", None)


@dataclass(frozen=True)
class Wish:
    """What one rule asks, known from how it was generated.

    `field`: the body's name (`address.city`, `tags`, `formdatas.710`), None for what Qomon has no one place for.
    `heard`: constant, said, empty, absent, twice (asked twice, so nobody's answer) or off (another kind of event).
    """

    number: int
    field: str | None
    kind: str
    change: str | None
    heard: str
    form: Form | None = None
    answer: Any = None
    meaning: Mapping[str, str] | None = None
    otherwise: str | None = None

    @property
    def texts(self) -> tuple[Any, ...]:
        """What was said, text by text, blanks left out."""
        said = self.answer if isinstance(self.answer, tuple) else (self.answer,)
        return tuple(text for text in said if text not in ("", None))

    @property
    def wanted(self) -> tuple[str, ...]:
        """The texts to store. Of a form with choices those that resolve; nothing for a wrong answer."""
        if self.heard not in ("said", "constant"):
            return ()
        if self.meaning is None:
            found = (MEANS.get(text, text) for text in self.texts)
            return tuple(text for text in found if text is not None)
        values = dict.fromkeys(self.meaning.get(text, "") for text in self.texts)
        return tuple(value for value in values if value)

    @property
    def astray(self) -> bool:
        """Whether somebody said what is no choice, or what Qomon has no one place for."""
        if self.field is None or self.heard not in ("said", "constant"):
            return self.field is None and self.acts
        return self.meaning is not None and any(text not in self.meaning for text in self.texts)

    @property
    def acts(self) -> bool:
        """Whether the rule may touch its field: somebody said something, or said nothing where that clears."""
        return self.heard in ("said", "constant") or (self.heard == "empty" and self.change == "clear")


@dataclass(frozen=True)
class World:
    """One contact, one event, and everything between them. `address` is the hook's policy."""

    forms: tuple[Form, ...]
    catalogue: Catalogue
    read: dict[str, Any]
    hook: Hook
    wishes: tuple[Wish, ...]
    submission: Submission
    address: str

    def _repr_pretty_(self, printer: Any, _cycle: object) -> None:
        """What hypothesis prints of a failing example."""
        rules = self.hook.text.partition("fields:\n")[2]
        answers = [(answer.key, answer.type, answer.value) for answer in self.submission.answers]
        printer.text(f"{self.forms}\nread={self.read}\n{self.address}, {self.submission.kind}:\n{rules}{answers}")

    def weigh(self, read: Mapping[str, Any] | None = None, omitted: Collection[str] = LISTS) -> Effect:
        """The code under test, in a space that was proved to leave these lists out when they are empty."""
        plan, started = self.plan(omitted), self.started()
        at = normal.moment(started["submitted_at"])
        assert at is not None
        order = Order(Stamp(normal.epoch_ms(at), 0), History(), str, REGION)
        changes = plan.map(self.submission, started)
        return plan.merge(plan.body(read or self.read), self.submission, changes, started, order, Log())

    def plan(self, omitted: Collection[str] = LISTS) -> Plan:
        mapper = compile_hook(self.hook, self.catalogue, REGION)
        return Plan(self.hook, self.catalogue, mapper, REGION, frozenset(omitted))

    def started(self) -> Report:
        return report.start(self.hook.name, 1, Outcome.QUEUED, None, self.submission.submitted_at, NOW)

    def named(self) -> set[str]:
        """The fields that some rule names and somebody spoke to."""
        return {wish.field for wish in self.wishes if wish.acts and wish.field is not None}


@st.composite
def worlds(draw: st.DrawFn, *, sound: bool = True, black: bool | None = None) -> World:
    """`sound`: everything that a rule asks resolves in the catalogue. Wrong answers there are in both."""
    known = draw(strategies.forms(sound=sound))
    read = draw(strategies.contacts(known, black=black))
    return build(draw, known, read, targets(draw, known, sound=sound), sound=sound)


@st.composite
def muddles(draw: st.DrawFn) -> World:
    """Rules for forms only, in a catalogue where labels and choices are ambiguous, missing or of no use."""
    known = draw(strategies.forms(sound=False))
    read = draw(strategies.contacts(known, black=False))
    single = [of_form(draw, form, known) for form in known]
    places = [*single, *(one for one in single if one.changes == MANY), *NOWHERE]
    chosen = draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique_by=id))
    fields = [one.field for one in chosen]
    distinct = [one for at, one in enumerate(chosen) if one.changes == MANY or one.field not in fields[:at]]
    return build(draw, known, read, distinct, sound=False)


def build(
    draw: st.DrawFn, known: Sequence[Form], read: dict[str, Any], targets: Sequence["Asking"], *, sound: bool
) -> World:
    """The world in which these rules meet this contact."""
    event = pick(draw, KINDS_OF_EVENT)
    policy = pick(draw, ("keep", "replace"))
    rules, wishes, answers = [], [], []
    for number, target in enumerate(targets, start=1):
        rule, wish, said = _rule(draw, number, target, event, sound=sound)
        rules.append(rule)
        wishes.append(wish)
        answers += said
    text = written(rules, policy)
    hook = hook_of(text)
    submission = Submission("k1", pick(draw, TIMES), event, tuple(draw(st.permutations(answers))))
    return World(tuple(known), as_catalogue(known), read, hook, tuple(wishes), submission, policy)


def as_catalogue(known: Sequence[Form]) -> Catalogue:
    """Qomon's answers, category by category, read as they are at run time."""
    return read_catalogue({form.category: [f.told for f in known if f.category == form.category] for form in known})


def hook_of(text: str) -> Hook:
    """The file read as it is at run time; its faults would be the generator's."""
    return parse(text, lambda _name: None, ["default"])


def submission_of(answers: Sequence[Answer], event: Kind = "submitted") -> Submission:
    return Submission("k1", None, event, tuple(answers))


def written(rules: Sequence[Mapping[str, Any]], policy: str) -> str:
    """A hook file. JSON is YAML's flow style, so any text survives."""
    head = "hook: laws\naddress: laws\nsource: json\nproof: none\nmode: live\n"
    contact = f"contact: {{find: [id, mail, mobile, phone], missing: hold, address: {policy}}}\n"
    return head + contact + "fields:\n" + "".join(f"  - {json.dumps(rule)}\n" for rule in rules)


@dataclass(frozen=True)
class Asking:
    """A place that a rule may write to."""

    to: str
    field: str | None
    kind: str
    form: Form | None = None
    changes: tuple[str | None, ...] = ONE
    event: Kind | None = None

    @property
    def takes_back(self) -> str | None:
        """The change by which an unsubscription may write here: nothing but withdrawals of it crosses
        (docs/laws.md 7).
        """
        if self.field is None or self.field == "black_list":
            return self.changes[0]
        says_no = self.form is not None and any(value in strategies.REFUSING for _, value, _ in self.form.refs)
        return "remove" if self.form is not None and self.form.consent and not says_no else "never"


NOWHERE = (Asking("custom_fields.Nulle part", None, "text"), Asking("formdatas.9991", None, "text"))
"""Rules for what Qomon does not have."""


def targets(draw: st.DrawFn, known: Sequence[Form], *, sound: bool) -> list[Asking]:
    """Fields once each, lists up to twice, forms by id or by label."""
    plain = [Asking(to, to, kind) for to, kind in PLAIN.items()]
    single = [of_form(draw, form, known) for form in known if form.meant != "checkbox" and not form.consent]
    many = [of_form(draw, form, known) for form in known if form.meant == "checkbox" or form.consent]
    many += [Asking("tags", "tags", "tags", changes=MANY), Asking("black_list", "black_list", "bool", changes=(None,))]
    if not sound:
        many += NOWHERE
    pool = plain + single + [place for place in many for _ in range(2 if place.to != "black_list" else 1)]
    found: list[Asking] = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=7, unique_by=id))
    return [one for at, one in enumerate(found) if one in many or one.field not in {o.field for o in found[:at]}]


def of_form(draw: st.DrawFn, form: Form, known: Sequence[Form]) -> Asking:
    like = [other for other in known if (other.array, other.label) == (form.array, form.label)]
    by_id = draw(st.booleans())
    clear = form.writable and (by_id or len(like) == 1)
    changes = ("add", "remove") if form.consent else MANY if form.meant == "checkbox" else ONE
    to = f"{form.array}.{form.id if by_id else form.label}"
    return Asking(to, f"{form.array}.{form.id}" if clear else None, form.meant, form, changes)


def _rule(
    draw: st.DrawFn, number: int, target: Asking, event: Kind, *, sound: bool
) -> tuple[dict[str, Any], Wish, list[Answer]]:
    rule: dict[str, Any] = {"to": target.to}
    change = pick(draw, target.changes)
    when = target.event or pick(draw, (*[None] * 6, "unsubscribed"))
    if when == "unsubscribed" and not target.event:
        when, change = (when, target.takes_back) if target.takes_back != "never" else (None, change)
    rule |= {"when": {"kind": when}} if when else {}
    runs = event == when if when else event in USUAL
    pool, meaning = _pool(draw, rule, target, sound=sound)
    if _may_be_constant(target) and change != "clear" and draw(st.integers(0, 5)) == 0:
        value = CHOICES_OF[target.kind] if target.form is None else target.form.refs[0][1]
        rule = {key: said for key, said in rule.items() if key in ("to", "when")} | {"value": value}
        rule |= {"change": change} if change else {}
        heard = "constant" if runs else "off"
        itself = None if target.form is None else {value: value}
        return rule, Wish(number, target.field, target.kind, change, heard, target.form, value, itself), []
    rule |= {"change": change} if change else {}
    rule["from"] = pick(draw, (f"q{number}", f"Étape {number}", f"etape {number}"))
    heard, answers = _answers(draw, number, target, pool, sound=sound)
    if not runs:
        heard = "off"
    said = answers[0].value if answers else None
    otherwise = rule.get("otherwise")
    return rule, Wish(number, target.field, target.kind, change, heard, target.form, said, meaning, otherwise), answers


HEARD = ("said", "said", "said", "said", "said", "empty", "empty", "absent")
CHOICES_OF: Mapping[str, str] = {"text": "Brest", "tags": "Nouvelle", "bool": "true"}
"""The constant of a rule for a plain field."""


def _may_be_constant(target: Asking) -> bool:
    if target.form is None:
        return target.kind in CHOICES_OF and target.field is not None
    return not target.form.free and bool(target.form.refs)


def _pool(
    draw: st.DrawFn, rule: dict[str, Any], target: Asking, *, sound: bool
) -> tuple[Sequence[Any], Mapping[str, str] | None]:
    """What people may answer to this rule, and what each text means; adds `values` to some rules."""
    form = target.form
    if form is None or form.free or form.kind == "drawing":
        if target.kind == "bool":
            rule["as"] = "bool"
        return SAID["text" if target.kind not in SAID else target.kind], None
    choices = [value for _, value, _ in form.refs]
    meaning = {value: value for value in choices}
    if draw(st.booleans()) and choices:
        table = {f"Réponse {at}": value for at, value in enumerate(choices)}
        rule["values"] = {**table, "Rien": "nothing"}
        rule |= pick(draw, ({}, {"otherwise": "skip"}, {"otherwise": "hold"}))
        meaning = {**table, "rien": "", "REPONSE 0": choices[0]}
    said = list(meaning)
    several = [] if form.meant == "radio" or not said else [tuple(said[:2]), (*said[1:], "")]
    return [*said, *several, *(() if sound else ("Ailleurs", "meme", ("Ailleurs", *said[:1])))], meaning


def _answers(
    draw: st.DrawFn, number: int, target: Asking, pool: Sequence[Any], *, sound: bool
) -> tuple[str, list[Answer]]:
    heard: str = pick(draw, (*HEARD, *(() if sound else ("twice",))))
    if heard == "absent":
        return heard, []
    value = pick(draw, EMPTY if heard == "empty" else pool)
    if value == "\x00" and target.kind not in ("text", "postcode", "tags"):
        value = None  # for the others this is a wrong answer, not an empty one
    answer = Answer(f"q{number}", f"Étape {number}", _type(target.kind, value), value)
    again = [Answer(f"q{number}", f"Étape {number}", answer.type, "encore")] if heard == "twice" else []
    return heard, [answer, *again]


def _type(kind: str, value: Any) -> AnswerType:
    if kind == "date":
        return "date"
    if isinstance(value, bool):
        return "bool"
    return "choices" if isinstance(value, tuple) else "number" if isinstance(value, int) else "text"
