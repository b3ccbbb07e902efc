"""Answers that people put right: a typo in a mail, a choice that is left out. What was said stays beside it.

The event then crosses anew, as of its own time: what is newer stays (docs/laws.md 8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from flask_babel import gettext as _

from bridge.crossing.decision import Amendment, Decision
from bridge.crossing.opened import Opened, report_of
from bridge.hooks.revisions import By
from bridge.mapping.amend import amended
from bridge.mapping.compile import who_is_it
from bridge.model import Answer, Event, Value
from bridge.operations.decide import Deciding, concerns, held_for
from bridge.operations.release import NotDone
from bridge.report.wording import OUTCOMES
from bridge.translations import quoted
from schemas.fields import spoken
from schemas.normal import folded

_WRITTEN = ("delivered", "created", "unchanged")
_STILL = ("held", "failed", *_WRITTEN)


class ConsentAsked(NotDone):
    """A consent is put right only where the person told it themselves, and whoever writes it down says so."""


@dataclass(frozen=True, slots=True)
class Correcting:
    """Raises NotDone, TryLater and Faults; what it says of the event is what it is after that."""

    deciding: Deciding

    def correct(self, id_: str, said: Mapping[str, Sequence[str]], by: By, *, confirmed: bool = False) -> str:
        """These answers in the place of those that were given, by the question's name. `confirmed`: the person
        themselves told `by`, without which no consent is put right.

        What was written already stays on the contact that it was written on, and is written over there.
        """
        case = self.deciding.case(id_, open_to)
        given = as_given(case)
        new = {}
        for question, values in said.items():
            answer = _asked(given, question)
            new[answer.key] = Amendment(answer.label, _value(answer, values), answer.value, by, confirmed=confirmed)
        consents = [one.label for key, one in new.items() if key in self._consents(case, new)]
        if consents and not confirmed:
            raise ConsentAsked(
                _(
                    "%(questions)s: a consent is what the person said. If they told you themselves: "
                    "--confirmed-by-person. The receipt then says so.",
                    questions=quoted(consents),
                )
            )
        return self.deciding.put_right(case, lambda before: self._corrected(case, before, new), by, did="corrected")

    def leave_out(self, id_: str, what: str, by: By) -> str:
        """This choice of an answer is not sent, or all of the answer to this question; the rest crosses."""
        case = self.deciding.case(id_, held_for(("unknown_choice", "unknown_field")))
        plan, given = self.deciding.context.plans.plan(case.hook, by.at), as_given(case)
        lines = [line for line in plan.map(case.submission, case.report).answers if line.status == "held"]
        said = {answer.key: answer for answer in case.submission.answers}
        new = dict[str, Amendment]()
        for line in lines:
            outside = folded(what) in map(folded, line.outside)
            if line.key in said and concerns(asdict(line), what):
                first = next(answer for answer in given if answer.key == line.key)
                value = _without(said[line.key].value, what) if outside else None
                new[line.key] = Amendment(line.label, value, first.value, by)
        if not new:
            waits = [text for line in lines for text in (line.outside or (line.label,))]
            raise NotDone(_("%(what)s is not what it waits for. That is: %(these)s", what=what, these=quoted(waits)))
        return self.deciding.put_right(case, lambda before: with_answers(before, new), by)

    def _consents(self, case: Opened, new: Mapping[str, Amendment]) -> set[str | None]:
        """The answers that say something of a consent, or would."""
        plan, after = self.deciding.context.plans.plan(case.hook, self.deciding.context.now()), _values(new)
        both = (case.submission, amended(case.submission, after))
        wanted = [change for one in both for change in plan.map(one, case.report).wanted]
        return {one.answer for one in wanted if one.target.consent or one.target.field == "black_list"}

    def _corrected(self, case: Opened, before: Decision, new: Mapping[str, Amendment]) -> Decision:
        """Who it is about is read anew from it, unless it was written already."""
        decision = with_answers(before, new)
        if case.stored.outcome in _WRITTEN:
            contact = (report_of(self.deciding.context.vault, case.stored)["contact"] or {}).get("id")
            return replace(decision, space=case.stored.space, contact=contact, create=False, others=())
        if who_is_it(case.hook, amended(case.submission, _values(new))) != who_is_it(case.hook, case.submission):
            return replace(decision, contact=None, create=False, others=())
        return decision


def open_to(row: Event, _decision: Decision) -> None:
    if row.outcome not in _STILL:
        raise NotDone(
            _("it is %(outcome)s: only what is held, given up or written is put right.", outcome=OUTCOMES[row.outcome])
        )


def as_given(case: Opened) -> tuple[Answer, ...]:
    """As the tool said them, whatever was put right since."""
    decision, answers = case.decision, case.submission.answers
    there = {answer.key for answer in answers}
    out = [(key, one) for key, one in decision.answers.items() if key not in there]
    return (
        *(
            replace(answer, value=decision.answers[answer.key].original) if answer.key in decision.answers else answer
            for answer in answers
        ),
        *(Answer(key, one.label, "text", one.original) for key, one in out),
    )


def _asked(given: Sequence[Answer], question: str) -> Answer:
    """Raises NotDone unless it is one: by its key or label, exactly, else folded."""
    exact = [one for one in given if question in (one.key, one.label)]
    found = exact or [one for one in given if folded(question) in (folded(one.key), folded(one.label))]
    if len(found) != 1:
        names = quoted([one.label for one in given])
        raise NotDone(_("%(question)s is not one question of it. Those are: %(names)s", question=question, names=names))
    if isinstance(found[0].value, Mapping):
        raise NotDone(_("%(question)s has parts: it cannot be put right here.", question=question))
    return found[0]


def _value(answer: Answer, values: Sequence[str]) -> Value:
    if isinstance(answer.value, tuple):
        return tuple(one for one in values if one)
    if len(values) > 1:
        raise NotDone(_("%(question)s takes one answer.", question=answer.label))
    return values[0]


def _without(value: Value, choice: str) -> Value:
    """None when nothing else was said: then it was not answered."""
    left = tuple(one for one in value if folded(spoken(one)) != folded(choice)) if isinstance(value, tuple) else ()
    return left or None


def with_answers(before: Decision, new: Mapping[str, Amendment]) -> Decision:
    """What was put right before stays, unless it is put right again."""
    return replace(before, answers={**before.answers, **new})


def _values(new: Mapping[str, Amendment]) -> dict[str, Value]:
    return {key: one.value for key, one in new.items()}
