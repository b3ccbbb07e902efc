"""A country as people and tools write it, as Qomon holds it: a code in `nationality`, a French name elsewhere.

Names and codes are CLDR's, through Babel. Adjectives (`française`) are no countries.
"""

from collections.abc import Mapping
from functools import lru_cache

from flask_babel import lazy_gettext as _

from schemas.normal import squeezed

_NONE = frozenset({"EU", "XA", "XB", "ZZ"})
"""Codes that CLDR lists beside the countries: the Union, two for tests, `unknown`."""

_FRANCE = frozenset({"france", "fr", "fra"})
"""Nearly everybody's, known without the tables of CLDR, which take 6 MB."""

_SHORT: Mapping[str, str] = {"HK": "Hong Kong", "MO": "Macao"}
"""What people say where CLDR spells out a status."""

_ALSO: Mapping[str, str] = {
    "FR": "France métropolitaine|Metropolitan France",
    "GB": "UK|Grande-Bretagne|Great Britain|Angleterre|England|Écosse|Scotland|Pays de Galles|Wales",
    "US": "États-Unis d’Amérique|United States of America",
    "NL": "Hollande|Holland|The Netherlands",
    "CZ": "République tchèque|Czech Republic",
    "CD": "République démocratique du Congo|Democratic Republic of the Congo|RDC|DRC",
    "CI": "Ivory Coast",
    "MK": "Macédoine|Macedonia",
    "MM": "Myanmar|Birmanie|Burma",
    "MO": "Macau",
    "PS": "Palestine",
    "SZ": "Swaziland",
    "TR": "Turkey",
    "VA": "Vatican",
    "XK": "XKX",
}
"""Names in use that CLDR does not give first. `Congo` alone is two countries, so it is not here."""


def country_code(text: str) -> str:
    """ISO 3166, two letters. Raises ValueError when the text is no name or code of one country."""
    code = code_of(text)
    if not code:
        raise ValueError(_("Not a country that we know, by name (French or English) or ISO code."))
    return code


@lru_cache(maxsize=256)
def code_of(text: str) -> str:
    """The same, "" where the text names no country."""
    name = squeezed(text)
    return "FR" if name in _FRANCE else _codes().get(name, "") if name else ""


def country_name(text: str) -> str:
    """In French: `France`, whether the text says `FRA`, `fr` or `FRANCE`. Raises ValueError like `country_code`."""
    return _names()[country_code(text)]


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Code -> French name, of what has a code of three letters too: that leaves out continents and the like."""
    return {code: _SHORT.get(code, name) for code, name in _territories("fr").items() if code in _threes().values()}


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    """Squeezed name or code -> code."""
    found = {three.casefold(): code for three, code in _threes().items()}
    for code, short in _names().items():
        french, english = _territories("fr")[code], _territories("en")[code]
        also = _ALSO.get(code, "").split("|")
        for name in (code, short, french, english, *also):
            found[squeezed(name)] = code
    found.pop("", None)
    return found


@lru_cache(maxsize=1)
def _threes() -> Mapping[str, str]:
    """ISO codes of three letters -> two. Codes of states that are now several are left out."""
    from babel.core import get_global

    pairs = {old: new[0] for old, new in get_global("territory_aliases").items() if len(new) == 1}
    known = _territories("fr")
    threes = {old: new for old, new in pairs.items() if len(old) == len("FRA") and old.isalpha()}
    return {old: new for old, new in threes.items() if new in known and new not in _NONE}


@lru_cache(maxsize=2)
def _territories(language: str) -> Mapping[str, str]:
    """Babel is loaded when a hook first asks: 30 ms that a start need not pay."""
    from babel import Locale

    return dict(Locale(language).territories)
