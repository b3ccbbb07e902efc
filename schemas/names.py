"""A whole name in one text, split into first name and surname. Where it would be a guess, nothing is said.

In this order: `Dupont, Marie`; a SURNAME in capitals, first or last; a surname from its particle on
(`Anne Marie de la Tour`); else the first word is the first name and all others are the surname. No case changes.
"""

import re

from schemas.normal import cleaned, folded

_LITTLE = "da dal das de del della den der des di do dos du la le les ten ter van vom von zu zum zur"
_PARTICLES = frozenset(_LITTLE.split())
_TITLES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "mrs", "ms", "miss", "dr"})
_NOT_ONE_NAME = re.compile(r"[0-9@&+/;()\[\]|]")
_BETWEEN = frozenset({"et", "and", "ou", "or", "nee", "ne"})
_BOTH = 2
_NICKNAME = 2
"""Letters: `JP Dupont` is more often a Jean-Paul than somebody of the family JP."""


def split_name(text: str) -> tuple[str, str]:
    """First name and surname; one word is a first name, and the surname is then "". Raises ValueError."""
    said = cleaned(text)
    if _NOT_ONE_NAME.search(said) or _BETWEEN & {folded(word) for word in said.split()}:
        raise ValueError("Not the name of one person.")
    if "," in said:
        return _joined(*_around_the_comma(said))
    words = _untitled(said.split())
    if len(words) < len(said.split()) and len(words) < _BOTH:
        raise ValueError("A title, and not the two parts of a name.")
    return _joined(*(_by_capitals(words) or _by_order(words)))


def _joined(first: list[str], last: list[str]) -> tuple[str, str]:
    return " ".join(first), " ".join(last)


def _untitled(words: list[str]) -> list[str]:
    return words[1:] if words and folded(words[0]).rstrip(".") in _TITLES else words


def _around_the_comma(said: str) -> tuple[list[str], list[str]]:
    """`Gaulle, Charles de` too: the particle goes with the surname."""
    last, _, first = said.partition(",")
    words, family = _untitled(first.split()), last.split()
    if not words or not family or "," in first:
        raise ValueError("Not in the form Surname, First name.")
    while len(words) > 1 and _particle(words[-1]):
        family.insert(0, words.pop())
    return words, family


def _by_capitals(words: list[str]) -> tuple[list[str], list[str]] | None:
    """None when capitals say nothing: there are none, or nothing else."""
    loud = [_loud(word) for word in words]
    open_ = [not shout and not _particle(word) for shout, word in zip(loud, words, strict=True)]
    if not any(loud) or not any(open_):
        return None
    first, last = loud.index(True), len(loud) - loud[::-1].index(True)
    if not any(open_[first:]):
        while _particle(words[first - 1]):
            first -= 1
        return words[:first], words[first:]
    if any(open_[:last]) or sum(map(len, words[:last])) <= _NICKNAME:
        raise ValueError("Capitals do not tell which part is the surname.")
    return words[last:], words[:last]


def _by_order(words: list[str]) -> tuple[list[str], list[str]]:
    if len(words) > 1 and _particle(words[0]):
        raise ValueError("Begins with a particle: where the first name begins is not clear.")
    at = next((at for at, word in enumerate(words[:-1]) if at and _particle(word)), None)
    if at is None:
        at = len(words) - 1 if len(words) > 1 and _elided(words[-1]) else 1
    return words[:at], words[at:]


def _particle(word: str) -> bool:
    """`de`, `Le`, `von`; also `d’Arc`, which holds its own."""
    return folded(word) in _PARTICLES or _elided(word)


def _elided(word: str) -> bool:
    return folded(word).startswith(("d'", "l'"))


def _loud(word: str) -> bool:
    """In capitals, a particle in front aside; an initial is not."""
    body = re.sub(r"^[dl]['’]", "", word)
    return body.isupper() and sum(map(str.isalpha, body)) > 1
