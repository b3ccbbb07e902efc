"""Where each question of a form may go in Qomon, with reasons: proposals, never applied by themselves. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from bridge.mapping.lookup import Answers
from bridge.mapping.targets import NOTHING, forms_named, is_form
from bridge.model import Question
from bridge.operations.authoring import suggest_forms, suggest_people
from bridge.operations.authoring.proposal import BOTH, RANK, Suggestion
from bridge.operations.authoring.questions import as_asked
from bridge.operations.authoring.suggest_forms import best, of_consent, of_form
from bridge.operations.authoring.suggest_people import about_somebody_else, of_person
from bridge.qomon.catalogue import Catalogue

_OPEN = _("nothing alike in Qomon")
_SOMEBODY = _("it may be about somebody or something else")
_LONG = _("free text: notes cannot be written safely; choose a text field, or nothing")
_TAKEN = _("another question fits that field better")
_TWICE = _("several questions fit that field equally")
_CHOSEN = _("your choice")
_PARTS = _("an answer in parts: write a rule for each part, such as from: Adresse.city")
_FREE = 80
"""Characters from which an answer is a text and no word."""
_MANY = ("custom_fields.", "formdatas.")


def suggest(questions: Sequence[Question], catalogue: Catalogue, region: str) -> tuple[Suggestion, ...]:
    """One for each question, in their order. `region` reads national phone numbers."""
    asked = as_asked(questions)
    named = [source_of(question, asked) for question in questions]
    found = [_first(question, source, catalogue, region) for question, source in zip(questions, named, strict=True)]
    return tuple(_apart(found, catalogue))


def chosen(question: Question, source: str, to: str, catalogue: Catalogue, region: str) -> Suggestion:
    """What a person chose by hand, with what its answers need there: how they are read, which choices match."""
    forms = forms_named(to, catalogue) if is_form(to) else ()
    if len(forms) == 1:
        return suggest_forms.by_choice(question, source, to, forms[0])
    if to == NOTHING or is_form(to):
        return Suggestion(question, source, to, "sure", _CHOSEN)
    return suggest_people.by_choice(question, source, to, region)


def source_of(question: Question, asked: Answers) -> str:
    """The label where it names this question alone of all that are asked, else its key."""
    label = question.label
    alone = label.strip() == label and label.isprintable() and bool(label)
    places = asked.find(label) if alone else []
    return label if len(places) == 1 and places[0][1].key == question.key else question.key


def _first(question: Question, source: str, catalogue: Catalogue, region: str) -> Suggestion:
    consent = of_consent(question, source, catalogue)
    if consent is not None:
        return consent
    found = best([of_person(question, source, region), of_form(question, source, catalogue)])
    return found if found is not None else Suggestion(question, source, None, "none", _why_not(question))


def _why_not(question: Question) -> LazyString:
    if any(isinstance(value, Mapping) for value in question.said):
        return _PARTS
    if about_somebody_else(question):
        return _SOMEBODY
    long = any(isinstance(value, str) and len(value) > _FREE for value in question.said)
    return _LONG if question.type == "text" and long else _OPEN


def _apart(found: Sequence[Suggestion], catalogue: Catalogue) -> Iterator[Suggestion]:
    """A field that holds one value is proposed to one question at most, and to none for sure if two fit equally."""
    wanting: dict[str, list[Suggestion]] = {}
    for one in found:
        for name in _fields(one):
            wanting.setdefault(name, []).append(one)
    for mine in found:
        wanted = [] if _holds_many(mine, catalogue) else [wanting[name] for name in _fields(mine)]
        rivals = [one for among in wanted for one in among if one is not mine]
        better = [one for one in rivals if RANK[one.confidence] > RANK[mine.confidence] or _parts(one, mine)]
        equal = [one for one in rivals if RANK[one.confidence] == RANK[mine.confidence] and not _parts(mine, one)]
        if better:
            yield Suggestion(mine.question, mine.source, None, "none", _TAKEN)
        elif equal and mine.confidence != "none":
            yield replace(mine, confidence="guess", reason=_TWICE)
        else:
            yield mine


def _parts(one: Suggestion, other: Suggestion) -> bool:
    """First name and surname asked one by one are worth more than both in one."""
    return other.to == BOTH and one.to in BOTH and one.confidence != "guess"


def _fields(one: Suggestion) -> tuple[str, ...]:
    if one.to is None or one.to == "nothing":
        return ()
    return one.to if isinstance(one.to, tuple) else (one.to,)


def _holds_many(one: Suggestion, catalogue: Catalogue) -> bool:
    """Lists take what several questions add; consents are given by any of them."""
    to = one.to if isinstance(one.to, str) else ""
    if one.asks or not to.startswith(_MANY):
        return one.asks
    array, _, name = to.partition(".")
    forms = [form for form in catalogue.forms.values() if form.array == array and name in (form.label, str(form.id))]
    return any(form.kind == "checkbox" for form in forms)
