"""Which field of a contact a question asks for, by its words, its type and what was answered. Pure.

Qomon's own forms are for `suggest_forms`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from marshmallow import ValidationError

from bridge.model import Question
from bridge.operations.authoring.lexicon import NOT_SURELY_THE_PERSON, NOT_THE_PERSON, PHRASES, core, words
from bridge.operations.authoring.proposal import BOTH, Confidence, Suggestion
from bridge.qomon.fields import FIELDS
from schemas import normal
from schemas.countries import country_name
from schemas.dates import is_written
from schemas.fields import Typed, reader, spoken_each
from schemas.genders import gender

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
_POSTCODE, _NAME = 10, 60
"""Characters at most."""
_FILLS = ("firstname", "surname", "gender", "birthdate")


@dataclass(frozen=True, slots=True)
class _Asks:
    """What the words say, and whether nothing else is said beside it."""

    to: str
    exact: bool


def of_person(question: Question, source: str, region: str) -> Suggestion | None:
    """None: nothing in it looks like a field of a contact."""
    if question.type == "file" or _is_tracking(question):
        return _nothing(question, source)
    asked = _asked(question)
    if asked is not None and asked.to == "nothing":
        return _nothing(question, source)
    if about_a_purchase(question):
        return None
    if asked is None:
        return _by_type(question, source, region)
    return _fitting(question, source, asked, region)


def about_somebody_else(question: Question) -> bool:
    return bool(NOT_SURELY_THE_PERSON & {*words(question.label)})


def about_a_purchase(question: Question) -> bool:
    """Its place in the tool's call, or its words, say that it is about what was bought, who paid or who asked."""
    return bool(NOT_THE_PERSON & ({*words(question.label)} | {*words(question.key)}))


def _is_tracking(question: Question) -> bool:
    said = words(question.label)
    return bool(said) and said[0] in ("utm", "gclid", "fbclid", "captcha", "recaptcha", "honeypot")


def _asked(question: Question) -> _Asks | None:
    if PHRASES.get(" ".join(words(question.key))) == "nothing":
        return _Asks("nothing", exact=True)
    said = core(question.label)
    whole = PHRASES.get(" ".join(said)) or PHRASES.get(" ".join(words(question.label)))
    if whole is not None:
        return _Asks(whole, exact=True)
    if about_somebody_else(question):
        return None
    for size in range(min(4, len(said)), 0, -1):
        for at in range(len(said) - size + 1):
            part = PHRASES.get(" ".join(said[at : at + size]))
            if part is not None and part != "nothing" and _long_enough(said, size):
                return _Asks(part, exact=False)
    return None


def _long_enough(said: Sequence[str], size: int) -> bool:
    """One word of a long sentence says little."""
    return size * 3 >= len(said)


def _fitting(question: Question, source: str, asked: _Asks, region: str) -> Suggestion | None:
    to = _which_phone(question, region) if asked.to == "some phone" else asked.to
    types = _TYPES.get(_SORTS.get(to, to), _TEXTS)
    if question.type not in types or any(isinstance(one, Mapping) for one in question.said):
        return None
    told = _texts(question)
    proved = _proved(to, told, region)
    if told and (proved == 0 or (to == "birthdate" and proved < len(told))):
        return None
    elsewhere = about_somebody_else(question) or bool(NOT_SURELY_THE_PERSON & {*words(question.key)})
    sure = asked.exact and not elsewhere and (not told or proved == len(told))
    if asked.to == "some phone" and not told:
        sure = False
    made = _made(question, source, to, region, told)
    confidence: Confidence = "sure" if sure and made.confidence == "sure" else "likely"
    return replace(made, confidence=confidence, reason=_by_words(to, proved, len(told)))


def _by_words(to: str, proved: int, told: int) -> LazyString:
    name = _("whole name") if to == "whole name" else to
    if not proved:
        return _("its words ask for %(to)s", to=name)
    return _("its words ask for %(to)s, and %(fit)s of %(all)s answers fit", to=name, fit=proved, all=told)


def _made(question: Question, source: str, to: str, region: str, told: Sequence[str]) -> Suggestion:
    """With what its answers need; less sure where they can be read in two ways."""
    made = Suggestion(question, source, to, "sure", _by_words(to, 0, 0), convert=_CONVERTS.get(to))
    if to == "whole name":
        return replace(made, to=BOTH, convert="split_name", change="fill")
    if to == "birthdate" and question.type != "date":
        fits = [form for form in _FORMATS if told and all(is_written(text, form) for text in told)]
        form = fits[0] if fits else "DD/MM/YYYY" if region != "US" else "MM/DD/YYYY"
        unsure = not fits or {"DD/MM/YYYY", "MM/DD/YYYY"} <= {*fits}
        made = replace(made, convert="date", date_format=form, confidence="likely" if unsure else "sure")
    return replace(made, change="fill" if to in _FILLS else None)


def _proved(to: str, told: Sequence[str], region: str) -> int:
    """How many of its last answers can be what the words say; all where nothing tells."""
    tests: Mapping[str, Callable[[str], bool]] = {
        "mail": lambda text: normal.mail(text) is not None,
        "phone": lambda text: normal.phone(text, region) is not None,
        "date": lambda text: any(is_written(text, form) for form in _FORMATS) or _is_date(text),
        "gender": _is_gender,
        "whole name": lambda text: len(text.split()) > 1,
        "split_name": _is_name,
        "country": _is_country,
        "postcode": lambda text: any(letter.isdigit() for letter in text) and len(text.strip()) <= _POSTCODE,
        "address.city": lambda text: not text.strip().isdigit(),
    }
    fits = tests.get(to, tests.get(_SORTS.get(to, to)))
    return len(told) if fits is None else sum(map(fits, told))


def _is_name(text: str) -> bool:
    return "@" not in text and len(text) <= _NAME and not any(letter.isdigit() for letter in text)


def _is_gender(text: str) -> bool:
    return _reads(gender, text)


def _is_country(text: str) -> bool:
    return _reads(country_name, text)


def _is_date(text: str) -> bool:
    return _reads(reader("date", "FR").read, text)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, ValidationError):
        return False
    return True


def _texts(question: Question) -> list[str]:
    """What was answered; where nothing was, and choices are offered, those."""
    said = [text for value in question.said for text in spoken_each(Typed(value) if _iso(question, value) else value)]
    return said or [*question.offered]


def _iso(question: Question, value: object) -> bool:
    return question.type == "date" and isinstance(value, str)


def _which_phone(question: Question, region: str) -> str:
    numbers = [normal.phone(text, region) for text in _texts(question)]
    fixed = [number for number in numbers if number is not None and not normal.is_mobile(number)]
    return "phone" if fixed and len(fixed) == len(numbers) else "mobile"


def _by_type(question: Question, source: str, region: str) -> Suggestion | None:
    """The tool says what it is, the words do not."""
    to = {"mail": "mail", "phone": "mobile"}.get(question.type)
    if to is None:
        return None
    if to == "mobile":
        to = _which_phone(question, region)
    other = about_somebody_else(question)
    reason = (
        _("the tool says that it is a %(type)s but perhaps somebody else's", type=question.type)
        if other
        else _("the tool says that it is a %(type)s", type=question.type)
    )
    return Suggestion(question, source, to, "guess" if other else "likely", reason)


def _nothing(question: Question, source: str) -> Suggestion:
    file = question.type == "file"
    why = _("a file is not sent") if file else _("the form's own bookkeeping, nobody's answer")
    return Suggestion(question, source, "nothing", "sure", why)
