"""An invented person's answers to the questions of a form, for trying a mapping on nobody. Pure.

Accents, an apostrophe, a hyphen, a long text, one left empty, a choice said twice: what real people send. The address
is on example.org, and the number is one that is given to no one (Arcep, numbers for films).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bridge.hooks.hook import Hook
from bridge.model import Answer, Question, Submission, Value

MAIL, MOBILE = "zoe-anais.obrien@example.org", "+33639981234"
_SAID: Mapping[str, Value] = {
    "firstname": "Zoé-Anaïs",
    "surname": "O’Brien-Lefèvre",
    "mail": MAIL,
    "mobile": MOBILE,
    "phone": MOBILE,
    "birthdate": "1990-02-28",
    "address.postalcode": "01000",
    "address.city": "Bourg-en-Bresse",
    "address.street": "12 rue de l’Église",
}
"""By the field of Qomon that a question goes to."""
_LONG = "Une très longue réponse, avec des accents é à ç, une apostrophe d’aujourd’hui et un emoji 🎉. " * 8


def submission(hook: Hook, questions: Sequence[Question], now: datetime) -> Submission:
    """Somebody who fills in the form now: each question is answered as the field needs it that it goes to."""
    texts = [one for one in questions if one.type == "text" and _to(hook, one) is None]
    special: dict[str, Value] = {one.key: said for one, said in zip(texts, ("", _LONG), strict=False)}
    answers = (
        Answer(one.key, one.label, one.type, special.get(one.key, _value(hook, one)), one.aliases, one.offered)
        for one in questions
    )
    return Submission(None, now, "submitted", tuple(answers))


def _value(hook: Hook, question: Question) -> Value:
    to = _to(hook, question) or ""
    if to in _SAID and question.type not in ("choice", "choices", "address", "name"):
        return _SAID[to]
    by_type: Mapping[str, Value] = {
        "mail": MAIL,
        "phone": MOBILE,
        "date": "1990-02-28",
        "number": 42,
        "bool": True,
        "name": {"first": "Zoé-Anaïs", "last": "O’Brien-Lefèvre"},
        "address": {"street": "12 rue de l’Église", "postalcode": "01000", "city": "Bourg-en-Bresse"},
    }
    if question.type == "choice":
        return question.offered[0] if question.offered else ""
    if question.type == "choices":
        return (*question.offered[:2], *question.offered[:1])
    return by_type.get(question.type, "Réponse d’essai")


def _to(hook: Hook, question: Question) -> str | None:
    """The field that the question goes to, by its key or its label."""
    names = {question.key, question.label, *question.aliases}
    return next((rule.to for rule in hook.rules if rule.key in names or rule.source in names), None)
