"""What a whole contact must be, computed from the read itself by the table of docs/qomon.md 10.

Written a second time on purpose and without the bridge's own contact module: it judges that one.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import phonenumbers

from tests.support.strategies import SCALARS, SEED_NAMES, Form, told

Line: TypeAlias = tuple[str, int, Any, str, str | None]
"""An entry as the law sees it: array, form, ref, data, date in milliseconds (None without one)."""

PARTS = (
    *("housenumber", "street", "addition", "building", "building_type", "floor", "door", "infos"),
    *("postalcode", "city", "county", "state", "country", "pollingstation"),
)
NO_TIME = "0001-01-01T00:00:00.000Z"
"""How Go writes "no date"."""
KEYS = {*SCALARS, "address", "black_list", "formdatas", "custom_fields", "tags", "notes", "action_ids"}
ENTRY_KEYS = {"form_id", "form_ref_id", "data", "date", "survey_id"}


def ms(text: str) -> str:
    """Cut to milliseconds, in UTC: `.123999Z` is `.123Z`."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", text)
    assert found is not None, text
    second = found[1]
    if found[3] != "Z":
        second = datetime.fromisoformat(found[1] + found[3]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{second}.{(found[2] or '').ljust(3, '0')[:3]}Z"


def read_value(read: Mapping[str, Any], name: str) -> Any:
    """A field by the request's spelling, whichever the read has."""
    values = [read.get(spelling) for spelling in (name, SEED_NAMES.get(name, name))]
    return next((value for value in values if value not in (None, "")), None)


def scalars(read: Mapping[str, Any]) -> dict[str, Any]:
    """Every plain field that holds something, as a body says it."""
    found = {name: read_value(read, name) for name in SCALARS}
    found = {name: value for name, value in found.items() if value is not None}
    found |= {name: yes(found[name]) for name in ("phone_invalid", "mobile_invalid") if name in found}
    found |= {name: int(float(found[name])) for name in ("age_category", "user_contact_id") if name in found}
    return found | ({"birthdate": ms(found["birthdate"])} if "birthdate" in found else {})


def address(read: Mapping[str, Any], region: str) -> dict[str, str]:
    """The documented parts as text; a number that was a French postcode has its zeros again."""
    parts = read.get("address") or {}
    found = {part: str(parts[part]) for part in PARTS if parts.get(part) not in (None, "")}
    if isinstance(parts.get("postalcode"), int) and french(found.get("country", ""), region):
        found["postalcode"] = found["postalcode"].rjust(5, "0")
    return found


def composed(text: str) -> str:
    """What a person reads: accents composed, no control characters, no spaces around."""
    return unicodedata.normalize("NFC", text.replace("\x00", "")).strip()


def instant(text: str) -> str:
    """A date however precisely it was written."""
    return ms(text) if re.match(r"\d{4}-\d\d-\d\dT", text) else text


def french(country: str, region: str) -> bool:
    return country.lower() in ("france", "fr") or (country == "" and region == "FR")


def live(read: Mapping[str, Any], name: str) -> list[Any]:
    """The list under the request's name or the seed's; whatever else stands there is empty."""
    shown = [read.get(spelling) for spelling in (name, SEED_NAMES.get(name, name))]
    listed = next((one for one in shown if one and isinstance(one, list | dict)), [])
    items = [listed] if isinstance(listed, dict) else listed
    return [item for item in items if not (isinstance(item, Mapping) and deleted(item.get("deleted_at")))]


def deleted(said: Any) -> bool:
    """A time, a flag, or a struct of Go's that says whether it is valid; the year 1 is no time, nor is 1970: nobody
    deleted anything then."""
    if isinstance(said, Mapping):
        return bool(said["Valid"])
    return said.strip()[:4] > "1970" if isinstance(said, str) else (said or 0) > 0


def yes(said: Any) -> bool:
    return str(said).lower() in ("true", "1")


def entries(read: Mapping[str, Any], known: Sequence[Form]) -> Counter[Line]:
    """Every live entry in the list of its category, once though twins or both lists show it (A2); dates to ms."""
    arrays = {form.id: form.array for form in known}
    forms = {form.id: form for form in known}
    found: dict[str, list[tuple[Any, str | None]]] = {}
    for array in ("formdatas", "custom_fields"):
        found[array] = [(_same(e, forms), ms(e["date"]) if e.get("date") else None) for e in live(read, array)]
    lines: Counter[Line] = Counter()
    first = [same for same, _ in found["formdatas"]]
    twins = {same: date for same, date in reversed(found["custom_fields"]) if date is not None}
    found["formdatas"] = [(same, date or twins.get(same)) for same, date in found["formdatas"]]
    found["custom_fields"] = [(same, date) for same, date in found["custom_fields"] if same not in first]
    for array, listed in found.items():
        for (form, ref, said), date in listed:
            lines[arrays.get(form, array), form, ref, said, date] = 1
    return lines


def sent(body: Mapping[str, Any]) -> Counter[Line]:
    """The entries of a body in the same words."""
    return Counter(
        (array, entry["form_id"], entry["form_ref_id"], entry["data"], entry.get("date"))
        for array in ("formdatas", "custom_fields")
        for entry in body[array]
    )


def of_form(lines: Counter[Line], form: int) -> Counter[Line]:
    return Counter({line: many for line, many in lines.items() if line[1] == form})


def tags(read: Mapping[str, Any]) -> list[str]:
    return [tag if isinstance(tag, str) else tag["name"] for tag in live(read, "tags")]


def notes(read: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As read, and the text under `data` whatever it was called (docs/qomon.md A7)."""
    return [{**note, "data": note.get("data") or note.get("content")} for note in live(read, "notes")]


def black(read: Mapping[str, Any]) -> bool:
    """Anything but a clear no counts."""
    return yes(read.get("black_list", ""))


def phone(text: str, region: str) -> str:
    """Digits with the country in front."""
    return phonenumbers.format_number(phonenumbers.parse(text, region), phonenumbers.PhoneNumberFormat.E164)


def field_of(line: Line) -> str:
    """The name of the field that holds an entry."""
    return f"{line[0]}.{line[1]}"


def differences(read: Mapping[str, Any], body: Mapping[str, Any], known: Sequence[Form], region: str) -> Iterator[str]:
    """The fields of a body that are not the plain echo of the read."""
    was, now = scalars(read), {name: body[name] for name in SCALARS if name in body}
    yield from (name for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name))
    old, new = address(read, region), body.get("address", {})
    yield from (f"address.{part}" for part in sorted(old.keys() | new.keys()) if old.get(part) != new.get(part))
    lines, there = entries(read, known), sent(body)
    yield from sorted({field_of(line) for line in (lines - there) + (there - lines)})
    lists = {
        "tags": ([{"name": name} for name in tags(read)], body["tags"]),
        "notes": (notes(read), body["notes"]),
        "action_ids": ([int(action) for action in live(read, "action_ids")], body["action_ids"]),
        "black_list": (black(read), body["black_list"]),
    }
    yield from (name for name, (before, after) in lists.items() if before != after)


def _same(entry: Mapping[str, Any], forms: Mapping[int, Form]) -> tuple[int, Any, str]:
    """What makes two entries one: form, choice and text; `7.0` is 7, and a date has three decimals at most."""
    said, number = entry["data"], int(entry["form_id"])
    form = forms.get(number)
    text = f"{said:g}" if isinstance(said, float) else str(said)
    whole, dot, rest = text.partition(".") if form and form.kind == "date" else (text, "", "")
    zone = rest.lstrip("0123456789")
    ref = int(entry["form_ref_id"] or 0) or (told(form, text)[0] if form else None)
    return number, ref, whole + dot + rest[: len(rest) - len(zone)][:3] + zone


def same_entry(entry: Mapping[str, Any], known: Sequence[Form]) -> tuple[int, Any, str]:
    """An entry by what it says."""
    return _same(entry, {form.id: form for form in known})


class Day(str):
    """An answer that the tool types as a date."""

    __slots__ = ()


def one_person(said: tuple[str, str], stored: tuple[str, str], short: Mapping[str, str]) -> bool:
    """docs/ledger.md 14: first names agree, or are swapped with surnames; a blank one agrees with anybody. `short`: the
    short forms that a test uses, each with one name that it stands for.
    """
    (first, last), (held_first, held_last) = (tuple(map(_tokens, names)) for names in (said, stored))
    if not (first and held_first) or _like(first, held_first, short):
        return True
    swapped = _like(first, held_last, short) if held_last else None
    other = _like(last, held_first, short) if last else None
    return False not in (swapped, other) and True in (swapped, other)


def _tokens(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))


def _like(one: list[str], other: list[str], short: Mapping[str, str]) -> bool:
    """Each token of the one has its like in the other, both ways where they are as many."""
    forth = all(any(_one_name(a, b, short) for b in other) for a in one)
    back = all(any(_one_name(a, b, short) for b in one) for a in other)
    return forth and back if len(one) == len(other) else forth if len(one) < len(other) else back


def _one_name(a: str, b: str, short: Mapping[str, str]) -> bool:
    """Equal, an initial, or a short form."""
    return (
        a == b or (len(a) == 1 and b[0] == a) or (len(b) == 1 and a[0] == b) or b == short.get(a) or a == short.get(b)
    )
