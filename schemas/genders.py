"""A gender as forms ask for it, as the letter that Qomon holds (qomon-api.md 6.4). Unsure is nothing, never `O`."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from schemas.normal import folded

_WORDS: Mapping[str, str] = {
    "F": "f|femme|une femme|femmes|féminin|fille|madame|mme|mademoiselle|mlle|female|woman|feminine|girl|mrs|ms|miss",
    "M": "m|h|homme|un homme|hommes|masculin|garçon|monsieur|mr|male|man|masculine|boy",
    "O": "o|autre|other|non binaire|non binary|nonbinary",
}
_LETTERS = {folded(word): letter for letter, words in _WORDS.items() for word in words.split("|")}


def gender(text: str) -> str:
    """F, M or O. Raises ValueError."""
    letter = _LETTERS.get(folded(text).rstrip("."))
    if letter is None:
        raise ValueError(_("Not a word for a gender that we know."))
    return letter
