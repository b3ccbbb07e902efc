"""The normal form of what people write: what equality, finding and fingerprints compare. Pure.

A normal form is for comparing; what is sent keeps the person's own spelling unless a function says otherwise.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Literal

import phonenumbers

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i"})
_MADE_ONE = _LIGATURES | dict.fromkeys(map(ord, "’ʼ`"), "'") | dict.fromkeys(map(ord, "-‐‑‒–—_"), " ")
_LONGEST_MAIL = 254
_LONGEST_DAY = 100
_LONGEST = 1_000
"""Signs of a text that may still be a mail address, a number or a day, whatever stands around it."""

_PIECE = re.compile(r"[^\x00-\x7f]{1,200}|[\x00-\x7f]+[^\x00-\x7f]{0,200}")
FRANCE = ("FR", "RE", "YT", "GP", "MQ", "GF", "PM", "BL", "MF", "NC", "PF", "WF")
"""France and its overseas regions: a number tells by itself to which of them it belongs."""

_YEAR = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x180E), 0x180F)))
_JOINERS = frozenset("\u200c\u200d\u180e")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) and control characters."""
_BLANKS = dict.fromkeys(map(ord, "\u2800\u3164\uffa0"), " ")
"""Signs that are drawn as nothing, and are wide."""
_LATIN = re.compile("[\x20-\u02ff]*")
_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)
"""Of numbers, as the plan of a region tells them apart."""
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLACK_FLAG, _KEYCAP, _VIRAMA = "\U0001f3f4", "\u20e3", 9
_FLAG = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
"""The tags that make the black flag Scotland's."""
_SIGN = r"[^@\s.,:;<>()\[\]\\\"]"
_MAIL = re.compile(rf"{_SIGN}(?:\.?{_SIGN})*\.?@(?:{_SIGN}+\.)+(?!\d+$){_SIGN}{{2,}}")
"""One dot at a time, as everywhere in a domain: `zoe..l@example.org` and `zoe@example..org` reach nobody. Some Japanese
addresses end with a dot before the @."""
_NUMBERS = re.compile(r"(\d{1,4})\s*([./ -])\s*(\d{1,2})\s*\2\s*(\d{1,4})")
_IN_WORDS = re.compile(
    r"(?:[a-z]{2,10}[.,]* )?(?:(\d{1,2})(?:er|st|nd|rd|th)? )?"  # a weekday, and the day before the month
    r"([a-z]{3,10})[.,]* ?(?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})"  # the month, the day behind it, the year
)
_MONTHS = (
    "janvier january janv jan",
    "fevrier february fevr feb",
    "mars march mar",
    "avril april avr apr",
    "mai may",
    "juin june jun",
    "juillet july juil jul",
    "aout august aug",
    "septembre september sept sep",
    "octobre october oct",
    "novembre november nov",
    "decembre december dec",
)
_MONTH = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}


def visible(text: str) -> str:
    """A text as people see it: NFC, lines end in LF, and what nobody sees is not there (docs/laws.md 17).

    A joiner or a variation selector stays where it makes what is seen: inside emoji and in scripts that need it.
    """
    if plain(text):
        return text
    lined = _normalised("NFC", _LINE_ENDS.sub("\n", text).translate(_BLANKS))
    seen = _UNSEEN.sub(_what_stays, lined)
    return seen if seen == lined else visible(seen)


def plain(text: str) -> bool:
    """Whether a text is visible as it is: most are, French ones too. Below U+0300 nothing combines."""
    return text.isprintable() and (text.isascii() or _LATIN.fullmatch(text) is not None)


def _what_stays(found: re.Match[str]) -> str:
    """Of a run of signs that nobody sees: one selector of the sign before it, and one joiner of its neighbours."""
    text, start, end, run = found.string, found.start(), found.end(), found[0]
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    flag = _FLAG.match(run) if before == _BLACK_FLAG else None
    if flag is not None:
        return flag[0]
    selector = next((sign for sign in run if sign in _SELECTORS), "") if _bears(before, after) else ""
    joiner = next((sign for sign in run if sign in _JOINERS), "") if _joins(text, start, after) else ""
    return selector + joiner


def _bears(sign: str, after: str) -> bool:
    """Whether a variation selector makes another glyph of the sign: emoji, symbols, Han, Mongolian; `1` of a keycap."""
    if not sign or sign.isascii():
        return bool(sign) and after == _KEYCAP
    return sign == "ℹ" or unicodedata.category(sign) in ("So", "Sm", "Sk", "Po", "Pd", "Lo")


def _joins(text: str, start: int, after: str) -> bool:
    """Whether a joiner at `start` does something: between emoji, or letters of a script without capitals, or after a
    virama of one (Malayalam ends words so)."""
    at = start - 1
    while at >= 0 and unicodedata.category(text[at]) in ("Mn", "Mc"):
        at -= 1
    base, kind = unicodedata.category(text[at]) if at >= 0 else "", unicodedata.category(after) if after else ""
    if base == "Lo":
        return kind == "Lo" or unicodedata.combining(text[start - 1]) == _VIRAMA
    return base in ("So", "Sk") and kind in ("So", "Sm")


def bare(text: str) -> str:
    """A text in which nothing unseen is left, joiners neither, trimmed: mails, phones, numbers, what is compared."""
    if plain(text):
        return text.strip()
    return _UNSEEN.sub("", cleaned(text)).strip()


def cleaned(text: str) -> str:
    """As people see it, trimmed. What is sent for a text or a name."""
    return visible(text).strip()


def tag(name: str) -> str:
    """What two tags have in common that are one."""
    return bare(name).casefold()


def folded(text: str) -> str:
    """Case, accents, ligatures, apostrophes, hyphens and runs of spaces made equal: `L’Été ` and `l'ete` agree."""
    letters = bare(text).casefold()
    if not letters.isascii():
        apart = _normalised("NFKD", letters.translate(_LIGATURES))
        letters = apart if apart.isascii() else "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(letters.translate(_MADE_ONE).split())


def pieces(text: str) -> list[str]:
    """A long text cut where no sign changes with the one before it (an ASCII one never does), or after two hundred
    others in a row: putting a run of combining marks in order takes the square of its length."""
    return _PIECE.findall(text) if len(text) > _LONGEST else [text]


def _normalised(form: Literal["NFC", "NFKD"], text: str) -> str:
    if len(text) <= _LONGEST:
        return unicodedata.normalize(form, text)
    return "".join(unicodedata.normalize(form, piece) for piece in pieces(text))


def squeezed(text: str) -> str:
    """Letters and digits of the folded text only: what Qomon's own normalising may not change."""
    return "".join(c for c in folded(text) if c.isalnum())


def mail(text: str) -> str | None:
    """A mail address in lower case, or None when this is none."""
    if len(text) > _LONGEST:
        return None
    address = bare(text).removeprefix("mailto:").casefold()
    return address if len(address) <= _LONGEST_MAIL and _MAIL.fullmatch(address) else None


def phone(text: str, region: str, country: str = "") -> str | None:
    """E.164 (`+33639980142`), or None when this cannot be a number, or is one digit repeated (`0000000000`).

    National spellings are read by `country`, that of whoever says it, else by `region` (docs/ledger.md 14); of France
    and its overseas regions the first one for which the number is valid has it.
    """
    if len(text) > _LONGEST:
        return None
    if text.startswith("+"):
        return _phone(text, "ZZ", "")  # wherever it is read
    return _phone(text, region, "" if country == region else country)


@lru_cache(maxsize=1024)
def _phone(text: str, region: str, country: str) -> str | None:
    """Kept for a while: one crossing reads the same number five times."""
    said = re.sub(r"^00", "+", re.sub(r"\s", " ", bare(text).removeprefix("tel:")))
    if re.search(r"[^\W\d_]", said):
        return None
    asked = ("ZZ",) if said.startswith("+") else tuple(one for one in (country, region) if one)
    numbers = (number for one in asked for near in _near(one, said) if (number := _parsed(said, near)))
    possible = (number for one in asked if (number := _parsed(said, "FR" if one in FRANCE else one)))
    found = next(filter(phonenumbers.is_valid_number, numbers), None) or next(possible, None)
    if found is None or len(set(str(found.national_number))) == 1:
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def unsigned_phone(digits: str) -> str | None:
    """E.164 of an international number without its plus, as some tools send it (`32470000015`); None where that makes
    no valid number.
    """
    number = _parsed(f"+{bare(digits)}", "ZZ") if bare(digits).isdecimal() else None
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _near(region: str, said: str) -> Iterator[str]:
    """The plans to read a number by: the region's, and in France also each other that may have such a number."""
    yield region
    if region not in FRANCE:
        return
    number = _read(said, region)
    digits = "" if number is None else str(number.national_number)
    for other in FRANCE:
        if other != region and any(map(_plan(other).fullmatch, (digits, f"0{digits}"))):
            yield other


@cache
def _plan(region: str) -> re.Pattern[str]:
    """Every number that is valid in the region, or in another of its country code, is of this form; the code may
    stand in front of it."""
    code = phonenumbers.country_code_for_region(region)
    plans = map(phonenumbers.PhoneMetadata.metadata_for_region, phonenumbers.region_codes_for_country_code(code))
    kinds = (getattr(plan, kind) for plan in plans for kind in _KINDS)
    known = "|".join(kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern)
    return re.compile(f"(?:{code}0*)?(?:{known})")


def _parsed(said: str, region: str) -> phonenumbers.PhoneNumber | None:
    """A number that is possible, read by this one plan."""
    number = _read(said, region)
    return number if number is not None and phonenumbers.is_possible_number(number) else None


@lru_cache(maxsize=64)
def _read(said: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException:
        return None


def is_mobile(e164: str) -> bool:
    """Whether the number may belong to a mobile (countries that do not tell, such as the US: yes)."""
    number = _read(e164, "ZZ")
    return number is not None and phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.FIXED_LINE


def moment(text: str) -> datetime | None:
    """An ISO time as Qomon writes it (0 to 9 decimals, `Z` or an offset; no zone is UTC), or None."""
    cut = re.sub(r"(\.\d{1,6})\d*", lambda found: found[1].ljust(7, "0"), text.strip())
    try:
        found = datetime.fromisoformat(cut)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def to_ms(at: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`: cut to milliseconds, not rounded (docs/qomon.md 6.3)."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=4096)
def in_ms(text: str) -> str | None:
    """An ISO time as `to_ms` writes it, or None. Kept for a while: a crossing reads each entry of a contact twice."""
    at = moment(text)
    return None if at is None else to_ms(at)


def epoch_ms(at: datetime) -> int:
    """Milliseconds since the epoch: how the store keeps times."""
    return (at - _EPOCH) // _MILLISECOND


def from_epoch_ms(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def certain_day(text: str) -> date | None:
    """The only day that this can be: the year first, the month in words (French, English), or a day and a month that
    fit one way round. 05/07/1986 is the fifth of July to some and the seventh of May to others: None."""
    said = cleaned(text) if len(text) <= _LONGEST_DAY else ""
    found = _NUMBERS.fullmatch(said)
    if found is None:
        return _in_words(folded(said))
    first, second, third = found[1], found[3], found[4]
    if len(first) == _YEAR:
        return real_day(first, second, third) if len(third) < _YEAR - 1 else None
    days = {real_day(third, second, first), real_day(third, first, second)} if len(third) == _YEAR else set()
    sure = days - {None}
    return sure.pop() if len(sure) == 1 else None


def _in_words(said: str) -> date | None:
    found = _IN_WORDS.fullmatch(said)
    if found is None or found[2] not in _MONTH or bool(found[1]) == bool(found[3]):
        return None
    return real_day(found[4], _MONTH[found[2]], found[1] or found[3])


def real_day(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def midnight(day: date) -> str:
    """A calendar day as Qomon stores it: midnight UTC, never shifted by a local zone."""
    return f"{day.isoformat()}T00:00:00.000Z"
