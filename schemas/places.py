"""When two spellings of a street, a house number, a town or a postcode may be one and the same place. Pure.

Abbreviations are those that people in France write (AFNOR NF Z10-011 among them), folded.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from schemas import normal

_WAYS = {
    "allee": "all alle allees",
    "avenue": "av ave aven",
    "boulevard": "bd bld blvd bvd boul boulv bvrd bvard",
    "chaussee": "chs chee",
    "chemin": "ch che chem",
    "cours": "crs",
    "faubourg": "fg fbg",
    "hameau": "ham",
    "impasse": "imp",
    "lieu dit": "ld lieudit",
    "lotissement": "lot",
    "passage": "pass psg",
    "place": "pl plce",
    "promenade": "prom",
    "quai": "qu q",
    "quartier": "qua quart",
    "residence": "res",
    "rond point": "rpt",
    "route": "rte",
    "rue": "r",
    "ruelle": "rle",
    "sentier": "sent sen",
    "square": "sq",
    "traverse": "tra trav",
    "villa": "vla",
}
_TITLES = {
    "saint": "st",
    "sainte": "ste",
    "saints": "sts",
    "saintes": "stes",
    "notre dame": "nd",
    "docteur": "dr doct",
    "professeur": "pr prof",
    "president": "pdt pres",
    "general": "gal gen",
    "marechal": "mal",
    "commandant": "cdt cmdt",
    "capitaine": "cap cne",
    "colonel": "col cel",
    "lieutenant": "lt lieut",
    "sur": "s",
    "sous": "ss",
    "les": "lez",
}
_WAY = {short: whole for whole, shorts in _WAYS.items() for short in shorts.split()}
_TITLE = {short: whole for whole, shorts in _TITLES.items() for short in shorts.split()}
_REPEATS = {"b": "bis", "t": "ter", "q": "quater"}
_AGAIN = ("bis", "ter", "quater", "quinquies")
_COUNTED = (["n"], ["n", "o"], ["no"], ["num"], ["numero"])
_DISTRICTS = ("paris", "lyon", "marseille")
"""The towns whose districts have postcodes of their own: the last two digits say which."""
_ROMAN = tuple("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split())  # noqa: SIM905
_ORDINAL = re.compile(rf"(\d{{1,2}}|{'|'.join(_ROMAN)}) ?(?:er|ere|e|eme|nd|nde|d)?(?: arr\w*)?")
_IN_FRANCE = re.compile(r"(?<=\w)\s*(?:,\s*|\(\s*)france\s*\)?\s*$", re.IGNORECASE)
_DEPARTMENT = re.compile(r"\d{1,3}|2[ab]")


_DECIMALS = re.compile(r"(?<=\d{4})[.,]0{1,2}\s*$")
_BEHIND_CODE = re.compile(r"(?<=\d{5})\s+[^\W\d].*$")


@lru_cache(maxsize=1024)
def street(text: str) -> tuple[str, str]:
    """The house number that it begins with, or ends with behind a comma, "" for none; and its name, written out."""
    parts = text.split(",")
    for at in range(1, len(parts)):
        (behind, more), head = _number(_words(" ".join(parts[at:]))), " ".join(parts[:at])
        if behind and not more and head.strip() and not _number(_words(head))[0]:
            return behind, _written_out(_words(head), _WAY)
    found, rest = _number(_words(text))
    return found, _written_out(rest, _WAY)


@lru_cache(maxsize=1024)
def number(text: str) -> str:
    """A house number: `12bis`, `12 B`, `12, bis` and `n° 12 bis` are one."""
    words = _words(text)
    found, rest = _number(words)
    return found if found and not rest else " ".join(words)


@lru_cache(maxsize=1024)
def town(text: str) -> tuple[str, str]:
    """The town's name, and its district or department where that is said, else "".

    CEDEX and what follows is a post office's affair; `Lyon, France` is how an autocompletion writes it.
    """
    words = _words(_IN_FRANCE.sub("", text))
    if "cedex" in words:
        words = words[: words.index("cedex")] or words
    codes = [word for word in words if re.fullmatch(r"\d{5}", word)]
    named = [word for word in words if word not in codes] or words
    if named[:1] and named[0] in _DISTRICTS:
        within = _district(" ".join(named[1:]) or "".join(codes)[-2:])
        if within or not named[1:] or _DEPARTMENT.fullmatch(" ".join(named[1:])):
            return named[0], within
    if len(named) > 1 and _DEPARTMENT.fullmatch(named[-1]):
        return _written_out(named[:-1], {}), named[-1]
    return _written_out(named, {}), ""


def postcode(text: str) -> str:
    """Without the letters of a country before it (`F-75011`, `B-1000`), the words behind five digits (`75011 Paris`),
    spaces and signs; of a column of numbers without its decimals (`1000.0`).
    """
    plain = normal.squeezed(_BEHIND_CODE.sub("", whole(text)))
    found = re.fullmatch(r"[a-z]{1,3}(\d{4,5})", plain)
    return found[1] if found is not None else plain


def whole(code: str) -> str:
    """A postcode that came as a number with decimals, which say nothing."""
    return _DECIMALS.sub("", code)


def _words(text: str) -> list[str]:
    """Folded, signs as spaces."""
    return re.sub(r"[^\w]+", " ", normal.folded(text.replace("°", " "))).split()


def _number(words: list[str]) -> tuple[str, list[str]]:
    """The house number that the words begin with, and the other words: `12-14` is one, and `12 r des Lilas` has 12."""
    rest = next((words[len(one) :] for one in _COUNTED if words[: len(one)] == one), words)
    found = ""
    while rest and (begun := re.fullmatch(rf"(\d{{1,5}})([a-z]|{'|'.join(_AGAIN)})?", rest[0])):
        again, rest = begun[2] or "", rest[1:]
        if not again and rest and _repeats(rest):
            again, rest = rest[0], rest[1:]
        found = f"{found} {begun[1].lstrip('0')}{_REPEATS.get(again, again)}".strip()
    return (found, rest) if found else ("", words)


def _repeats(words: list[str]) -> bool:
    """Whether they begin with what belongs to a number: `bis`, or a letter that is no short way (`r`, `q`)."""
    way = len(words) > 1 and (words[1] in _WAY or words[1] in _WAYS)
    return words[0] in _AGAIN or (re.fullmatch("[a-z]", words[0]) is not None and (words[0] not in _WAY or way))


def _written_out(words: list[str], ways: Mapping[str, str]) -> str:
    named = [_TITLE.get(word, word) for word in words[:-1]] + words[-1:]
    if len(named) > 1:
        named[0] = ways.get(words[0], named[0])
    return "".join(" ".join(named).split())


def _district(said: str) -> str:
    """`11`, `11e`, `11 eme`, `XIe arrondissement` and `1er`; "" for what is none."""
    found = _ORDINAL.fullmatch(said)
    if found is None:
        return ""
    which = int(found[1]) if found[1].isdigit() else _ROMAN.index(found[1]) + 1
    return str(which) if 0 < which <= len(_ROMAN) else ""
