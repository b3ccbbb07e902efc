"""Names, addresses, phones and days that tools send in parts: one set of part names for all, and no part is lost."""

from collections.abc import Mapping

from bridge.model import Json
from bridge.sources.kit.values import table, tables, text_of
from schemas import normal

NAME = ("prefix", "first", "middle", "last", "suffix")
ADDRESS = ("line1", "line2", "city", "state", "postalcode", "country")

_SAME: Mapping[str, str] = {
    **dict.fromkeys(("firstname", "givenname", "prenom"), "first"),
    **dict.fromkeys(("lastname", "familyname", "surname", "nom"), "last"),
    **dict.fromkeys(("middlename",), "middle"),
    **dict.fromkeys(
        ("addrline1", "addressline1", "address1", "addr1", "line1", "street", "streetaddress", "address"), "line1"
    ),
    **dict.fromkeys(("addrline2", "addressline2", "address2", "addr2", "line2", "streetaddressline2"), "line2"),
    **dict.fromkeys(("town", "locality", "suburb", "ville"), "city"),
    **dict.fromkeys(("region", "stateprovince", "province", "county"), "state"),
    **dict.fromkeys(("postal", "zip", "zipcode", "postalcode", "postcode", "zippostal"), "postalcode"),
    **dict.fromkeys(("countrycode",), "country"),
}
"""What tools call the parts, squeezed, by our names."""


def parts(value: Mapping[str, Json]) -> dict[str, str]:
    """The parts under our names where they are known; where two would share one, whose own it is or who comes first
    has it, and the other keeps its own."""
    named: dict[str, str] = {}
    for name, part in value.items():
        ours = part_name(name)
        taken = ours in named or ours in value
        named[name if taken else ours] = text_of(part)
    return named


def part_name(name: str) -> str:
    squeezed = normal.squeezed(name)
    return _SAME.get(squeezed, squeezed if squeezed in (*NAME, *ADDRESS) else name)


def is_name(value: Json) -> bool:
    """An object with a first or a last name, and nothing that names do not have."""
    found = _names(value)
    return bool(found & {"first", "last"}) and found <= set(NAME)


def is_address(value: Json) -> bool:
    """An object with at least two of city, postcode, street and country."""
    found = _names(value)
    return len(found & {"line1", "city", "postalcode", "country"}) > 1


def phone(value: Json) -> Json:
    """`{full}` or `{country, area, phone}` as one number; a text as it is."""
    if not isinstance(value, dict):
        return value
    whole = next((value[name] for name in ("full", "number", "phone_number") if value.get(name)), None)
    if whole is not None:
        return whole
    digits = [text_of(value.get(name)).strip() for name in ("country", "area", "phone")]
    prefix = f"+{digits[0].lstrip('+')}" if digits[0] else ""
    return " ".join(piece for piece in (prefix, *digits[1:]) if piece)


def is_phone(value: Json) -> bool:
    return isinstance(value, dict) and ("full" in value or {"area", "phone"} <= value.keys())


def calendar_day(value: Json) -> Json:
    """`{year, month, day}` as YYYY-MM-DD, beside `{hour, min, ampm}` as YYYY-MM-DDTHH:MM; nothing when all are blank;
    anything else as it is."""
    if not isinstance(value, dict):
        return value
    year, month, day = (text_of(value.get(name)).strip() for name in ("year", "month", "day"))
    if year.isdecimal() and month.isdecimal() and day.isdecimal():
        return f"{year:0>4}-{month:0>2}-{day:0>2}{_clock(value)}"
    return value if year or month or day else None


def _clock(value: Mapping[str, Json]) -> str:
    hour, minute, half = (text_of(value.get(name)).strip() for name in ("hour", "min", "ampm"))
    if not (hour.isdecimal() and minute.isdecimal() and half.upper() in ("", "AM", "PM")):
        return ""
    hours = int(hour) % 12 + (12 if half.upper() == "PM" else 0) if half else int(hour)
    return f"T{hours:02}:{minute:0>2}"


def is_calendar_day(value: Json) -> bool:
    return isinstance(value, dict) and {"year", "month", "day"} <= value.keys()


def primary_first(several: Json) -> list[dict[str, Json]]:
    """Addresses or numbers of one person, that which is marked `primary` before the others."""
    return sorted(tables(several), key=lambda one: one.get("primary") is not True)


def _names(value: Json) -> set[str]:
    return set(map(part_name, table(value)))
