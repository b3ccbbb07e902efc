"""Which field of a contact a question asks for, by its words, its type and what was answered. Pure.

Qomon's own forms are for `suggest_forms`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError

from bridge.model import Question
from bridge.operations.authoring.lexicon import NOT_SURELY_THE_PERSON, NOT_THE_PERSON, PHRASES, core, words
from bridge.operations.authoring.proposal import BOTH, Suggestion
from bridge.qomon.fields import FIELDS
from schemas import normal
from schemas.countries import country_name
from schemas.dates import is_written
from schemas.fields import Typed, reader, spoken_each
from schemas.words import gender

_FORMATS = ("DD/MM/YYYY", "YYYY-MM-DD", "MM/DD/YYYY", "DD-MM-YYYY", "DD.MM.YYYY", "YYYY/MM/DD")
_TEXTS = ("text", "name", "number", "choice", "address")
_TYPES: Mapping[str, tuple[str, ...]] = {
    "mail": ("mail", "text"),
    "phone": ("phone", "text", "number"),
    "date": ("date", "text"),
    "gender": ("choice", "text", "choices"),
}
"""Types of a question that may ask for a field of this sort; for all others, texts."""
_SORTS = {field.name: field.own or field.kind for field in FIELDS}
_NAMES = ("firstname", "surname", "married_name")
_CONVERTS = {field.name: "name" if field.name in _NAMES else field.own for field in FIELDS}
_TRACKING = frozenset({"utm", "gclid", "fbclid", "captcha", "recaptcha", "honeypot"})
_POSTCODE, _NAME = 10, 60
"""Characters at most."""
_FILLS = ("firstname", "surname", "gender", "birthdate")


def of_person(question: Question, source: str, region: str) -> Suggestion | None:
    """None: nothing in it looks like a field of a contact."""
    if question.type == "file":
        return Suggestion(question, source, "nothing", "sure", _("a file is not sent"))
    to, exact = ("nothing", True) if _TRACKING & {*words(question.label)[:1]} else _asked(question)
    if to == "nothing":
        why = _("the form's own bookkeeping, nobody's answer")
        return Suggestion(question, source, "nothing", "sure", why)
    if about_a_purchase(question):
        return None
    return _fitting(question, source, to, region, exact=exact) if to else _by_type(question, source, region)


def by_choice(question: Question, source: str, to: str, region: str) -> Suggestion:
    """What a person chose among a contact's fields, with what its answers need there."""
    made = Suggestion(question, source, to, "sure", _("your choice"), convert=_CONVERTS.get(to))
    return _made(made, to, region, _texts(question))


def about_somebody_else(question: Question) -> bool:
    return bool(NOT_SURELY_THE_PERSON & {*words(question.label)})


def about_a_purchase(question: Question) -> bool:
    """Its place in the tool's call, or its words, say that it is about what was bought, who paid or who asked."""
    return bool(NOT_THE_PERSON & ({*words(question.label)} | {*words(question.key)}))


def _asked(question: Question) -> tuple[str, bool]:
    """What the words say ("" is nothing that is known), and whether nothing else is said beside it."""
    if PHRASES.get(" ".join(words(question.key))) == "nothing":
        return "nothing", True
    said = core(question.label)
    whole = PHRASES.get(" ".join(said)) or PHRASES.get(" ".join(words(question.label)))
    if whole is not None:
        return whole, True
    if about_somebody_else(question):
        return "", False
    for size in range(min(4, len(said)), 0, -1):
        for at in range(len(said) - size + 1):
            part = PHRASES.get(" ".join(said[at : at + size]))
            if part is not None and part != "nothing" and size * 3 >= len(said):  # one of many words says little
                return part, False
    return "", False


def _fitting(question: Question, source: str, asked: str, region: str, *, exact: bool) -> Suggestion | None:
    to = _which_phone(question, region) if asked == "some phone" else asked
    types = _TYPES.get(_SORTS.get(to, to), _TEXTS)
    if question.type not in types or any(isinstance(one, Mapping) for one in question.said):
        return None
    told = _texts(question)
    proved = _proved(to, told, region)
    if told and (proved == 0 or (to == "birthdate" and proved < len(told))):
        return None
    elsewhere = about_somebody_else(question) or bool(NOT_SURELY_THE_PERSON & {*words(question.key)})
    sure = exact and not elsewhere and (proved == len(told) if told else asked != "some phone")
    name = _("whole name") if to == "whole name" else to
    reason = _("its words ask for %(to)s", to=name)
    if proved:
        reason = _("its words ask for %(to)s, and %(fit)s of %(all)s answers fit", to=name, fit=proved, all=len(told))
    made = _made(Suggestion(question, source, to, "sure", reason, convert=_CONVERTS.get(to)), to, region, told)
    return made if sure else replace(made, confidence="likely")


def _made(made: Suggestion, to: str, region: str, told: Sequence[str]) -> Suggestion:
    """With what its answers need; less sure where they can be read in two ways."""
    if to == "whole name":
        return replace(made, to=BOTH, convert="split_name", change="fill")
    if to == "birthdate" and made.question.type != "date":
        fits = [form for form in _FORMATS if told and all(is_written(text, form) for text in told)]
        form = fits[0] if fits else "DD/MM/YYYY" if region != "US" else "MM/DD/YYYY"
        unsure = not fits or {"DD/MM/YYYY", "MM/DD/YYYY"} <= {*fits}
        made = replace(made, convert="date", date_format=form, confidence="likely" if unsure else "sure")
    return replace(made, change="fill" if to in _FILLS else None)


def _proved(to: str, told: Sequence[str], region: str) -> int:
    """How many of its last answers can be what the words say; all where nothing tells."""
    day = reader("date", "FR").read
    tests: Mapping[str, Callable[[str], bool]] = {
        "mail": lambda text: normal.mail(text) is not None,
        "phone": lambda text: normal.phone(text, region) is not None,
        "date": lambda text: any(is_written(text, form) for form in _FORMATS) or _reads(day, text),
        "gender": partial(_reads, gender),
        "whole name": lambda text: len(text.split()) > 1,
        "split_name": lambda text: (
            "@" not in text and len(text) <= _NAME and not any(letter.isdigit() for letter in text)
        ),
        "country": partial(_reads, country_name),
        "postcode": lambda text: any(letter.isdigit() for letter in text) and len(text.strip()) <= _POSTCODE,
        "address.city": lambda text: not text.strip().isdigit(),
    }
    fits = tests.get(to, tests.get(_SORTS.get(to, to)))
    return len(told) if fits is None else sum(map(fits, told))


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, ValidationError):
        return False
    return True


def _texts(question: Question) -> list[str]:
    """What was answered; where nothing was, and choices are offered, those."""
    values = (Typed(one) if question.type == "date" and isinstance(one, str) else one for one in question.said)
    return [text for value in values for text in spoken_each(value)] or [*question.offered]


def _which_phone(question: Question, region: str) -> str:
    numbers = [normal.phone(text, region) for text in _texts(question)]
    fixed = [number for number in numbers if number is not None and not normal.is_mobile(number)]
    return "phone" if fixed and len(fixed) == len(numbers) else "mobile"


def _by_type(question: Question, source: str, region: str) -> Suggestion | None:
    """The tool says what it is, the words do not."""
    if question.type not in ("mail", "phone"):
        return None
    to = "mail" if question.type == "mail" else _which_phone(question, region)
    other = about_somebody_else(question)
    reason = (
        _("the tool says that it is a %(type)s but perhaps somebody else's", type=question.type)
        if other
        else _("the tool says that it is a %(type)s", type=question.type)
    )
    return Suggestion(question, source, to, "guess" if other else "likely", reason)
