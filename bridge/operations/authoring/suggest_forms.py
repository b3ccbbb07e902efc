"""Which of Qomon's forms a question asks for: by its label, by its choices; and which consent it gives. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from bridge.model import Question
from bridge.operations.authoring.lexicon import CHANNELS, CONSENTING, NOES, TAKING_BACK, TERMS, YESES, core, words
from bridge.operations.authoring.proposal import RANK, Confidence, Suggestion
from bridge.operations.authoring.suggest_people import about_somebody_else
from bridge.qomon.catalogue import Catalogue, Choice, Form
from schemas import normal
from schemas.fields import FALSE, TRUE, spoken_each
from schemas.normal import folded

_SAME = 0.99
_NEAR = 0.86
_ALIKE = 0.6
"""How alike two labels are (`_label_likeness`): the same words, nearly the same, something in common."""
_HALF = 0.5
_MANY = 3
"""Choices of a question that must be a form's for the choices alone to tell something."""
_BRIEF = 2
"""Words of a mere yes or no."""
_SHORT = 8
"""Choices of a question that may be a consent."""


def of_form(question: Question, source: str, catalogue: Catalogue) -> Suggestion | None:
    """The best of Qomon's forms, consents aside; None when none looks alike."""
    found = [made for form in catalogue.forms.values() if not form.consent for made in _of(question, source, form)]
    ranked = sorted(found, key=lambda one: (-RANK[one[1].confidence], -one[0]))
    if not ranked:
        return None
    likeness, best, form = ranked[0]
    equal = [one for one in ranked[1:] if (one[0], one[1].confidence) == (likeness, best.confidence)]
    name = named(form, catalogue)
    if equal:
        return replace(best, to=name, confidence="guess", reason=_("several of Qomon's fields fit as well"))
    return replace(best, to=name)


def named(form: Form, catalogue: Catalogue) -> str:
    """By its label where no other has it."""
    alone = len(catalogue.labelled(form.array, form.label)) == 1 and form.label == form.label.strip()
    return (
        f"{form.array}.{form.label}" if alone and form.label and form.label.isprintable() else f"{form.array}.{form.id}"
    )


def _of(question: Question, source: str, form: Form) -> Iterator[tuple[float, Suggestion, Form]]:
    if form.kind == "unknown" or (form.free and form.free_ref is None) or question.type in ("file", "mail", "phone"):
        return
    label = _label_likeness(question.label, form.label)
    made = _free(question, source, form, label) if form.free else _choices(question, source, form, label)
    if made is not None:
        yield label, made, form


def _label_likeness(one: str, other: str) -> float:
    """1 for the same label, a little less for the same words, and so on down to 0."""
    if folded(one) == folded(other):
        return 1.0
    mine, theirs = core(one), core(other)
    if sorted(mine) == sorted(theirs):
        return _SAME
    shared = len({*map(_stem, mine)} & {*map(_stem, theirs)}) / max(len({*mine} | {*theirs}), 1)
    written = SequenceMatcher(None, " ".join(mine), " ".join(theirs)).ratio()
    return max(shared, written if written >= _NEAR else 0.0)


def _stem(word: str) -> str:
    return word.rstrip("sx")


def _free(question: Question, source: str, form: Form, label: float) -> Suggestion | None:
    fits = {
        "text": question.type in ("text", "choice", "number", "name", "address"),
        "numeric": question.type == "number" or (question.type == "text" and _all(question, str.isdigit)),
        "date": question.type == "date" and (not question.said or _all(question, normal.moment)),
    }[form.kind]
    if not fits or label < _ALIKE or (about_somebody_else(question) and label < 1):
        return None
    same = label >= _SAME
    confidence: Confidence = "sure" if same and question.type != "choice" else "likely" if label >= _NEAR else "guess"
    reason = _("same label as a field of Qomon") if same else _("nearly the label of a field of Qomon")
    return Suggestion(question, source, None, confidence, reason)


def _by_choices(label: float, found: int, offered: int) -> LazyString:
    counts = {"found": found, "offered": offered}
    if label >= _SAME:
        return _("same label as a field of Qomon, %(found)s of %(offered)s choices match", **counts)
    if label >= _ALIKE:
        return _("nearly the label of a field of Qomon, %(found)s of %(offered)s choices match", **counts)
    return _("%(found)s of %(offered)s choices match", **counts)


def _all(question: Question, fits: Callable[[str], object]) -> bool:
    texts = [text for value in question.said for text in spoken_each(value)]
    return bool(texts) and all(fits(text.strip()) for text in texts)


def _choices(question: Question, source: str, form: Form, label: float) -> Suggestion | None:
    offered = _offered(question)
    found = {said: choice for said in offered if (choice := _choice(said, form)) is not None}
    share = len(found) / len(offered) if offered else 0.0
    if not found or (label < _ALIKE and (len(found) < _MANY or share < _ALIKE)):
        return None
    many = question.type == "choices" and form.kind == "radio"
    confidence: Confidence = "guess"
    if label >= _NEAR and share == 1 and not many:
        confidence = "sure" if label >= _SAME or len(found) >= _MANY else "likely"
    elif (label >= _NEAR and share >= _HALF) or (share == 1 and len(found) >= _MANY):
        confidence = "likely"
    values = {said: choice.value for said, choice in found.items()}
    reason = _by_choices(label, len(found), len(offered))
    otherwise = None if share == 1 else "hold"
    outside = tuple(said for said in offered if said not in found)
    return Suggestion(question, source, None, confidence, reason, values, otherwise=otherwise, outside=outside)


def _offered(question: Question) -> tuple[str, ...]:
    if question.type == "bool":
        return ("true", "false")
    if question.offered:
        return question.offered
    texts = [text for value in question.said for text in spoken_each(value) if text.strip()]
    return tuple(dict.fromkeys(texts)) if question.type in ("text", "choice", "choices") else ()


def _choice(said: str, form: Form) -> Choice | None:
    """The one choice that it means, if there is exactly one."""
    exact = form.meant(said)
    if exact:
        return exact[0] if len(exact) == 1 and not exact[0].lacks_value else None
    yes_no = {"true": TRUE, "false": FALSE}.get(said)
    alike = [choice for choice in form.choices if _means(said, choice, yes_no)]
    return alike[0] if len(alike) == 1 and not alike[0].lacks_value else None


def _means(said: str, choice: Choice, yes_no: frozenset[str] | None) -> bool:
    texts = [text for text in (choice.label, choice.value) if text]
    if yes_no is not None:
        return any(folded(text) in yes_no for text in texts)
    mine = " ".join(words(said))
    others = [" ".join(words(text)) for text in texts]
    return any(
        other and (mine == other or mine.startswith(other + " ") or SequenceMatcher(None, mine, other).ratio() >= _NEAR)
        for other in others
    )


def of_consent(question: Question, source: str, catalogue: Catalogue) -> Suggestion | None:
    """A question that gives a consent, or takes it back: proposed with what each answer would mean, and asked."""
    said = {*words(" ".join((question.label, *question.offered)))}
    boxes = question.type in ("bool", "choice", "choices") and len(question.offered) <= _SHORT
    wanted = bool(said & (CONSENTING | TAKING_BACK)) or _may_we(question)
    only_terms = bool(said & TERMS) and not said & {"recevoir", "receive", "newsletter", "infolettre", "email", "sms"}
    if not boxes or not wanted or only_terms:
        return None
    forms = [form for form in catalogue.forms.values() if form.consent and not form.free]
    ranked = sorted(((_consent_likeness(question, form), form) for form in forms), key=lambda one: -one[0])
    if not ranked:
        return None
    (likeness, form), *others = ranked
    back = bool(said & TAKING_BACK)
    values = dict(_meanings(question, form, back=back))
    if not {*values.values()} - {"nothing"}:
        return None
    clear = not others or likeness > others[0][0]
    channel = bool(_channels({*words(question.label)}) or any(_channels({*words(text)}) for text in question.offered))
    confidence: Confidence = "likely" if clear and channel and not back else "guess"
    reason = (
        _("takes a consent back: a person has to say what each answer means")
        if back
        else _("gives a consent: a person has to say what each answer means")
    )
    change = "remove" if back else None
    to = named(form, catalogue)
    return Suggestion(question, source, to, confidence, reason, values, change=change, asks=True)


def _may_we(question: Question) -> bool:
    """A yes or no to a way of being reached, or ways of being reached to say yes to."""
    answers = [{*words(text)} for text in question.offered]
    plain = question.type == "bool" or (
        bool(answers) and all(len(said) <= _BRIEF and said & (YESES | NOES) for said in answers)
    )
    return bool(plain and _channels({*words(question.label)})) or any(
        said & YESES and _channels(said) for said in answers
    )


def _consent_likeness(question: Question, form: Form) -> float:
    """A form that shares words with the question; else the one whose name is consent itself."""
    asked = {*map(_stem, core(" ".join((question.label, *question.offered))))}
    named = {*map(_stem, core(form.label))}
    plain = bool(named & {"consentement", "consent", "rgpd", "gdpr", "optin"})
    return len(asked & named) / max(len(named), 1) + 0.1 * plain


def _meanings(question: Question, form: Form, *, back: bool) -> Iterator[tuple[str, str]]:
    """Each offered answer, and what it gives: a no gives nothing, a yes the channel that it or the question names."""
    asked = _channels({*words(question.label)})
    for said in _offered(question):
        own = {*words(said)}
        no = own & NOES and not own & (YESES - {"true"}) if not back else said == "false" or own & {"no", "non"}
        channels = (
            [] if no else _channels(own) or asked or (["email"] if own & YESES or len(question.offered) <= 1 else [])
        )
        found = [choice for channel in channels for choice in _by_channel(form, channel)]
        yield said, found[0].value if len({choice.id for choice in found}) == 1 else "nothing"


def _channels(said: set[str]) -> list[str]:
    return [channel for channel, listed in CHANNELS.items() if said & listed]


def _by_channel(form: Form, channel: str) -> list[Choice]:
    sent = (choice for choice in form.choices if not choice.lacks_value)
    return [choice for choice in sent if channel in _channels({*words(f"{choice.label} {choice.value}")})]


def by_choice(question: Question, source: str, to: str, form: Form) -> Suggestion:
    """What a person chose among Qomon's forms, with the choices that match and what each answer of a consent means."""
    plain = Suggestion(question, source, to, "sure", _("your choice"))
    if form.free:
        return plain
    if form.consent:
        back = bool({*words(question.label)} & TAKING_BACK)
        values = dict(_meanings(question, form, back=back)) or None
        return replace(plain, values=values, change="remove" if back else None, asks=True)
    made = _choices(question, source, form, 1.0)
    return plain if made is None else replace(made, to=to)


def best(found: Sequence[Suggestion | None]) -> Suggestion | None:
    """The surest; of equals the first."""
    made = [one for one in found if one is not None]
    return max(made, key=lambda one: RANK[one.confidence], default=None)
