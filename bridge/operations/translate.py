"""A form's choice that is none in Qomon: what it means there, this time or from now on.

This time: another answer counts in the place of what was said, and the event crosses. From now on: the rule's table of
values has it, in the hook's draft, and whoever publishes that releases the event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _

from bridge.crossing.decision import Amendment
from bridge.crossing.opened import Opened
from bridge.hooks.hook import Hook
from bridge.hooks.revisions import By
from bridge.hooks.yaml import as_yaml, plain_of
from bridge.mapping.binding import Bound
from bridge.mapping.choices import choose
from bridge.mapping.targets import NOTHING
from bridge.model import Mapped, Value
from bridge.operations import audit
from bridge.operations.correct import as_given, with_answers
from bridge.operations.decide import Deciding, held_for
from bridge.operations.release import NotDone
from bridge.translations import quoted
from schemas.fields import spoken
from schemas.normal import folded


@dataclass(frozen=True, slots=True)
class Offer:
    """What a choice that is none in Qomon may be, as shown and as Qomon stores it: this time, from now on."""

    choice: str = field(repr=False)
    field: str
    once: tuple[tuple[str, str], ...]
    always: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Translating:
    """Raises NotDone, TryLater and Faults."""

    deciding: Deciding

    def once(self, id_: str, choice: str, value: str, by: By) -> str:
        """It crosses with this in the place of the choice. What it is after that."""
        case, found = self._found(id_, choice, value)
        given = {answer.key: answer.value for answer in as_given(case)}
        said = {answer.key: answer.value for answer in case.submission.answers}
        new = dict[str, Amendment]()
        for line, bound in found:
            if bound.target is not None and bound.target.consent:
                raise NotDone(
                    _(
                        "a consent is what the person said. If they told you themselves: flask inbox correct %(event)s",
                        event=id_,
                    )
                )
            counts = _said_for(bound, value)
            if counts is None:
                raise NotDone(
                    _(
                        "%(hook)s sends no answer as %(value)s yet: decide it for good, without --only-this-time.",
                        hook=case.hook.name,
                        value=value,
                    )
                )
            put = _with(said[line.key], choice, counts)
            new[line.key] = Amendment(line.label, put, given[line.key], by)
        return self.deciding.put_right(case, lambda before: with_answers(before, new), by)

    def always(self, id_: str, choice: str, value: str, by: By) -> Hook:
        """The draft of its hook, which has it; the event stays as it is."""
        case, found = self._found(id_, choice, value)
        hook, hooks = case.hook, self.deciding.hand.hooks
        if hook.owner != "pages":
            raise NotDone(
                _(
                    "%(hook)s is kept in a file: add %(choice)s: %(value)s to the values of its rule, and import it.",
                    hook=hook.name,
                    choice=choice,
                    value=value,
                )
            )
        with self.deciding.context.store.write() as tx:
            begun = hooks.draft(tx, hook.name)
            text = begun[1].text if begun is not None else hook.text
            for _line, bound in found:
                text = _with_value(text, hook, bound, choice, value)
            audit.note(tx, self.deciding.context.vault, by, "decided", id_, draft=hook.name)
            return hooks.save_draft(tx, text, by.at, by.who)

    def offered(self, id_: str) -> list[Offer]:
        """For each choice that it waits for, what it may be."""
        case = self.deciding.case(id_, held_for(("unknown_choice",)))
        plan = self.deciding.context.plans.plan(case.hook, self.deciding.context.now())
        found = dict[str, Offer]()
        for line in plan.map(case.submission, case.report).answers:
            for choice, bound in ((one, bound) for one in line.outside for bound in plan.mapper.bound(line.rule)):
                found.setdefault(choice, _offer(bound, choice, kept_in_a_file=case.hook.owner != "pages"))
        return [*found.values()]

    def _found(self, id_: str, choice: str, value: str) -> tuple[Opened, list[tuple[Mapped, Bound]]]:
        """The answers that wait because of this choice, each with its rule, of which the value is one."""
        case = self.deciding.case(id_, held_for(("unknown_choice",)))
        plan = self.deciding.context.plans.plan(case.hook, self.deciding.context.now())
        waits = [line for line in plan.map(case.submission, case.report).answers if line.outside]
        lines = [line for line in waits if folded(choice) in map(folded, line.outside)]
        found = [(line, bound) for line in lines for bound in plan.mapper.bound(line.rule)]
        if not found:
            these = quoted(text for line in waits for text in line.outside)
            raise NotDone(_("%(what)s is not what it waits for. That is: %(these)s", what=choice, these=these))
        for _line, bound in found:
            if not _fits(bound, choice, value):
                known = quoted(_all_choices(bound))
                said = {"value": value, "field": bound.name, "known": known}
                raise NotDone(_("%(value)s is no choice of %(field)s. Those are: %(known)s", **said))
        return case, found


def _offer(bound: Bound, choice: str, *, kept_in_a_file: bool) -> Offer:
    table = {to: to for to in (bound.rule.values or {}).values() if to != NOTHING}
    known = {value: label for label, value in _all_choices(bound).items()} or table
    fit = [(label, value) for value, label in known.items() if _fits(bound, choice, value)]
    consent = bound.target is not None and bound.target.consent
    once = [] if consent else [one for one in fit if _said_for(bound, one[1]) is not None]
    named = bound.name.removeprefix("custom_fields.").removeprefix("formdatas.")
    return Offer(choice, named, tuple(once), () if kept_in_a_file else tuple(fit))


def _fits(bound: Bound, choice: str, value: str) -> bool:
    """Whether the rule would take it for this choice; `nothing` too, which is not sent."""
    table = {**(bound.rule.values or {}), choice: value}
    made = replace(bound, rule=replace(bound.rule, values=table), folded={folded(one): to for one, to in table.items()})
    chosen = choose(made, [choice])
    return not (chosen.hold or chosen.outside)


def _said_for(bound: Bound, value: str) -> str | None:
    """An answer that the rule sends as this."""
    if bound.rule.values is not None:
        return next((said for said, to in bound.rule.values.items() if folded(to) == folded(value)), None)
    choices = bound.form.choice(value) if bound.form is not None else ()
    return next((text for one in choices for text in (one.label, one.value) if not choose(bound, [text]).hold), None)


def _with(value: Value, choice: str, counts: str) -> Value:
    if not isinstance(value, tuple):
        return counts
    return tuple(dict.fromkeys(counts if folded(spoken(one)) == folded(choice) else one for one in value))


def _with_value(text: str, hook: Hook, bound: Bound, choice: str, value: str) -> str:
    """The text of a hook, or of its draft, with one more value in the table of this rule. A rule that had none gets all
    choices of the field, which it took without one.
    """
    plain = plain_of(text)
    mine = _rules(plain_of(hook.text))[bound.rule.number - 1]
    place = [(mine.get(name)) for name in ("from", "to")]
    rule = next((one for one in _rules(plain) if [one.get(name) for name in ("from", "to")] == place), None)
    if rule is None:
        raise NotDone(_("the draft of %(hook)s has another rule there: see flask hooks show %(hook)s.", hook=hook.name))
    table = rule.get("values")
    known = table if isinstance(table, dict) else _all_choices(bound)
    rule["values"] = {**known, choice: value}
    return as_yaml(plain)


def _all_choices(bound: Bound) -> dict[str, str]:
    choices = bound.form.choices if bound.form is not None else ()
    return {one.label or one.value: one.value for one in choices if not one.lacks_value}


def _rules(plain: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As they are written, each to be changed in place."""
    return [one for one in plain.get("fields", []) if isinstance(one, dict)]
