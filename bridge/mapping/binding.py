"""A rule bound to its place in Qomon: target, form, how its answer is read. Pure; answers come later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from marshmallow.fields import Field

from bridge.mapping.rules import Rule, misfits
from bridge.mapping.targets import fit, form_target, forms_named, is_form, plain_target
from bridge.mapping.targets import single as holds_one
from bridge.model import Target
from bridge.qomon.catalogue import Catalogue, Form
from schemas.codes import Op
from schemas.fields import Each, reader
from schemas.normal import folded
from schemas.words import refuses


@dataclass(frozen=True, slots=True)
class Bound:
    """`target` None: Qomon has no such place, several, or one that does not fit: nothing may be sent.

    `folded`: the rule's table of values by folded answer. `single`: one answer may give one value at most.
    """

    rule: Rule
    target: Target | None = None
    form: Form | None = None
    op: Op = "set"
    folded: Mapping[str, str] | None = None
    single: bool = True
    refusals: frozenset[int] = frozenset()
    """The choices of a consent that say no."""

    def refuses(self, value: object) -> bool:
        if not (isinstance(value, tuple) and self.form is not None and self.form.consent):
            return False
        return _says_no(self.rule, str(value[1])) if self.form.free else value[0] in self.refusals

    @property
    def key(self) -> str:
        """In the compiled schema: r0 is rule 1; one with two targets has two, such as r0_surname."""
        whole = f"r{self.rule.number - 1}"
        return f"{whole}_{self.rule.to}" if self.rule.convert == "split_name" else whole

    @property
    def name(self) -> str:
        """For people."""
        return self.target.name if self.target is not None else self.rule.to


def bind(rule: Rule, catalogue: Catalogue) -> Bound:
    forms = forms_named(rule.to, catalogue, rule.form_id) if is_form(rule.to) else ()
    form = forms[0] if len(forms) == 1 else None
    target = form_target(form) if form is not None else plain_target(rule.to)
    if target is None or any(misfits(rule, fit(target), rule.to)):
        return Bound(rule)
    table = {folded(answer): to for answer, to in rule.values.items()} if rule.values is not None else None
    single = holds_one(target) or target.kind == "radio"
    op = rule.change or fit(target).changes[0]
    if op == "clear":  # is about empty answers: one that is not empty sets the value, or becomes the whole list
        op = "replace" if target.is_list else "set"
    return Bound(rule, target, form, op, table, single, refusals(rule, form))


def refusals(rule: Rule, form: Form | None) -> frozenset[int]:
    """The choices of a consent that say no: by their value or label, unless the rule says otherwise
    (docs/laws.md 7).
    """
    if form is None or not form.consent or form.free:
        return frozenset()
    return frozenset(choice.id for choice in form.choices if _says_no(rule, choice.value, choice.label))


def _says_no(rule: Rule, *texts: str) -> bool:
    spellings = {folded(text) for text in texts}
    if spellings & {folded(text) for text in rule.refuses or ()}:
        return True
    return not spellings & {folded(text) for text in rule.agrees or ()} and any(map(refuses, texts))


def read_as(rule: Rule, target: Target, region: str, zone: tzinfo, country: str) -> Field[Any]:
    """The field of a bound rule. Tables, choices and tags read every text of an answer, the others one."""
    convert, whole = rule.convert or fit(target).converts[0], target.kind == "numeric"
    text_field = reader(convert, region, rule.date_format, whole=whole, field=target.field, zone=zone, country=country)
    many = rule.values is not None or target.is_list or target.kind == "radio"
    return Each(text_field) if many else text_field
